"""The preview for someone without an account: one draft, for a day, and nothing besides."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from editions import clock
from editorial.models import Event, PreviewLink
from editorial.publishing.shared_preview import signer
from missions.models import Mission
from tests.support.factories import make_account, make_vision, publish_now
from tests.support.people.editor import Fields
from vision.models import Vision

pytestmark = pytest.mark.django_db
DRAFT = "Kalimat yang belum terbit."


@pytest.fixture
def vision(portal):
    Mission.objects.filter(number=1).update(statement_ind=DRAFT)
    return portal


def link_to(vision, language="id", name="ratna", role="Translator"):
    """The address that somebody who may only look copies from the page, without the site's."""
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


def test_whoever_has_the_link_reads_the_draft_without_an_account(client, vision):
    response = client.get(link_to(vision))

    assert response.status_code == 200
    assert DRAFT in response.text
    assert DRAFT not in client.get("/id/visi/2016-2021/").text


def test_the_link_shows_the_working_copy_as_it_is_at_that_moment(client, vision):
    link = link_to(vision)

    Mission.objects.filter(number=1).update(statement_ind="Ditulis sesudahnya.")

    assert "Ditulis sesudahnya." in client.get(link).text


def test_a_banner_says_that_it_is_a_draft_and_how_long_the_link_works(client, vision):
    text = client.get(link_to(vision, "en")).text

    assert "Draft, not official." in text
    assert re.search(r"This link works until \d+ \w+ \d{4}, \d\d:\d\d WIB", text)


def test_the_page_that_makes_the_link_says_how_long_it_works(client, vision):
    client.force_login(make_account("sri", "Publisher"))

    text = client.post(f"/admin/pratinjau-berbagi/{vision.pk}/", follow=True).text

    assert re.search(r"The addresses work until \d+ \w+ \d{4}, \d\d:\d\d:\d\d WIB", text)


def test_no_link_leaves_it_and_every_page_answers_unstored_and_without_a_cookie(client, vision):
    base = base_of(link_to(vision))
    seen, ahead = set(), [f"{base}/id/", f"{base}/"]

    while ahead:
        address = ahead.pop()
        seen.add(address)
        response = client.get(address)
        assert response.status_code == 200, address
        assert response.headers["Cache-Control"] == "no-store, private"
        assert response.headers["X-Robots-Tag"] == "noindex"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in response.headers
        assert "Cookie" not in response.headers.get("Vary", "")
        if response.headers["Content-Type"].startswith("text/html"):
            links = set(re.findall(r'<a [^>]*?href="(/[^"#?]*)', response.text))
            assert all(link.startswith(f"{base}/") for link in links), (address, links)
            assert 'name="robots" content="noindex"' in response.text
            assert "style-src 'sha256-" in response.headers["Content-Security-Policy"]
            ahead += links - seen - set(ahead)

    assert f"{base}/en/vision/2016-2021/editions/2/3/" in seen


def test_the_other_language_has_the_same_secret(client, vision):
    link = link_to(vision)

    assert f'<a href="{base_of(link)}/en/vision/2016-2021/"' in client.get(link).text


@pytest.mark.parametrize(
    "rest", ["sitemap.xml", "id/umpan.atom", "data/2016-2021.json", "robots.txt"]
)
def test_the_files_name_public_addresses_only(client, vision, rest):
    base = base_of(link_to(vision))

    assert base not in client.get(f"{base}/{rest}").text


def test_the_canonical_address_is_the_public_one(client, vision):
    text = client.get(link_to(vision)).text

    assert '<link rel="canonical" href="http://127.0.0.1:8000/id/visi/2016-2021/">' in text


def test_it_knows_nobody_who_is_logged_in(client, vision):
    link = link_to(vision)
    before = client.get(link)

    client.force_login(make_account("sri", "Publisher"))

    assert client.get(link).content == before.content


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "trace"])
def test_it_only_answers_reading(client, vision, method):
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


def test_an_edition_of_another_vision_does_not_end_it(client, vision):
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
def test_whatever_is_not_a_token_is_not_found(client, portal, token, rest):
    response = client.get(f"/pratinjau/{token}/{rest}")

    assert response.status_code == 404
    assert response.headers["Cache-Control"] == "no-store, private"


