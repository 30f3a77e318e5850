from functools import wraps
from hashlib import sha256
from itertools import pairwise

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseServerError
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from editions import official_text
from editions.difference import difference as difference_of
from public.addresses import LANGUAGES, Page
from public.releases import Release, traces_of
from public.style import META_CSP, PUBLIC_CSP, STYLE

CACHE_CONTROL = "public, no-cache"  # a corrected official text must not wait in a browser for a day


def page(view, language):
    """A view of one page in one language, read from the current release or from the one a preview has set."""

    @wraps(view)
    @csrf_exempt  # a method that is not answered is told so before anyone asks for a token
    @require_safe
    def in_language(request, **arguments):
        if not hasattr(request, "release"):
            request.release = Release.current()
        with translation.override(language):
            response = view(request, **arguments)
        response.headers["Content-Language"] = language
        response.headers.setdefault("Cache-Control", CACHE_CONTROL)
        return response

    return in_language


def file(view):
    """A view of a file that is the same in both languages."""

    @wraps(view)
    @csrf_exempt
    @require_safe
    def of_release(request, **arguments):
        if not hasattr(request, "release"):
            request.release = Release.current()
        response = view(request, **arguments)
        response.headers.setdefault("Cache-Control", CACHE_CONTROL)
        return response

    return of_release


def show(request, template, page, context=None, *, edition=None, passages=(), status=200):
    """Render a page with what every page needs. ``passages`` are what it shows of the edition's document."""
    language = translation.get_language()
    response = render(
        request,
        f"public/{template}.html",
        {
            "page": page,
            "release": request.release,
            "language": language,
            "other_language": next(other for other in LANGUAGES if other != language),
            "edition": edition,
            "document": edition.document if edition and not edition.is_withdrawn else None,
            "is_archived": edition and request.release.is_archived(edition),
            "is_upcoming": edition and request.release.is_upcoming(edition),
            "lacks_translation": any(passage.text.is_missing(language) for passage in passages),
            "city": {
                "contact": settings.CITY_CONTACT,
                "licence": settings.CITY_LICENCE,
                "licence_url": settings.CITY_LICENCE_URL,
                "is_official_site": settings.CITY_OFFICIAL_SITE,
            },
            "site_url": settings.SITE_URL,
            "style": STYLE,
            "meta_csp": META_CSP,
            **(context or {}),
        },
        status=status,
    )
    response._csp_config = PUBLIC_CSP
    return response


def edition_in_force(request, period):
    edition = request.release.in_force.get(period)
    if edition is None:
        raise Http404
    return edition


def text_passages(document):
    """The passages of the text itself, without the glossary."""
    return [passage for passage in document.passages() if passage.kind != "term"]


def home(request):
    edition = request.release.home
    if edition is None:
        return show(request, "home_empty", Page("home"))
    return show(request, "home", Page("home"), edition=edition, passages=text_passages(edition.document))


def periods(request):
    home = request.release.home
    context = {
        "editions": list(request.release.in_force.values()),
        "is_archived": home and request.release.is_archived(home),
        "is_upcoming": home and request.release.is_upcoming(home),
    }
    return show(request, "periods", Page("periods"), context)


def vision(request, period):
    edition = edition_in_force(request, period)
    return show(
        request,
        "vision",
        Page("vision", {"period": period}),
        {"gone": gone_passages(request.release, edition)},
        edition=edition,
        passages=text_passages(edition.document),
    )


def elements(request, period):
    edition = edition_in_force(request, period)
    passages = text_passages(edition.document)
    return show(request, "elements", Page("elements", {"period": period}), edition=edition, passages=passages)


def element(request, period, slug):
    edition = edition_in_force(request, period)
    language = translation.get_language()
    for place, element in enumerate(edition.document.elements):
        if element.slug.shown(language) == slug:
            neighbours = neighbours_of(edition.document.elements, place)
            return show(
                request,
                "element",
                Page("element", {"period": period, "slug": element.slug}),
                {"element": element, "gone": gone_passages(request.release, edition, element), **neighbours},
                edition=edition,
                passages=element.passages(),
            )
    return redirect_to_renamed_element(request, edition, slug, language)


def redirect_to_renamed_element(request, edition, slug, language):
    """An address that once answered answers for ever: earlier editions remember every address word."""
    former = {}
    for earlier in reversed(request.release.due[edition.period]):
        former |= traces_of(earlier).slugs[language]
    slugs = {element.number: element.slug for element in edition.document.elements}
    if former.get(slug) not in slugs:
        raise Http404
    page = Page("element", {"period": edition.period, "slug": slugs[former[slug]]})
    return redirect(page.path(language, request.release.base), permanent=True)


