"""The addresses of the admin's pages, and of the public pages that it links to."""

from urllib.parse import quote, urlencode

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from editions.document import Text
from editorial.rows import anchor_of, vision_of
from missions.models import Mission
from public.addresses import Page
from vision.models import Element, Term, Vision


def form_path(row, back=""):
    """The address of the row's form, which redirects to ``back`` after saving."""
    path = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return f"{path}?next={quote(back, safe='')}" if back else path


def next_of(request):
    """The address in ``next`` if it is on this site, else ""."""
    path = request.GET.get("next") or request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        path, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return path if is_ours else ""


def back_of(request):
    """A redirect to the page of the admin that the form was opened from, if ``next`` names one."""
    path = next_of(request)
    return HttpResponseRedirect(path) if path.startswith(reverse("admin:index")) else None


def history_path(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_history", args=[row.pk])


def manuscript_path(vision, only="", anchor=""):
    """The address of the manuscript, filtered by ``only``, at the anchor."""
    query, fragment = only and f"?only={only}", anchor and f"#{quote(anchor)}"
    return reverse("admin:manuscript", args=[vision.pk]) + query + fragment


def comments_path(vision, key, back=""):
    """The address of the comments on the passage; ``back`` is that of the page it leads back to."""
    path = reverse("admin:comments", args=[vision.pk, key])
    return f"{path}?next={quote(back, safe='')}" if back else path


def translation_path(vision, anchor="", **filters):
    """The address of the translation desk, filtered, at the passage with the key ``anchor``."""
    query = urlencode({name: value for name, value in (filters | {"at": anchor}).items() if value})
    fragment = anchor and f"#{quote(anchor)}"
    return reverse("admin:translation", args=[vision.pk]) + (query and f"?{query}") + fragment


def translation_file_path(vision, name, **filters):
    """The address of a translation file with the passages that the desk's filters find."""
    query = urlencode({key: value for key, value in filters.items() if value})
    return reverse("admin:translation_file", args=[vision.pk, name]) + (query and f"?{query}")


def document_history_path(vision):
    return f"{reverse('admin:editorial_revision_changelist')}?period={vision.period}"


def structure_path(row):
    """The address of the row in the structure of its vision."""
    path = reverse("admin:structure", args=[vision_of(row).pk])
    return path if isinstance(row, Vision | Term) else f"{path}#{anchor_of(row)}"


def preview_base(vision):
    """The prefix of every address in the vision's preview."""
    return reverse("admin:preview", args=[vision.pk]).rstrip("/")


def preview_path(row, language):
    """The address of the row's passage in the preview."""
    vision = vision_of(row)
    period = {"period": vision.period}
    part = getattr(row, "part", row)
    if isinstance(part, Element):
        page = Page("element", period | {"slug": Text(part.slug_ind, part.slug_en)})
    elif isinstance(part, Mission):
        page = Page("mission", period | {"number": part.number})
    elif isinstance(row, Term):
        page = Page("glossary")
    else:
        page = Page("vision", period)
    return f"{page.path(language, preview_base(vision))}#{quote(anchor_of(row))}"


def preview_of(user, row):
    """The row's passage in the preview, in the language that this person writes."""
    only_english = user.has_perm("vision.write_english") and not user.has_perm(
        "vision.write_indonesian"
    )
    return preview_path(row, "en" if only_english else get_language())


def pages_of_period(user, vision):
    """(Name, address) of the pages about the vision that this person may open."""
    if user.has_perm("vision.view_vision"):
        yield _("Manuscript"), manuscript_path(vision)
        yield _("Translation"), translation_path(vision)
        yield _("Structure"), structure_path(vision)
    if user.has_perm("vision.add_term"):
        yield _("Glossary"), reverse("admin:glossary", args=[vision.pk])
    if user.has_perm("editions.publish_edition"):
        yield _("Publish"), publish_path(vision)
    if user.has_perm("editorial.view_revision"):
        yield _("History"), document_history_path(vision)


def publish_path(vision):
    return reverse("admin:vision_vision_publish", args=[vision.pk])


def public_links(edition):
    """Links to the edition's public page in each language."""
    page = Page("edition", {"period": edition.period, "number": edition.number})
    return format_html(
        '<a href="{}" lang="id" hreflang="id">Bahasa Indonesia</a> · '
        '<a href="{}" lang="en" hreflang="en">English</a>',
        page.path("id"),
        page.path("en"),
    )
