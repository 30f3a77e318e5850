from functools import cache

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import TextChoices
from django.template.defaultfilters import linebreaks_filter
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from editions.clock import in_wib
from editions.models import Edition
from editions.publishing import is_waiting
from editorial.addresses import public_links
from editorial.base_admin import PermanentAdmin
from editorial.publishing.edition_history import edition_history
from editorial.publishing.pages import (
    changes_page,
    go_back_page,
    move_page,
    replace_page,
    withdraw_page,
)
from editorial.working_copy import staff_release, state_of_period


class EditionState(TextChoices):
    IN_FORCE = "in force", _("in force")
    SCHEDULED = "scheduled", _("scheduled")
    REPLACED = "replaced", _("replaced")
    REPLACED_BY_PERIOD = "replaced by period", _("replaced by a later period")
    WITHDRAWN = "withdrawn", _("withdrawn")
    NEVER_IN_FORCE = "never in force", _("withdrawn before it took effect")


def state_of(edition, release):
    if edition.is_withdrawn:
        never = edition.never_took_effect
        return EditionState.NEVER_IN_FORCE if never else EditionState.WITHDRAWN
    if edition.effective_at > release.now:
        return EditionState.SCHEDULED
    if release.in_force.get(edition.period) != edition:
        return EditionState.REPLACED
    is_replaced = state_of_period(edition, release) == "replaced"
    return EditionState.REPLACED_BY_PERIOD if is_replaced else EditionState.IN_FORCE


class EditionAdmin(PermanentAdmin):
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
    reason_fields = ["reason_indonesian", "reason_english"]

    def get_queryset(self, request):
        return Edition.objects.summaries().order_by(*self.ordering)

    def get_urls(self):
        def page(word, view, name):
            view = self.admin_site.admin_view(view)
            return path(f"<int:edition_id>/{word}/", view, name=f"editions_edition_{name}")

        return [
            page("perubahan", changes_page, "changes"),
            page("kembali", go_back_page, "go_back"),
            page("pindahkan", move_page, "move"),
            page("ganti", replace_page, "replace"),
            page("tarik", withdraw_page, "withdraw"),
            *super().get_urls(),
        ]

    def history_view(self, request, object_id, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        edition = self.get_object(request, unquote(object_id))
        if edition is None:
            return self.answer_without_row(request, object_id)
        return edition_history(request, edition)

    def get_list_display(self, request):
        release = cache(staff_release)  # one for the whole list

        @admin.display(description=_("state"))
        def state(edition):
            return state_of(edition, release()).label

        return ["number", "period", "effective_at", state, "published_by", "short_hash"]

    def get_fields(self, request, obj=None):
        if not (obj and obj.is_withdrawn):
            return self.fields
        # A withdrawal before the edition's time has no reason, except from older portals.
        reasons = self.reason_fields if obj.withdrawal.reason_ind else []
        return [*self.fields, "withdrawn", *reasons]

    def tools(self, request, row):
        """Each link has the heading of its page."""
        tools = [(True, _("What edition %(number)d changed"), "changes")]
        if request.user.has_perm("editions.publish_edition"):
            is_replaced = state_of(row, staff_release()) == EditionState.REPLACED
            tools += [
                (is_replaced, _("Publish edition %(number)d again"), "go_back"),
                (is_waiting(row), _("Move edition %(number)d to another time"), "move"),
                (is_waiting(row), _("Replace edition %(number)d"), "replace"),
                (not row.is_withdrawn, _("Withdraw edition %(number)d"), "withdraw"),
            ]
        return [
            (
                words % {"number": row.number},
                reverse(f"admin:editions_edition_{name}", args=[row.pk]),
            )
            for is_offered, words, name in tools
            if is_offered
        ]

    @admin.display(description=_("period"), ordering="period_start")
    def period(self, edition):
        return edition.years

    @admin.display(description=_("state"))
    def state(self, edition):
        return state_of(edition, staff_release()).label

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
        return _("%(time)s by %(name)s") % {
            "time": in_wib(withdrawal.withdrawn_at),
            "name": withdrawal.withdrawn_by,
        }

    @admin.display(description=_("reason – Indonesian"))
    def reason_indonesian(self, edition):
        return in_language("id", edition.withdrawal.reason_ind)

    @admin.display(description=_("reason – English"))
    def reason_english(self, edition):
        return in_language("en", edition.withdrawal.reason_en)

    @admin.display(description=_("public pages"))
    def public_pages(self, edition):
        if edition.never_took_effect:
            return _("None: it was withdrawn before it took effect.")
        if edition.effective_at > staff_release().now:
            return _("None before its time.")
        return public_links(edition)


def in_language(language, text):
    return format_html('<div lang="{}">{}</div>', language, linebreaks_filter(text))
