"""The preview for somebody without an account: one draft, for a day."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from editions import clock
from editorial.models import Event, PreviewLink
from editorial.publishing.shared_preview import signer
from missions.models import Mission
from tests.support.factories import make_account, make_empty_vision, make_vision, publish_now
from tests.support.people.desk import follow_links
from tests.support.people.editor import Fields

pytestmark = pytest.mark.django_db
DRAFT = "Kalimat yang belum terbit."


@pytest.fixture
def vision(portal):
    Mission.objects.filter(number=1).update(statement_ind=DRAFT)
    return portal


def link_to(vision, language="id", name="ratna", role="Translator"):
    """The path of a new link, as an account with read permission gets it."""
    client = Client()
    client.force_login(make_account(name, role))
    page = client.post(f"/admin/pratinjau-berbagi/{vision.pk}/", follow=True)
    return address_in(page, language)


def address_in(page, language="id"):
    """The address of the newest link on the page."""
    pattern = rf'id="shared-{language}-\d+" readonly value="http://127.0.0.1:8000([^"]+)"'
    return re.search(pattern, page.text)[1]


def base_of(link):
    return "/".join(link.split("/")[:3])


def later(monkeypatch, **time):
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + timedelta(**time))


def test_the_link_shows_the_draft_without_an_account(client, vision):
    response = client.get(link_to(vision))

    assert response.status_code == 200
    assert DRAFT in response.text
    assert DRAFT not in client.get("/id/visi/2016-2021/").text


def test_the_link_shows_the_current_working_copy(client, vision):
    link = link_to(vision)

    Mission.objects.filter(number=1).update(statement_ind="Ditulis sesudahnya.")

    assert "Ditulis sesudahnya." in client.get(link).text


def test_a_banner_says_that_it_is_a_draft_and_when_the_link_ends(client, vision):
    text = client.get(link_to(vision, "en")).text

    assert "Draft, not official." in text
    assert re.search(r"This link works until \d+ \w+ \d{4}, \d\d:\d\d WIB", text)


def test_the_sharing_page_says_when_the_link_ends(client, vision):
    client.force_login(make_account("sri", "Publisher"))

    text = client.post(f"/admin/pratinjau-berbagi/{vision.pk}/", follow=True).text

    assert re.search(r"The addresses work until \d+ \w+ \d{4}, \d\d:\d\d:\d\d WIB", text)


@pytest.mark.slow
def test_links_stay_in_the_preview_and_no_page_is_cached_or_sets_a_cookie(client, vision):
    base, seen = base_of(link_to(vision)), set()

    for address, response in follow_links(client, base, f"{base}/id/", f"{base}/"):
        seen.add(address)
        assert response.headers["Cache-Control"] == "no-store, private"
        assert response.headers["X-Robots-Tag"] == "noindex"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in response.headers
        assert "Cookie" not in response.headers.get("Vary", "")
        if response.headers["Content-Type"].startswith("text/html"):
            assert 'name="robots" content="noindex"' in response.text
            assert "style-src 'sha256-" in response.headers["Content-Security-Policy"]

    assert f"{base}/en/vision/2016-2021/editions/2/3/" in seen


def test_both_languages_have_the_same_token(client, vision):
    link = link_to(vision)

    assert f'<a href="{base_of(link)}/en/vision/2016-2021/"' in client.get(link).text


@pytest.mark.slow
@pytest.mark.parametrize(
    "rest", ["sitemap.xml", "id/umpan.atom", "data/2016-2021.json", "robots.txt"]
)
def test_the_files_of_a_shared_preview_contain_public_addresses_only(client, vision, rest):
    base = base_of(link_to(vision))

    assert base not in client.get(f"{base}/{rest}").text


def test_the_canonical_address_is_the_public_one(client, vision):
    text = client.get(link_to(vision)).text

    assert '<link rel="canonical" href="http://127.0.0.1:8000/id/visi/2016-2021/">' in text


def test_a_shared_preview_ignores_who_is_logged_in(client, vision):
    link = link_to(vision)
    before = client.get(link)

    client.force_login(make_account("sri", "Publisher"))

    assert client.get(link).content == before.content


@pytest.mark.slow
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "trace"])
def test_a_shared_preview_answers_405_to_other_methods(client, vision, method):
    client.handler.enforce_csrf_checks = True

    response = getattr(client, method)(link_to(vision))

    assert response.status_code == 405
    assert response.headers["Cache-Control"] == "no-store, private"


# When it ends


def test_a_new_edition_ends_the_link_and_leads_to_the_public_page(client, vision):
    link = link_to(vision, "en")

    publish_now(vision)
    response = client.get(link)

    assert response.status_code == 410
    assert "What this link showed has been published" in response.text
    assert '<a href="/en/vision/2016-2021/">' in response.text
    assert response.headers["Cache-Control"] == "no-store, private"


def test_a_scheduled_edition_ends_the_link_too_and_shows_nothing_before_its_time(client, vision):
    link = link_to(vision)

    publish_now(vision, effective_at=clock.now() + timedelta(days=1))
    response = client.get(link)

    assert response.status_code == 410
    assert DRAFT not in response.text
    assert DRAFT not in client.get("/id/visi/2016-2021/").text


def test_an_edition_of_another_vision_does_not_end_the_link(client, vision):
    link = link_to(vision)

    publish_now(make_vision())

    assert client.get(link).status_code == 200


@pytest.mark.parametrize(
    ("time", "status"), [({"hours": 23, "minutes": 59}, 200), ({"hours": 24}, 404)]
)
def test_the_link_works_for_a_day(client, vision, monkeypatch, time, status):
    link = link_to(vision, "en")

    later(monkeypatch, **time)

    assert client.get(link).status_code == status


def test_an_expired_link_says_what_to_do(client, vision, monkeypatch):
    link = link_to(vision, "en")

    later(monkeypatch, days=2)
    response = client.get(link)

    assert "This link no longer works" in response.text
    assert "Ask whoever sent it for a new one." in response.text
    assert DRAFT not in response.text


@pytest.mark.parametrize("forge", [lambda token: token.replace(":", "A:"), str.swapcase, str.upper])
def test_a_forged_link_opens_nothing(client, vision, forge):
    _, _, token, rest = link_to(vision, "en").split("/", 3)

    response = client.get(f"/pratinjau/{forge(token)}/{rest}")

    assert response.status_code == 404
    assert "This link no longer works" in response.text
    assert response.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("token", ["x", "%00", "a:b", "WzEsMiwzXQ:", "💮", "a" * 3000])
@pytest.mark.parametrize("rest", ["", "id/", "en/vision/", "%00", "../../etc/passwd"])
def test_an_invalid_token_answers_404(client, portal, token, rest):
    response = client.get(f"/pratinjau/{token}/{rest}")

    assert response.status_code == 404
    assert response.headers["Cache-Control"] == "no-store, private"


def test_a_deleted_vision_has_no_shared_preview(client, portal):
    vision = make_vision()
    link = link_to(vision)
    vision.delete()

    assert client.get(link).status_code == 404


def test_a_missing_page_suggests_pages_of_the_same_shared_preview(client, vision):
    base = base_of(link_to(vision))

    response = client.get(f"{base}/id/visi/2016-2021/unsur/kota-cerdaz/")

    assert response.status_code == 404
    assert f'<li><a href="{base}/id/visi/2016-2021/unsur/kota-cerdas/">' in response.text


def test_a_link_does_not_open_another_draft(client, vision):
    link = link_to(make_vision(2031, 2035, statement_ind="Magelang Sehat dan Kuat"))
    base = base_of(link)

    for address in [
        f"{base}/id/visi/2016-2021/misi/1/",
        f"{base}/id/visi/2016-2021/",
        f"{base}/data/2016-2021.json",
    ]:
        response = client.get(address)
        assert response.status_code == 200
        assert DRAFT not in response.text
    assert "Magelang Sehat dan Kuat" in client.get(link).text


def test_revoking_a_link_keeps_the_others(client, vision):
    sri = make_account("sri", "Publisher")
    first, second = link_to(vision), link_to(vision, name="budi")
    client.force_login(sri)

    answer = client.post(
        f"/admin/pratinjau-berbagi/{vision.pk}/", {"revoke": PreviewLink.objects.last().pk}
    )
    page = client.get(answer.headers["Location"])

    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    assert page.text.count("Revoke this link") == 1
    event = Event.objects.get(kind="preview-revoked")
    assert (event.actor, event.object) == ("sri", "2016–2021")


def test_a_link_does_not_open_another_link_that_got_its_key(client, vision):
    """A restored or moved database may reuse keys."""
    link = link_to(vision)
    row = PreviewLink.objects.get()
    later_row = {"made_at": row.made_at, "until": row.until + timedelta(minutes=1)}
    row.delete()
    other = make_vision()
    other.preview_links.create(pk=row.pk, newest=0, made_by="budi", **later_row)

    answer = client.get(f"{base_of(link)}/id/visi/2031-2035/")

    assert answer.status_code == 404


def make_link_as(client, vision):
    """The fields that the page's button sends."""
    address = f"/admin/pratinjau-berbagi/{vision.pk}/"
    return address, Fields(client.get(address).text).values


