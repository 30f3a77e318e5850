"""The preview of the public pages, for staff."""

import pytest

from editorial.models import Account
from missions.models import Mission
from tests.support.factories import make_empty_vision, make_vision
from tests.support.people.desk import follow_links
from vision.models import Vision

pytestmark = pytest.mark.django_db
DRAFT = "Kalimat yang belum terbit."


@pytest.fixture
def editor(client, portal):
    client.force_login(Account.objects.create_superuser("sri", language="en"))
    Mission.objects.filter(number=1).update(statement_ind=DRAFT)
    return client


def base_of(vision):
    return f"/admin/pratinjau/{vision.pk}"


@pytest.mark.slow
def test_a_preview_shows_the_working_copy_and_the_public_page_does_not(editor):
    base = base_of(Vision.objects.get())

    assert DRAFT in editor.get(f"{base}/id/visi/2016-2021/misi/1/").text
    assert DRAFT not in editor.get("/id/visi/2016-2021/misi/1/").text
    assert "preview-banner" in editor.get(f"{base}/en/").text


def test_a_preview_does_not_claim_to_be_published(editor):
    text = editor.get(f"{base_of(Vision.objects.get())}/en/vision/2016-2021/missions/1/").text

    assert "Not published: this would be edition 3" in text
    assert "Edition 3, published here" not in text


@pytest.mark.slow
def test_every_link_of_a_preview_stays_in_it_and_every_page_answers(editor):
    base, seen = base_of(Vision.objects.get()), set()

    for address, response in follow_links(editor, base, f"{base}/id/"):
        seen.add(address)
        assert response.headers["Cache-Control"] == "no-store, private"
        assert response.headers["X-Robots-Tag"] == "noindex"

    assert f"{base}/en/vision/2016-2021/editions/2/3/" in seen


def test_a_preview_has_the_language_of_its_public_page(editor):
    response = editor.get(f"{base_of(Vision.objects.get())}/id/")

    assert '<html lang="id"' in response.text
    assert response.headers["Content-Language"] == "id"


def test_a_preview_answers_405_to_post(editor):
    assert editor.post(f"{base_of(Vision.objects.get())}/id/").status_code == 405


@pytest.mark.parametrize("rest", ["id/tidak-ada/", "%00", "id", "../../etc/passwd", "//evil.com"])
def test_a_missing_page_of_a_preview_is_not_cached(editor, rest):
    response = editor.get(f"{base_of(Vision.objects.get())}/{rest}")

    assert response.status_code == 404
    assert response.headers["Cache-Control"] == "no-store, private"


def test_the_preview_of_a_vision_without_elements_says_what_is_missing(editor):
    vision = make_empty_vision()

    response = editor.get(f"{base_of(vision)}/id/")

    assert response.status_code == 200
    assert f"/admin/vision/element/add/?vision={vision.pk}" in response.text


def test_a_first_edition_can_be_previewed(editor):
    vision = make_vision()

    response = editor.get(f"{base_of(vision)}/en/vision/2031-2035/")

    assert vision.statement_en in response.text


def test_the_forms_lead_to_the_preview_of_their_own_passage(editor):
    vision = Vision.objects.get()
    element = vision.elements.get(number=3)
    item = element.points.get(parent__marker="(1)", position=2)
    base = base_of(vision)

    for row, address in [
        (item, f"{base}/en/vision/2016-2021/elements/smart-city/#u3-1-2"),
        (element, f"{base}/en/vision/2016-2021/elements/smart-city/#u3"),
        (vision.missions.get(number=5), f"{base}/en/vision/2016-2021/missions/5/#m5"),
        (vision, f"{base}/en/vision/2016-2021/"),
    ]:
        page = editor.get(
            f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"
        ).text
        assert f'href="{address}' in page


def test_a_public_page_shows_nothing_of_a_preview(editor):
    editor.get(f"{base_of(Vision.objects.get())}/id/")
    editor.logout()

    response = editor.get("/id/")

    assert "pratinjau" not in response.text
    assert "Set-Cookie" not in response.headers


def test_a_missing_page_of_a_preview_suggests_pages_of_the_same_preview(editor):
    base = base_of(Vision.objects.get())

    text = editor.get(f"{base}/id/visi/2016-2021/unsur/kota-cerdaz/").text

    assert '<html lang="id">' in text
    assert f'<li><a href="{base}/id/visi/2016-2021/unsur/kota-cerdas/">' in text


def test_the_booklet_of_a_draft_is_not_stored(editor, settings, tmp_path):
    settings.DATA_DIR = tmp_path

    response = editor.get(f"{base_of(Vision.objects.get())}/id/visi/2016-2021/edisi/3/buku.pdf")

    assert response.content.startswith(b"%PDF")
    assert not list(tmp_path.rglob("*.pdf"))
