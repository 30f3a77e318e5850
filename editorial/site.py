from django.conf import settings
from django.contrib import admin
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from editorial.accounts.land import land
from editorial.accounts.login import BY_PROVIDER, PasswordView, code_page
from editorial.accounts.pages import confirm_page, enrol_page, factor_page
from editorial.accounts.passwords import OwnPasswordForm
from editorial.accounts.proposals import decide_page, proposals_page
from editorial.accounts.provider.pages import leave_page, return_page, start_page
from editorial.accounts.roles import ROLE_NAMES
from editorial.addresses import next_of, pages_of_period, preview_of
from editorial.desk.alarms import acknowledge_alarm, past_alarms_page
from editorial.desk.home import desk
from editorial.publishing.answers import answers_page
from editorial.publishing.preview import preview
from editorial.publishing.shared_preview import share_preview
from editorial.receipts import new_form_number
from editorial.reminders.pages import reminders_page
from editorial.translation.file_pages import import_translation, translation_file
from editorial.translation.glossary.pages import glossary_file, glossary_page
from editorial.translation.memory_pages import fill_page, memory_page
from editorial.translation.pages import translation_page
from editorial.translation.sources.pages import memory_file, sources_page
from editorial.writing.comments import comments_page
from editorial.writing.manuscript import manuscript
from editorial.writing.moving import move_page
from editorial.writing.new_period import begin_period
from editorial.writing.paste import paste_page
from editorial.writing.structure import structure_page

APPS = ["vision", "missions", "editions", "editorial", "auth"]


@require_safe
def guide(request):
    return admin.site.page(
        request, f"desk/guide_{get_language()}", title=_("Guide"), roles=ROLE_NAMES.values()
    )


@require_safe
def translator_guide(request):
    return admin.site.page(
        request, f"desk/translator_guide_{get_language()}", title=_("Translators’ guide")
    )


@require_POST
def choose_language(request):
    """Store the language of the admin on the account, and return to the page of the button."""
    language = request.POST.get("language")
    if language in dict(settings.LANGUAGES):
        request.user.language = language
        request.user.save(update_fields=["language"])
    return HttpResponseRedirect(next_of(request) or reverse("admin:index"))


OPEN_PAGES = [  # before the login is complete
    ("login/kode/", code_page, "login_code"),
    ("login/pasang/", enrol_page, "enrol"),
    ("login/penyedia/", start_page, "provider_start"),
    ("login/penyedia/kembali/", return_page, "provider_return"),
    ("login/penyedia/keluar/", leave_page, "provider_leave"),
    ("lanskap.svg", land, "land"),
]
PAGES = [
    ("faktor-kedua/", factor_page, "second_factor"),
    ("faktor-kedua/kode/", confirm_page, "confirm"),
    ("usulan-peran/", proposals_page, "proposals"),
    ("usulan-peran/<int:proposal_id>/", decide_page, "decide"),
    ("pengingat/", reminders_page, "reminders"),
    ("bahasa/", choose_language, "language"),
    ("alarm/", past_alarms_page, "past_alarms"),
    ("alarm/<slug:name>/", acknowledge_alarm, "acknowledge_alarm"),
    ("naskah/<int:vision_id>/", manuscript, "manuscript"),
    ("pratinjau-berbagi/<int:vision_id>/", share_preview, "share_preview"),
    ("jawaban/<int:vision_id>/", answers_page, "answers"),
    ("komentar/<int:vision_id>/<path:key>/", comments_page, "comments"),
    ("panduan/", guide, "guide"),
    ("panduan/penerjemah/", translator_guide, "translator_guide"),
    ("pratinjau/<int:vision_id>/", preview, "preview"),
    ("pratinjau/<int:vision_id>/<path:rest>", preview, "preview"),
    ("periode-baru/", begin_period, "begin_period"),
    ("terjemahan/<int:vision_id>/berkas/<slug:name>/", translation_file, "translation_file"),
    ("terjemahan/<int:vision_id>/impor/", import_translation, "import_translation"),
    ("terjemahan/<int:vision_id>/memori/", memory_page, "memory"),
    ("terjemahan/<int:vision_id>/memori/tmx/", memory_file, "memory_file"),
    ("terjemahan/<int:vision_id>/memori/berkas/", sources_page, "memory_sources"),
    ("terjemahan/<int:vision_id>/memori/isi/", fill_page, "fill_from_memory"),
    ("terjemahan/<int:vision_id>/", translation_page, "translation"),
    ("istilah/<int:vision_id>/berkas/<slug:name>/", glossary_file, "glossary_file"),
    ("istilah/<int:vision_id>/", glossary_page, "glossary"),
    ("susunan/<int:vision_id>/", structure_page, "structure"),
    ("susunan/<int:vision_id>/pindah/<slug:row_key>/", move_page, "structure_move"),
    ("susunan/<int:vision_id>/daftar/<slug:row_key>/", paste_page, "structure_paste"),
]


