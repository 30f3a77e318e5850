from functools import cache

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from django.forms import CheckboxSelectMultiple, ModelMultipleChoiceField
from django.template.defaultfilters import capfirst, linebreaks_filter
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from editions.models import Edition
from editorial.models import Account
from editorial.publishing_pages import changes_page, go_back_page, in_wib, withdraw_page
from editorial.site import APPS
from editorial.text_admin import PortalModelAdmin
from public.addresses import Page
from public.releases import Release

DEFAULT_PERMISSIONS = {
    "add": _("may add"),
    "change": _("may change"),
    "delete": _("may delete"),
    "view": _("may see"),
}


# Django makes these for every model; here nothing asks for them.
WITHOUT_EFFECT = Q(content_type__model__in=["permission", "withdrawal"]) | Q(
    codename__in=["add_edition", "change_edition", "delete_edition"]
)


class PermissionField(ModelMultipleChoiceField):
    """Django keeps the names of permissions in English: here they are said in the language of the admin."""

    def __init__(self, **options):
        permissions = Permission.objects.filter(content_type__app_label__in=APPS).exclude(WITHOUT_EFFECT)
        super().__init__(
            permissions.select_related("content_type"),
            widget=CheckboxSelectMultiple,
            required=False,
            **options,
        )

    def label_from_instance(self, permission):
        action = DEFAULT_PERMISSIONS.get(permission.codename.partition("_")[0])
        return f"{permission.content_type.name}: {action or gettext(permission.name)}"


class PermissionsMixin:
    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.remote_field.model is Permission:
            return PermissionField(label=capfirst(db_field.verbose_name))
        field = super().formfield_for_manytomany(db_field, request, widget=CheckboxSelectMultiple, **kwargs)
        field.help_text = ""  # about keys to hold, which tick boxes do not need
        return field


@admin.register(Account)
class AccountAdmin(PermissionsMixin, PortalModelAdmin, UserAdmin):
    list_display = ["username", "first_name", "last_name", "is_active", "is_staff", "is_superuser"]
    list_filter = ["is_active", "is_staff", "is_superuser", "groups"]
    filter_horizontal = ()
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password", "language"]}),
        (_("Person"), {"fields": [("first_name", "last_name"), "email"]}),
        (_("Permissions"), {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        (_("Times"), {"fields": [("last_login", "date_joined")]}),
    ]


admin.site.unregister(Group)


@admin.register(Group)
class PortalGroupAdmin(PermissionsMixin, PortalModelAdmin, GroupAdmin):
    filter_horizontal = ()


STATES = {
    "in force": _("in force"),
    "scheduled": _("scheduled"),
    "replaced": _("replaced"),
    "withdrawn": _("withdrawn"),
}


def state_of(edition, release):
    if edition.is_withdrawn:
        return STATES["withdrawn"]
    if edition.effective_at > release.now:
        return STATES["scheduled"]
    return STATES["in force" if release.in_force.get(edition.period) == edition else "replaced"]


@admin.register(Edition)
class EditionAdmin(PortalModelAdmin):
    """Editions are looked at here, and made and withdrawn on pages of their own; none is ever changed."""

    list_filter = ["vision"]
    ordering = ["-period_start", "-number"]
    fields = [
        ("number", "period", "state"),
        "effective_at",
        "note_indonesian",
        "note_english",
        ("published_by", "published_at"),
        "missing_english",
        "sha256",
        "public_pages",
    ]
    withdrawal_fields = ["withdrawn", "reason_indonesian", "reason_english"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return Edition.objects.summaries().order_by(*self.ordering)

    def get_urls(self):
        changes, back, withdraw = map(self.admin_site.admin_view, (changes_page, go_back_page, withdraw_page))
        return [
            path("<int:edition_id>/perubahan/", changes, name="editions_edition_changes"),
            path("<int:edition_id>/kembali/", back, name="editions_edition_go_back"),
            path("<int:edition_id>/tarik/", withdraw, name="editions_edition_withdraw"),
            *super().get_urls(),
        ]

    def get_list_display(self, request):
        release = cache(Release.current)  # asked once for the whole list

        @admin.display(description=_("state"))
        def state(edition):
            return state_of(edition, release())

        return ["number", "period", "effective_at", state, "published_by", "short_hash"]

    def get_fields(self, request, obj=None):
        return [*self.fields, *(self.withdrawal_fields if obj and obj.is_withdrawn else [])]

    def tools(self, request, row):
        tools = [(_("What it changed"), reverse("admin:editions_edition_changes", args=[row.pk]))]
        if not request.user.has_perm("editions.publish_edition"):
            return tools
        release = Release.current()
        if state_of(row, release) == STATES["replaced"]:
            tools.append((_("Go back to this edition"), reverse("admin:editions_edition_go_back", args=[row.pk])))
        if not row.is_withdrawn:
            tools.append((_("Withdraw edition"), reverse("admin:editions_edition_withdraw", args=[row.pk])))
        return tools

    @admin.display(description=_("period"), ordering="period_start")
    def period(self, edition):
        return edition.period.replace("-", "–")

    @admin.display(description=_("state"))
    def state(self, edition):
        return state_of(edition, Release.current())

    @admin.display(description=_("published by"), ordering="publisher")
    def published_by(self, edition):
        if edition.without_second_reader:
            return _("%(name)s, without a second reader") % {"name": edition.publisher}
        return edition.publisher

    @admin.display(description=_("SHA-256"))
    def short_hash(self, edition):
        return format_html("<code>{}…</code>", edition.sha256[:8])

    @admin.display(description=_("change note – Indonesian"))
    def note_indonesian(self, edition):
        return in_language("id", edition.note_ind)

    @admin.display(description=_("change note – English"))
    def note_english(self, edition):
        return in_language("en", edition.note_en)

    @admin.display(description=_("withdrawn"))
    def withdrawn(self, edition):
        withdrawal = edition.withdrawal
        return _("%(time)s by %(name)s") % {"time": in_wib(withdrawal.withdrawn_at), "name": withdrawal.withdrawn_by}

    @admin.display(description=_("reason – Indonesian"))
    def reason_indonesian(self, edition):
        return in_language("id", edition.withdrawal.reason_ind)

    @admin.display(description=_("reason – English"))
    def reason_english(self, edition):
        return in_language("en", edition.withdrawal.reason_en)

    @admin.display(description=_("public pages"))
    def public_pages(self, edition):
        if edition.effective_at > Release.current().now:
            return _("None before its time.")
        page = Page("edition", {"period": edition.period, "number": edition.number})
        return format_html(
            '<a href="{}" lang="id" hreflang="id">Bahasa Indonesia</a> · '
            '<a href="{}" lang="en" hreflang="en">English</a>',
            page.path("id"),
            page.path("en"),
        )


def in_language(language, text):
    return format_html('<div lang="{}">{}</div>', language, linebreaks_filter(text))