def test_a_vision_that_was_deleted_has_no_preview(client, portal):
    vision = make_vision()
    link = link_to(vision)
    vision.delete()

    assert client.get(link).status_code == 404


def test_a_page_that_is_not_there_suggests_one_of_the_same_preview(client, vision):
    base = base_of(link_to(vision))

    response = client.get(f"{base}/id/visi/2016-2021/unsur/kota-cerdaz/")

    assert response.status_code == 404
    assert f'<li><a href="{base}/id/visi/2016-2021/unsur/kota-cerdas/">' in response.text


def test_nothing_of_another_draft_is_reachable(client, vision):
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


def test_a_link_is_revoked_alone(client, vision):
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


def test_a_link_does_not_open_the_row_that_has_its_number_now(client, vision):
    """As after a restore or a move, which may give numbers again."""
    link = link_to(vision)
    row = PreviewLink.objects.get()
    later_row = {"made_at": row.made_at, "until": row.until + timedelta(minutes=1)}
    row.delete()
    other = make_vision()
    other.preview_links.create(pk=row.pk, newest=0, made_by="budi", **later_row)

    answer = client.get(f"{base_of(link)}/id/visi/2031-2035/")

    assert answer.status_code == 404


def make_link_as(client, vision):
    """What the button of the page sends."""
    address = f"/admin/pratinjau-berbagi/{vision.pk}/"
    return address, Fields(client.get(address).text).values


def test_a_button_pressed_twice_makes_one_link(client, vision):
    client.force_login(make_account("sri", "Publisher"))
    address, data = make_link_as(client, vision)

    first, second = client.post(address, data), client.post(address, data)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first.headers["Location"] == second.headers["Location"] == address
    assert PreviewLink.objects.count() == Event.objects.filter(kind="preview-shared").count() == 1


def test_the_same_page_opened_anew_makes_another_link(client, vision):
    client.force_login(make_account("sri", "Publisher"))

    for _time in range(2):
        client.post(*make_link_as(client, vision))

    assert PreviewLink.objects.count() == 2


def test_revoking_a_link_that_has_ended_says_so(client, vision):
    client.force_login(make_account("sri", "Publisher"))

    for key in ("1", "x", "9" * 30):
        answer = client.post(f"/admin/pratinjau-berbagi/{vision.pk}/", {"revoke": key}, follow=True)
        assert "This link had ended already." in answer.text


def test_the_page_shows_a_link_until_it_ends_and_looking_makes_none(client, vision, monkeypatch):
    link = link_to(vision)
    client.force_login(make_account("sri", "Publisher"))
    address = f"/admin/pratinjau-berbagi/{vision.pk}/"

    seen = client.get(address)
    later(monkeypatch, days=1)
    afterwards = client.get(address)

    assert address_in(seen) == link
    assert PreviewLink.objects.count() == 1
    assert "No link works at present." in afterwards.text


def test_a_link_from_the_release_before_works_for_its_day(client, vision, monkeypatch):
    until = int((clock.now() + timedelta(hours=24)).timestamp())
    token = signer().sign_object([vision.pk, 2, until])
    address = f"/pratinjau/{token}/id/visi/2016-2021/"

    first = client.get(address)
    later(monkeypatch, hours=24)

    assert DRAFT in first.text
    assert client.get(address).status_code == 404


# Who makes it


def test_who_may_not_see_the_texts_makes_no_link(client, vision):
    client.force_login(make_account("joko", "Administrator"))

    assert client.get(f"/admin/pratinjau-berbagi/{vision.pk}/").status_code == 403


def test_a_vision_that_cannot_be_read_yet_is_not_shared(client, portal):
    vision = Vision.objects.create(
        period_start=2031,
        period_end=2035,
        introduction_ind="A",
        statement_ind="B",
        elements_lead_in_ind="C",
        missions_lead_in_ind="D",
    )
    client.force_login(make_account("sri", "Publisher"))

    text = client.get(f"/admin/pratinjau-berbagi/{vision.pk}/").text

    assert "There is nothing to share yet" in text
    assert "/pratinjau/" not in text.replace("/admin/pratinjau", "")
