"""The public pages: each view chooses the content; ``public.pages.rendering`` renders it."""

import re
from functools import partial
from itertools import groupby, pairwise
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from editions.difference import difference as difference_of
from editions.models import DAMAGED
from public.addresses import LANGUAGES, Page, other
from public.formats import linked_data
from public.formats.figure import drawn
from public.formats.open_data import WRITERS
from public.pages import style
from public.pages.files import content_at, edition_in_force
from public.pages.rendering import RELEASE, show
from public.releases import Release, traces_of
from public.search.index import search as search_in
from public.search.nearest import nearest_pages
from public.search.words import QUERY_CHARACTERS
from public.titles import description_of

HITS_ON_A_PAGE, EDITIONS_ON_A_PAGE, TERMS_ON_A_PAGE = 20, 10, 20
# The passages, by kind and field, that the lists of a vision's parts show.
IN_ELEMENT_LIST = {
    ("vision", "statement"),
    ("vision", "elements_lead_in"),
    ("element", "name"),
    ("element", "body"),
}
IN_MISSION_LIST = {
    ("vision", "statement"),
    ("vision", "missions_lead_in"),
    ("mission", "statement"),
}


def text_passages(document):
    """The passages of the text itself, without the glossary."""
    return [passage for passage in document.passages() if passage.kind != "term"]


def home(request):
    edition, page = request.release.home, Page("home")
    if edition is None:
        return show(request, "home_empty", page)
    return show(request, "home", page, edition=edition, passages=text_passages(edition.document))


def periods(request):
    home = request.release.home
    context = {
        "editions": list(request.release.in_force.values()),
        "is_archived": home and request.release.is_archived(home),
        "is_upcoming": home and request.release.is_upcoming(home),
    }
    return show(request, "periods", Page("periods"), context)


def show_part(request, name, edition, passages, context=None, **arguments):
    """The page of this name of the edition in force."""
    page = Page(name, {"period": edition.period, **arguments})
    return show(request, f"vision/{name}", page, context, edition=edition, passages=passages)


def vision(request, period):
    edition = edition_in_force(request, period)
    context = {"gone": gone_passages(request.release, edition)}
    return show_part(request, "vision", edition, text_passages(edition.document), context)


def bilingual(request, period):
    edition = edition_in_force(request, period)
    return show_part(request, "bilingual", edition, text_passages(edition.document))


def figure(request, period):
    edition = edition_in_force(request, period)
    context = {"house": drawn(edition.document, translation.get_language())}
    return show_part(request, "figure", edition, text_passages(edition.document), context)


def elements(request, period):
    return show_list(request, "elements", period, IN_ELEMENT_LIST)


def missions(request, period):
    return show_list(request, "missions", period, IN_MISSION_LIST)


def show_list(request, name, period, fields):
    edition = edition_in_force(request, period)
    passages = (p for p in edition.document.passages() if (p.kind, p.field) in fields)
    return show_part(request, name, edition, passages)


def element(request, period, slug):
    edition = edition_in_force(request, period)
    language = translation.get_language()
    elements = edition.document.elements
    for place, element in enumerate(elements):
        if element.slug.shown(language) == slug:
            gone = gone_passages(request.release, edition, element)
            context = {"element": element, "gone": gone} | neighbours_of(elements, place)
            passages = element.passages()
            return show_part(request, "element", edition, passages, context, slug=element.slug)
    return redirect_to_renamed_element(request, edition, slug, language)


def redirect_to_renamed_element(request, edition, slug, language):
    """Redirect from an address word of an earlier edition: every address lasts for ever."""
    former = {}
    for earlier in reversed(request.release.due[edition.period]):
        former |= traces_of(earlier).slugs[language]
    slugs = {element.number: element.slug for element in edition.document.elements}
    if former.get(slug) not in slugs:
        raise Http404
    page = Page("element", {"period": edition.period, "slug": slugs[former[slug]]})
    return redirect(page.path(language, request.release.base, request.form), permanent=True)


def mission(request, period, number):
    edition = edition_in_force(request, period)
    missions = edition.document.missions
    for place, mission in enumerate(missions):
        if mission.number == number:
            gone = gone_passages(request.release, edition, mission)
            context = {"mission": mission, "gone": gone} | neighbours_of(missions, place)
            passages = mission.passages()
            return show_part(request, "mission", edition, passages, context, number=number)
    raise Http404


