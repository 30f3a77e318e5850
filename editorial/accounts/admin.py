from functools import partial
from hashlib import sha256

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Exists, OuterRef
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django_otp.plugins.otp_totp.models import TOTPDevice

from editions.document import canonical_json
from editorial.accounts.pages import code_first, reset_page
from editorial.accounts.proposals import shown_proposals
from editorial.accounts.roles import ROLE_NAMES, ROLES
from editorial.accounts.second_administrator import SUPERUSER, is_required, propose
from editorial.addresses import form_path
from editorial.base_admin import PortalModelAdmin
from editorial.models import Account
from editorial.posting import transaction_if_posted


class RolesField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, role):
        return ROLE_NAMES.get(role.name, role.name)


NAME_STAYS = _("The name stays beside what the person writes and does, so it is never changed.")


class PasswordForm(AdminPasswordChangeForm):
    usable_password_help_text = _(
        "After this, nobody can log in to this account by password; the current password will be "
        "lost."
    )


CHANGED_MEANWHILE = _(
    "Nothing was saved: this account has changed since you opened the form. What you chose and "
    'typed is still here: compare it with <a href="{}" target="_blank">the account as it is '
    "now</a>, in another tab, and change it there."
)


def roles_of(account):
    return set(account.groups.all()) if account.pk else set()