def missions(request, period):
    edition = edition_in_force(request, period)
    passages = text_passages(edition.document)
    return show(request, "missions", Page("missions", {"period": period}), edition=edition, passages=passages)


def mission(request, period, number):
    edition = edition_in_force(request, period)
    missions = edition.document.missions
    place = next((place for place, mission in enumerate(missions) if mission.number == number), None)
    if place is None:
        raise Http404
    return show(
        request,
        "mission",
        Page("mission", {"period": period, "number": number}),
        {"mission": missions[place], **neighbours_of(missions, place)},
        edition=edition,
        passages=missions[place].passages(),
    )


def neighbours_of(items, place):
    return {
        "previous": items[place - 1] if place else None,
        "next": items[place + 1] if place + 1 < len(items) else None,
    }


def gone_passages(release, edition, within=None):
    """The anchors that earlier editions had and this one has not, each with the edition where it last stood."""
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
    edition = request.release.in_force.get(period) or editions[0]
    standing = [e for e in editions if not e.is_withdrawn]
    earlier = {later.number: earlier for later, earlier in pairwise(standing)}
    context = {"editions": editions, "earlier": earlier}
    return show(request, "editions", Page("editions", {"period": period}), context, edition=edition)


def edition(request, period, number):
    edition = request.release.edition(period, number)
    if edition is None:
        raise Http404
    page = Page("edition", {"period": period, "number": number})
    if edition.is_withdrawn:
        return show(request, "edition_withdrawn", page, edition=edition, status=410)
    return show(
        request,
        "edition",
        page,
        {
            "replaced_by": request.release.replaced_by(edition),
            "is_in_force": request.release.in_force.get(period) == edition,
        },
        edition=edition,
        passages=text_passages(edition.document),
    )


def difference(request, period, before, after):
    earlier, later = (request.release.edition(period, number) for number in (before, after))
    if earlier is None or later is None or earlier == later:
        raise Http404
    page = Page("difference", {"period": period, "before": before, "after": after})
    for edition in (earlier, later):
        if edition.is_withdrawn:
            return show(request, "edition_withdrawn", page, edition=edition, status=410)
    context = {
        "earlier": earlier,
        "later": later,
        "difference": difference_of(earlier.document, later.document),
    }
    return show(request, "difference", page, context, edition=later)


def glossary(request):
    edition = request.release.home
    terms = edition.document.terms if edition else ()
    language = translation.get_language()
    in_order = sorted(terms, key=lambda term: term.term.plain(language).casefold())
    passages = [passage for term in terms for passage in term.passages()]
    return show(request, "glossary", Page("glossary"), {"terms": in_order}, edition=edition, passages=passages)


def about(request):
    edition = request.release.home
    received = official_text.received_file(edition.period) if edition else None
    checksum = sha256(received.read_bytes()).hexdigest() if received and received.exists() else ""
    return show(request, "about", Page("about"), {"received_sha256": checksum}, edition=edition)


def accessibility(request):
    return show(request, "accessibility", Page("accessibility"), edition=request.release.home)


def edition_file(request, period, number):
    edition = request.release.edition(period, number)
    if edition is None:
        raise Http404
    if edition.is_withdrawn:
        reason = edition.withdrawal.reason
        return HttpResponse(f"{reason.id}\n\n{reason.en}\n", status=410, content_type="text/plain; charset=utf-8")
    return HttpResponse(edition.file, content_type="application/json")


def received_file(request, period):
    """The text as received, byte for byte, for a period that has been published."""
    path = official_text.received_file(period)
    if period not in request.release.due or not path.exists():
        raise Http404
    return HttpResponse(path.read_bytes(), content_type="text/plain; charset=utf-8")


def sitemap(request):
    return render(
        request,
        "public/sitemap.xml",
        {"pages": request.release.pages(), "languages": LANGUAGES, "site_url": settings.SITE_URL},
        content_type="application/xml",
    )


def robots(request):
    lines = ["User-agent: *", "Disallow: /admin/", f"Sitemap: {settings.SITE_URL}/sitemap.xml", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def not_found(request, exception):
    """404 in the language of the address's prefix, with ways on."""
    if not hasattr(request, "release"):
        request.release = Release.current()
    response = show(request, "not_found", Page("home"), edition=request.release.home, status=404)
    response.headers["Cache-Control"] = "no-store"
    return response


def server_error(request):
    """500 stands alone, in both languages: it needs no database and no catalogue."""
    response = HttpResponseServerError(render_to_string("500.html", {"style": STYLE, "meta_csp": META_CSP}))
    response._csp_config = PUBLIC_CSP
    response.headers["Cache-Control"] = "no-store"
    return response