def neighbours_of(items, place):
    return {
        "previous": items[place - 1] if place else None,
        "next": items[place + 1] if place + 1 < len(items) else None,
    }


def gone_passages(release, edition, within=None):
    """The anchors that only earlier editions have, each with the last edition that has it."""
    prefix = f"{within.anchor}-" if within else ""
    seen, gone = set(traces_of(edition).anchors), []
    for earlier in release.due[edition.period]:
        if earlier.number < edition.number and not earlier.is_withdrawn:
            lost = [a for a in traces_of(earlier).anchors if a not in seen and a.startswith(prefix)]
            gone += [(anchor, earlier) for anchor in lost]
            seen.update(lost)
    return gone


def editions(request, period):
    editions = request.release.due.get(period)
    if not editions:
        raise Http404
    chosen = {name: request.GET.get(name, "") for name in ("before", "after")}
    if compared := compared_editions(request.release, period, chosen):
        return redirect(compared.path(translation.get_language(), request.release.base))
    edition = request.release.in_force.get(period) or editions[0]
    standing = [e for e in editions if not e.is_withdrawn]
    shown = Paginator(editions, EDITIONS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "editions": shown,
        "standing": standing,
        "earlier": {later.number: earlier for later, earlier in pairwise(standing)},
        "later": {earlier.number: later for later, earlier in pairwise(standing)},
        "chosen": chosen if any(chosen.values()) else None,
    }
    page = Page("editions", {"period": period}, f"page={shown.number}" if shown.number > 1 else "")
    return show(request, "editions/editions", page, context, edition=edition)


def compared_editions(release, period, chosen):
    """The page that compares the two editions chosen in the form; None if either cannot be."""
    if not all(re.fullmatch("[1-9][0-9]{0,5}", number) for number in chosen.values()):
        return None
    numbers = {name: int(number) for name, number in chosen.items()}
    found = [release.edition(period, number) for number in set(numbers.values())]
    is_comparable = len(found) == 2 and all(
        edition and not edition.is_withdrawn for edition in found
    )
    return Page("difference", {"period": period} | numbers) if is_comparable else None


def edition(request, period, number):
    edition = request.release.edition(period, number)
    if edition is None:
        raise Http404
    page = Page("edition", {"period": period, "number": number})
    if edition.is_withdrawn:
        return withdrawn(request, page, edition)
    return show(
        request,
        "editions/edition",
        page,
        {"replaced_by": request.release.replaced_by(edition)},
        edition=edition,
        passages=text_passages(edition.document),
    )


def withdrawn(request, page, edition):
    title = _("Edition %(number)s was withdrawn") % {"number": edition.number}
    in_force = request.release.in_force.get(edition.period)
    navigation = {"document": in_force and in_force.document}
    return show(
        request, "editions/withdrawn", page, navigation, title=title, edition=edition, status=410
    )


def difference(request, period, before, after):
    earlier, later = (request.release.edition(period, number) for number in (before, after))
    if earlier is None or later is None or earlier == later:
        raise Http404
    page = Page("difference", {"period": period, "before": before, "after": after})
    for edition in (earlier, later):
        if edition.is_withdrawn:
            return withdrawn(request, page, edition)
    context = {
        "earlier": earlier,
        "later": later,
        "between": notes_between(request.release.due[period], *sorted((before, after))),
        **shown_difference(difference_of(earlier.document, later.document)),
    }
    return show(request, "editions/difference", page, context, edition=later)


def shown_difference(difference):
    """Word by word, but of many terms the names alone: so the page stays light."""
    terms = difference.terms()
    if sum(map(len, terms.values())) <= TERMS_ON_A_PAGE:
        return {"difference": difference}
    return {"difference": difference.without_terms(), "terms": terms}


def notes_between(editions, first, last):
    """The editions after the first up to the last, the oldest first; none if they are too many."""
    between = [edition for edition in reversed(editions) if first < edition.number <= last]
    return between if len(between) <= EDITIONS_ON_A_PAGE else []


def glossary(request):
    release, language = request.release, translation.get_language()
    terms = sorted(release.terms.values(), key=lambda term: term.term.plain(language).casefold())
    passages = [passage for term in terms for passage in term.passages()]
    context = {"terms": terms, "gone": gone_terms(release)}
    return show(
        request, "glossary", Page("glossary"), context, edition=release.home, passages=passages
    )


