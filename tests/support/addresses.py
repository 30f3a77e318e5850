"""Every address of the admin and of the public pages, with an existing row for each."""

import re

from django.contrib import admin
from django.urls import URLPattern, URLResolver

from editions.models import Edition
from editorial.accounts.second_administrator import propose
from editorial.history.recording import recorded
from editorial.models import Account, Event, Revision
from editorial.rows import vision_of
from editorial.spelling.words import add_word
from public.addresses import FILES, LANGUAGE_FILES, RENDITIONS, rendition_routes
from public.releases import Release
from tests.support.factories import make_point, make_vision
from vision.models import Point, Term


def admin_addresses(patterns=None, before=""):
    """The routes of the admin, such as ``missions/mission/<path:object_id>/change/``."""
    for pattern in admin.site.get_urls() if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from admin_addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def filled(route, keys):
    """The route with the key of an existing row in place of each parameter."""
    model = next((name for name in keys if route.startswith(name)), "")
    values = {
        "object_id": keys.get(model),
        "id": keys.get(model),
        "number": 1,
        "rest": "id/",
        "app_label": "vision",
    }
    values |= {"vision_id": keys["vision/vision"], "edition_id": keys["editions/edition"]}
    values |= {
        "element_id": keys["vision/element"],
        "content_type_id": 1,
        "url": "x",
        "name": "csv",
        "key": "v-visi.statement",
        "proposal_id": keys["proposal"],
        "row_key": f"point-{keys['vision/point']}",
    }
    path = re.sub(r"\(\?P<(\w+)>.*?\)", r"<\1>", route).replace(".*)", "").strip("^$")
    return "/admin/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda gap: str(values[gap[1]]), path)


def make_rows(portal):
    """Make a row of each kind with a version in its history: {start of its routes: key}.

    Element and mission belong to a vision without an edition, so that tests may delete them.
    """
    draft = make_vision()
    rows = {
        "vision/vision": (portal, "statement"),
        "vision/element": (draft.elements.first(), "name"),
        "vision/point": (Point.objects.get(marker="(a)"), "title"),
        "vision/term": (Term.objects.first(), "term"),
        "missions/mission": (draft.missions.first(), "statement"),
        "missions/goal": (make_point(draft.missions.first()), "title"),
    }
    for row, field in rows.values():
        with recorded(vision_of(row).pk, "rudi"):
            setattr(row, f"{field}_en", "Changed")
            row.save()
    rudi = Account.objects.create_user("rudi", is_staff=True)
    return {name: row.pk for name, (row, _field) in rows.items()} | {
        "editions/edition": Edition.objects.get(number=1).pk,
        "editorial/revision": Revision.objects.latest("pk").pk,
        "editorial/event": Event.objects.latest("pk").pk,
        "editorial/cityword": add_word("Tidarsari", "rudi").pk,
        "editorial/account": rudi.pk,
        "proposal": propose(rudi, "Editor", rudi, "x").pk,
    }


def public_files():
    """The addresses of data, feeds, pictures and booklets, which are not pages."""
    gaps = {
        "period:period": "2016-2021",
        "n:number": "1",
        "data_format:data_format": "json",
        "image_format:image_format": "svg",
        "language:language": "en",
    }
    pairs = [*LANGUAGE_FILES.values()]
    pairs += [routes for name in RENDITIONS for _url_name, routes in rendition_routes(name)]
    routes = [f"id/{route}" for route, _english in pairs] + list(FILES.values())
    return ["/" + re.sub("<(.*?)>", lambda gap: gaps[gap[1]], route) for route in routes]


def public_addresses():
    pages = [
        page.path(language) for page, _ in Release.current().pages() for language in ("id", "en")
    ]
    return [
        "/",
        *pages,
        *public_files(),
        "/id/kutip.bib",
        "/id/visi/2016-2021/gambar.png",
        "/livez",
        "/readyz",
        "/static/x.css",
    ]