class PortalAdminSite(admin.AdminSite):
    site_title = site_header = _("Vision of Kota Magelang — Manage")
    index_title = _("Desk")
    password_change_form = OwnPasswordForm
    enable_nav_sidebar = False  # base_site.html has one that works without script, on phones too

    def has_permission(self, request):
        """Require the second factor where settings do; every page of the admin asks here."""
        is_verified = (
            settings.SECOND_FACTOR == "off" or getattr(request.user, "otp_device", None) is not None
        )
        return super().has_permission(request) and is_verified

    def login(self, request, extra_context=None):
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(next_of(request) or reverse("admin:index"))
        context = self.each_context(request) | {
            "title": _("Log in"),
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            "next": next_of(request) or reverse("admin:index"),
        }
        request.current_app = self.name
        return PasswordView.as_view(extra_context=context)(request)

    def logout(self, request, extra_context=None):
        context = {"is_by_provider": request.session.get(BY_PROVIDER)} | (extra_context or {})
        return super().logout(request, context)

    def get_urls(self):
        return [
            *(path(route, view, name=name) for route, view, name in OPEN_PAGES),
            *(path(route, self.admin_view(view), name=name) for route, view, name in PAGES),
            *super().get_urls(),
        ]

    def each_context(self, request):
        context = super().each_context(request)
        models = [model for app in context["available_apps"] for model in app["models"]]
        replaced = [
            model._meta.model_name
            for model, model_admin in self._registry.items()
            if not model_admin.shows_list(request.user)
        ]
        return context | {
            # What the bar leads to; a superuser reaches the other lists from the desk.
            "sections": [
                model
                for model in models
                if (listed := self._registry[model["model"]]).is_in_bar
                and not listed.list_is_replaced
            ],
            "replaced_lists": replaced,
            "languages": settings.LANGUAGES,
            "asks_for_code": settings.SECOND_FACTOR == "required",
            "provider": settings.OIDC_NAME,
            "sends_mail": settings.HAS_MAIL_SERVER,
            "once": new_form_number(),
        }

    def index(self, request, extra_context=None):
        return super().index(request, desk(request.user) | (extra_context or {}))

    def get_app_list(self, request, app_label=None):
        """Sort by the order of the work: the alphabet differs between the languages."""
        apps = sorted(
            super().get_app_list(request, app_label), key=lambda app: APPS.index(app["app_label"])
        )
        registered = list(self._registry)
        for app in apps:
            app["models"].sort(key=lambda model: registered.index(model["model"]))
        return apps

    def page(self, request, template, **context):
        """Render a page of the portal inside the admin; one about a vision leads to the others."""
        request.current_app = self.name
        if vision := context.get("vision"):
            context = {
                "pages": pages_of_period(request.user, vision),
                "preview": preview_of(request.user, vision),
            } | context
        return TemplateResponse(
            request, f"admin/editorial/{template}.html", self.each_context(request) | context
        )