def gone_terms(release):
    """The anchors of terms that only earlier editions have, each with the last that has it."""
    gone = {}
    for edition in reversed(release.all_due()):
        if not edition.is_withdrawn:
            gone |= dict.fromkeys(traces_of(edition).terms, edition)
    return [(anchor, edition) for anchor, edition in gone.items() if anchor not in release.terms]


def search(request):
    """Search the editions in force in the page's language, then in the other."""
    language = translation.get_language()
    query = request.GET.get("q", "").replace("\0", " ").strip()[:QUERY_CHARACTERS]
    found = [
        (edition, search_in(edition, language, query)) for edition in request.release.current_first
    ]
    hits = [(edition, hit) for edition, results in found for hit in results.hits]
    elsewhere = [
        (edition, hit)
        for edition in request.release.current_first
        for hit in search_in(edition, other(language), query).hits
    ]
    shown = Paginator(hits or elsewhere, HITS_ON_A_PAGE).get_page(request.GET.get("page"))
    until_first = (hits or elsewhere)[: shown.start_index()]
    context = {
        "query": query,
        "hits": shown,
        "places": places_of(shown),
        "first_place": len(places_of(until_first)),
        "hits_language": language if hits else other(language),
        "count": len(hits),
        "other_count": len(elsewhere),
        "results": found[0][1] if found else None,
    }
    page = Page("search", query=urlencode({"q": query}) if query else "")
    response = show(
        request,
        "search",
        page,
        context,
        title=title_of_search(query, len(hits)),
        edition=request.release.home,
    )
    response.is_compressed_quickly = bool(query)  # few readers search the same
    return response


def places_of(hits):
    """The hits by their pages: (edition, hits there). Those of one page stand together."""
    by_page = groupby(hits, key=lambda found: (found[0].period, found[1].page.path("id")))
    groups = (list(found) for _, found in by_page)
    return [(found[0][0], [hit for _, hit in found]) for found in groups]


def title_of_search(query, count):
    if not query:
        return _("Search")
    hits = ngettext("%(count)d result", "%(count)d results", count) % {"count": count}
    return _("“%(query)s”: %(count)s – Search") % {"query": query[:60], "count": hits}


def data(request):
    edition, page, size_of = request.release.home, Page("data"), partial(kilobytes, request)
    context = {
        "received_sha256": linked_data.received_sha256(edition.period) if edition else "",
        "editions": [e for e in request.release.all_due() if not e.is_withdrawn][
            :EDITIONS_ON_A_PAGE
        ],
        "data_formats": list(WRITERS),
        "languages": LANGUAGES,
        "size_of": size_of,
    }
    if edition:
        described = description_of(page)
        data_set = linked_data.data_set(edition, described, settings.SITE_URL, size_of)
        context["linked_data"] = data_set
    return show(request, "data", page, context, edition=edition)


def kilobytes(request, path):
    """The size of the public file at the path, at least 1; None if it is missing or damaged."""
    try:
        return max(1, round(len(content_at(request, path)) / 1000))
    except (Http404, *DAMAGED):
        return None


def about(request):
    edition = request.release.home
    checksum = linked_data.received_sha256(edition.period) if edition else ""
    return show(request, "about", Page("about"), {"received_sha256": checksum}, edition=edition)


def accessibility(request):
    return show(request, "accessibility", Page("accessibility"), edition=request.release.home)


def not_found(request, exception):
    """404 in the language of the address, with the pages whose addresses are nearest to it."""
    if not hasattr(request, "release"):
        request.release = request.environ.get(RELEASE) or Release.current()
    request.form = ""
    path = request.path_info.removeprefix(request.release.base)
    with translation.override(
        translation.get_language_from_path(path) or translation.get_language()
    ):
        context = {"nearest": nearest_pages(path, request.release)}
        title, edition = _("Page not found"), request.release.home
        response = show(
            request, "not_found", Page("home"), context, title=title, edition=edition, status=404
        )
    response.headers["Cache-Control"] = "no-store"
    return response


def server_error(request):
    """500 in both languages, without the database and the catalogues."""
    head = {"language": "id", "full_title": "Terjadi gangguan – Something went wrong"}
    response = style.page(render_to_string("500.html"), head, status=500)
    response.headers["Cache-Control"] = "no-store"
    return response
