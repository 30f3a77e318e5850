"""Renders pages: the values that every page has, and its other forms."""

from functools import wraps

from django.conf import settings
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from public.addresses import PICTURED_PAGES, TEXT_PAGES, Page, other
from public.booklet import typesetting
from public.formats import linked_data, markdown
from public.formats.citation import Citation
from public.pages import style
from public.pages.terms import first_uses, unused
from public.releases import Release
from public.titles import data_name, description_of, element_of, full_title, mission_of, title_of

CITATION_TYPES = {"bib": "application/x-bibtex", "ris": "application/x-research-info-systems"}
RELEASE = "portal.release"  # key of the WSGI environment: the release to answer from
CACHE_CONTROL = "public, no-cache"  # a correction must be seen at once


def answered(view, language=None, form=""):
    """The view of one address, in one language or both, of the current release or a preview's.

    ``form`` is one of ``FORMS``, for the address of a page's citation, picture or Markdown.
    """

    @wraps(view)
    @csrf_exempt  # 405 comes before a missing token
    @require_safe
    def of_release(request, **arguments):
        request.form = form
        if not hasattr(request, "release"):
            request.release = request.environ.get(RELEASE) or Release.current()
        with translation.override(language or translation.get_language()):
            response = view(request, **arguments)
        if language:
            response.headers["Content-Language"] = language
        response.headers.setdefault("Cache-Control", CACHE_CONTROL)
        return response

    return of_release


def show(
    request, template, page, context=None, *, title=None, edition=None, passages=(), status=200
):
    """Answer a page in the form that its address asks for: HTML, or one of ``FORMS``.

    ``passages`` are the passages of the edition's document that it shows.
    """
    release, is_found = request.release, status == 200
    document = edition.document if edition and not edition.is_withdrawn else None
    citation = (
        cited(release, page, edition) if document and is_found and page.name in TEXT_PAGES else None
    )
    if request.form and is_found:
        if citation is None:
            raise Http404
        return in_form(request.form, release, page, edition)
    title = title or title_of(page, document)
    state = release.state(edition) if edition else ""
    common = {
        "page": page,
        "title": title,
        "full_title": full_title(title, page, state if is_found else ""),
        "description": description_of(page, document),
        "release": release,
        "edition": edition,
        "document": document,
        "citation": citation,
        "linked_data": citation and linked_data.page_data(page, title, edition, settings.SITE_URL),
        "is_found": is_found,
        "is_archived": state == "archived",
        "is_upcoming": state == "upcoming",
        "lacks_translation": any(
            passage.is_missing(translation.get_language()) for passage in passages
        ),
    }
    shown = edition if edition and edition.period in release.in_force else release.home
    common |= navigation(page, shown and shown.period)
    words = {**site_words(), **picture_of(release, page, edition), **common, **(context or {})}
    uses = unused.set(first_uses(release, document, translation.get_language(), page))
    try:
        body = render_to_string(f"public/{template}.html", words)
    finally:
        unused.reset(uses)
    return style.page(style.without_indentation(body), words, status)


def site_words():
    """The values of the site and the language for every page."""
    language = translation.get_language()
    return {
        "language": language,
        "other_language": other(language),
        "site_url": settings.SITE_URL,
        "city": {
            "contact": settings.CITY_CONTACT,
            "licence": settings.CITY_LICENCE,
            "licence_url": settings.CITY_LICENCE_URL,
            "is_official_site": settings.CITY_OFFICIAL_SITE,
        },
        "current_url": settings.CURRENT_VISION_URL,
        "data_name": data_name(),
    }


# The sections of the navigation: first page, its name, and the other pages of the section.
SECTIONS = {
    "elements": (_lazy("Elements"), {"element"}),
    "missions": (_lazy("Missions"), {"mission"}),
    "vision": (pgettext_lazy("navigation", "Text"), {"bilingual"}),
    "figure": (pgettext_lazy("navigation", "Figure"), set()),
    "editions": (_lazy("Editions"), {"edition", "difference"}),
}


def navigation(page, period):
    """The period of the navigation, and its sections: page, words, ``aria-current``."""
    sections = [
        (name, words, "page" if page.name == name else "true" if page.name in others else "")
        for name, (words, others) in SECTIONS.items()
    ]
    return {"period": period, "sections": sections}


# The other forms of a page


def in_form(form, release, page, edition):
    """The page of an edition's text in this one of ``FORMS``, in the active language."""
    citation = cited(release, page, edition)
    if form == "markdown":
        text = markdown.page_text(release, page, edition, citation)
        return for_anyone(HttpResponse(text, content_type=markdown.CONTENT_TYPE))
    if form != "picture":
        name = f"{citation.key}.{form}"
        response = HttpResponse(
            getattr(citation, form)(), content_type=f"{CITATION_TYPES[form]}; charset=utf-8"
        )
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    parts = {"element": element_of, "mission": mission_of}
    part = {page.name: parts[page.name](page, edition.document)} if page.name in parts else {}
    png = typesetting.picture(
        edition, translation.get_language(), state=release.state(edition), **part
    )
    shared = {"Cross-Origin-Resource-Policy": "cross-origin"}  # other sites may show it
    return HttpResponse(png, content_type="image/png", headers=shared)


def for_anyone(response):
    """Let pages of other sites read and show it: it is the same for every reader."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def cited(release, page, edition):
    """The citation of the page's content at the address of its edition, which never changes."""
    language, title, anchor = translation.get_language(), "", ""
    edition_page = Page("edition", {"period": edition.period, "number": edition.number})
    url = edition_page.path(language)
    if page.name == "element":
        element = element_of(page, edition.document)
        title, anchor = element.name.plain(language), element.anchor
    elif page.name == "mission":
        title, anchor = _("Mission %(number)s") % page.arguments, f"m{page.arguments['number']}"
    url = settings.SITE_URL + url + (f"#{anchor}" if anchor else "")
    if page.name == "glossary":  # only its page shows it, and it belongs to no period
        return Citation(
            edition, title_of(page), "glossary", settings.SITE_URL + page.path(language)
        )
    return Citation(edition, title, anchor, url, release.is_archived(edition))


def picture_of(release, page, edition):
    """The page whose picture a shared link to this page shows, and the picture's text."""
    if not (page.name in PICTURED_PAGES and edition):
        edition = edition if edition and edition.period in release.in_force else release.home
        page = edition and Page("vision", {"period": edition.period})
    if not edition:
        return {"picture": None}
    document = edition.document
    shown = mission_of(page, document) if page.name == "mission" else document
    statement = shown.statement.plain(translation.get_language())
    return {"picture": page, "picture_words": f"{title_of(page, document)}: {statement}"}