def test_pressing_the_button_twice_makes_one_link(client, vision):
    client.force_login(make_account("sri", "Publisher"))
    address, data = make_link_as(client, vision)

    first, second = client.post(address, data), client.post(address, data)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first.headers["Location"] == second.headers["Location"] == address
    assert PreviewLink.objects.count() == Event.objects.filter(kind="preview-shared").count() == 1


def test_reopening_the_page_makes_another_link(client, vision):
    client.force_login(make_account("sri", "Publisher"))

    for _time in range(2):
        client.post(*make_link_as(client, vision))

    assert PreviewLink.objects.count() == 2


def test_revoking_a_link_that_has_ended_says_so(client, vision):
    client.force_login(make_account("sri", "Publisher"))

    for key in ("1", "x", "9" * 30):
        answer = client.post(f"/admin/pratinjau-berbagi/{vision.pk}/", {"revoke": key}, follow=True)
        assert "This link had ended already." in answer.text


def test_the_page_shows_a_link_until_it_ends_and_opening_it_makes_none(client, vision, monkeypatch):
    link = link_to(vision)
    client.force_login(make_account("sri", "Publisher"))
    address = f"/admin/pratinjau-berbagi/{vision.pk}/"

    seen = client.get(address)
    later(monkeypatch, days=1)
    afterwards = client.get(address)

    assert address_in(seen) == link
    assert PreviewLink.objects.count() == 1
    assert "No link works at present." in afterwards.text


def test_a_link_of_the_previous_release_works_for_its_day(client, vision, monkeypatch):
    until = int((clock.now() + timedelta(hours=24)).timestamp())
    token = signer().sign_object([vision.pk, 2, until])
    address = f"/pratinjau/{token}/id/visi/2016-2021/"

    first = client.get(address)
    later(monkeypatch, hours=24)

    assert DRAFT in first.text
    assert client.get(address).status_code == 404


# Permissions


def test_without_permission_for_the_texts_nobody_makes_a_link(client, vision):
    client.force_login(make_account("joko", "Administrator"))

    assert client.get(f"/admin/pratinjau-berbagi/{vision.pk}/").status_code == 403


def test_a_vision_without_elements_is_not_shared(client, portal):
    vision = make_empty_vision()
    client.force_login(make_account("sri", "Publisher"))

    text = client.get(f"/admin/pratinjau-berbagi/{vision.pk}/").text

    assert "There is nothing to share yet" in text
    assert "/pratinjau/" not in text.replace("/admin/pratinjau", "")