class RolesForm(forms.ModelForm):
    """Asks for a reason, where a second administrator must agree to a role."""

    reason = forms.CharField(
        label=_("why the person needs the role"),
        max_length=200,
        required=False,
        help_text=_(
            "A role that you give takes effect when a second administrator agrees, who reads this."
        ),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if not is_required():
            del self.fields["reason"]

    def clean(self):
        super().clean()
        if is_required() and self.given_roles() and not self.cleaned_data.get("reason"):
            self.add_error("reason", _("Write why the person needs the role."))

    def given_roles(self):
        """The names of the roles that the account does not have yet."""
        account = self.instance
        held = roles_of(account)
        given = [role.name for role in self.cleaned_data.get("groups", ()) if role not in held]
        is_raised = "is_superuser" in self.changed_data and self.cleaned_data.get("is_superuser")
        return [*given, *([SUPERUSER] if is_raised else [])]


class AddForm(RolesForm, UserCreationForm):
    """Django's form asks about other ways to log in."""


class AccountForm(RolesForm, UserChangeForm):
    """Carries a hash of the account it shows, and refuses to overwrite a newer change."""

    base = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        roles = sorted(role.pk for role in self.initial.get("groups", []))
        self.initial["base"] = sha256(canonical_json(self.initial | {"groups": roles})).hexdigest()

    class Meta(UserChangeForm.Meta):
        help_texts = {"username": NAME_STAYS}

    def clean(self):
        super().clean()
        if self.cleaned_data.pop("base", "") != self.initial["base"]:
            raise ValidationError(
                format_html(CHANGED_MEANWHILE, form_path(self.instance)), code="base"
            )


def with_reason(fieldset):
    name, options = fieldset
    fields = options["fields"]
    if "groups" not in fields:
        return fieldset
    after = list(fields).index("groups") + 1
    return name, options | {"fields": [*fields[:after], "reason", *fields[after:]]}


class AccountAdmin(PortalModelAdmin, UserAdmin):
    """Only superusers may make or change superusers."""

    list_display = [
        "username",
        "roles",
        "is_active",
        "second_factor",
        "first_name",
        "last_name",
        "is_superuser",
    ]
    list_filter = ["is_active"]
    filter_horizontal = ()
    readonly_fields = ["last_login", "date_joined"]
    form, change_password_form = AccountForm, PasswordForm
    add_form = AddForm
    add_fieldsets = [
        (None, {"fields": ["username", "password1", "password2"], "description": NAME_STAYS}),
        (_("Person"), {"fields": [("first_name", "last_name"), "language"]}),
        (_("Roles"), {"fields": ["groups"]}),
    ]
    fieldsets = [
        (None, {"fields": ["username", "language"]}),
        (_("Person"), {"fields": [("first_name", "last_name"), "email"]}),
        (_("Roles"), {"fields": ["groups", "is_active", "is_superuser"]}),
        (_("Times"), {"fields": [("last_login", "date_joined")]}),
    ]

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if is_required():
            fieldsets = list(map(with_reason, fieldsets))
        if not (obj and settings.OIDC_ISSUER):
            return fieldsets
        title = _("Log in with %(name)s") % {"name": settings.OIDC_NAME}
        return [*fieldsets[:2], (title, {"fields": ["identity"]}), *fieldsets[2:]]

    def tools(self, request, row):
        if not self.has_change_permission(request, row):
            return []
        return [
            (_("Set a new password"), reverse("admin:auth_user_password_change", args=[row.pk])),
            (
                _("Remove the second factor"),
                reverse("admin:editorial_account_reset_factor", args=[row.pk]),
            ),
        ]

    def get_urls(self):
        reset = self.admin_site.admin_view(partial(reset_page, self))
        return [
            path("<int:object_id>/faktor-kedua/", reset, name="editorial_account_reset_factor"),
            *super().get_urls(),
        ]

    def get_object(self, request, object_id, from_field=None):
        """On POST, lock the row and read it again: the form is compared with its newest state."""
        account = super().get_object(request, object_id, from_field)
        if account is None or request.method != "POST" or not connection.in_atomic_block:
            return account
        Account.objects.select_for_update().get(pk=account.pk)
        return super().get_object(request, object_id, from_field)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        return self._code_first(request) or super().changeform_view(
            request, object_id, form_url, extra_context
        )

    def _code_first(self, request):
        return self.has_change_permission(request) and code_first(request)

    @method_decorator(sensitive_post_parameters())
    def user_change_password(self, request, id, form_url=""):
        if answer := self._code_first(request):
            return answer
        with transaction_if_posted(request):
            return super().user_change_password(request, id, form_url)

    def get_queryset(self, request):
        factors = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        return (
            super()
            .get_queryset(request)
            .prefetch_related("groups")
            .annotate(has_factor=Exists(factors))
        )

    def get_readonly_fields(self, request, obj=None):
        username = ["username"] if obj else []
        superuser = [] if request.user.is_superuser else ["is_superuser"]
        return [*self.readonly_fields, *username, *superuser]

    def has_change_permission(self, request, obj=None):
        is_above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not is_above

    def render_change_form(self, request, context, obj=None, **kwargs):
        if obj and is_required():
            context["proposals"] = shown_proposals(request.user, account=obj)
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def has_delete_permission(self, request, obj=None):
        """Accounts are deactivated instead, because the history names them."""
        return False

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        return RolesField(
            Group.objects.filter(name__in=ROLES),
            label=capfirst(_("roles")),
            widget=forms.CheckboxSelectMultiple,
            required=False,
            help_text=_(
                "A person may hold several. Somebody whose roles change must log in again."
            ),
        )

    def save_model(self, request, obj, form, change):
        obj.is_staff = True  # every account is staff
        form.proposed = form.given_roles() if is_required() else []
        if SUPERUSER in form.proposed:
            obj.is_superuser = False
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        """Keep this session when people change their own account; all other sessions end."""
        if is_required():
            held = roles_of(form.instance)
            chosen = form.cleaned_data.get("groups", ())
            form.cleaned_data["groups"] = [role for role in chosen if role in held]
        super().save_related(request, form, formsets, change)
        for role in form.proposed:
            propose(form.instance, role, request.user, form.cleaned_data["reason"])
        if form.instance == request.user:
            update_session_auth_hash(request, form.instance)

    @admin.display(description=_("roles"))
    def roles(self, account):
        return ", ".join(gettext(role.name) for role in account.groups.all()) or "–"

    @admin.display(description=_("second factor"), boolean=True)
    def second_factor(self, account):
        return account.has_factor
