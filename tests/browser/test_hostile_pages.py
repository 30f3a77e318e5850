"""Markup in texts runs nothing and requests nothing in a browser."""

import pytest

from editorial.models import Account, Revision
from public.releases import Release
from tests.support.attacks import ATTACKS, ENDS, hostile_vision, rows_of
from tests.support.browser.chromium import log_in
from tests.support.people.desk import change
from vision.models import Point

SEARCHES = ["/id/cari/?q=alert", "/en/search/?q=svg"]


@pytest.fixture
def browse(context, live_server):
    """Opens addresses as a superuser and collects dialogs, complaints and foreign requests."""
    wrong = []
    log_in(context, live_server, Account.objects.create_superuser("sri"))
    page = context.new_page()
    page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on(
        "console",
        lambda message: message.type in ("error", "warning") and wrong.append(message.text),
    )
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda asked: asked.url.startswith((live_server.url, "data:")) or wrong.append(asked.url),
    )

    def open_all(paths):
        for path in paths:
            assert page.goto(path).status in (200, 410), path
            assert wrong == [], path

    return open_all


def desk_of(vision):
    for row in rows_of(vision):
        yield from (
            change(row),
            change(row).partition(f"{row.pk}/")[0],
            change(row).replace("change", "history"),
        )
    point, term = Point.objects.get(element__vision=vision), vision.terms.get()
    yield from (change(row).replace("change", "delete") for row in (point, term))
    yield from (
        f"/admin/editorial/revision/{Revision.objects.latest('pk').pk}/change/",
        "/admin/editorial/revision/",
    )
    yield from (
        f"/admin/{page}/{vision.pk}/"
        for page in ("naskah", "susunan", "terjemahan", "vision/vision")
    )
    yield from (
        f"/admin/pratinjau/{vision.pk}/{page}" for page in ("id/visi/2026-2030/", "en/glossary/")
    )
    yield from (
        "/admin/",
        f"/admin/vision/vision/{vision.pk}/terbitkan/",
        f"/admin/pratinjau-berbagi/{vision.pk}/",
    )


@pytest.mark.parametrize("attack", [ATTACKS[0], ENDS])
def test_published_markup_runs_nothing_on_any_page(browse, attack):
    hostile_vision(attack)
    pages = [
        page.path(language) for page, _ in Release.current().pages() for language in ("id", "en")
    ]

    browse(dict.fromkeys([*(path for path in pages if "2016-2021" not in path), *SEARCHES]))


@pytest.mark.parametrize("attack", [ATTACKS[0], ENDS])
def test_markup_in_the_working_copy_runs_nothing_on_any_admin_page(browse, attack):
    browse(dict.fromkeys(desk_of(hostile_vision(attack))))
