"""Comments on passages, and sending the Indonesian back to its author."""

import pytest

from editorial.models import Act, Revision
from editorial.translation.acts import record_act
from editorial.working_copy import WorkingCopy, staff_release
from missions.models import Mission
from tests.support.people.desk import logged_in, rewrite_mission

pytestmark = pytest.mark.django_db


def path_of(portal, key="m1.statement"):
    return f"/admin/komentar/{portal.pk}/{key}/"


@pytest.mark.slow
@pytest.mark.parametrize("role", ["Editor", "Translator", "Publisher"])
def test_everybody_who_writes_or_publishes_comments_on_a_passage(portal, role):
    client = logged_in("sri", role)

    response = client.post(path_of(portal), {"do": "remark", "words": "Apakah ini benar?"})

    act = Act.objects.get(act=Act.Kind.REMARKED)
    assert response.url == f"/admin/naskah/{portal.pk}/#m1.statement"
    assert (act.key, act.words, act.revision.author) == ("m1.statement", "Apakah ini benar?", "sri")
    assert "sri comments: Apakah ini benar?" in client.get(f"/admin/naskah/{portal.pk}/").text


@pytest.mark.slow
def test_a_text_that_is_in_one_language_only_can_be_commented_on(portal):
    client = logged_in("sri", "Editor")
    key = "u1.slug"

    client.post(path_of(portal, key), {"do": "remark", "words": "Alamat ini terlalu panjang."})

    assert list(WorkingCopy(portal, staff_release()).remarks) == [key]
    found = client.get(f"/admin/naskah/{portal.pk}/?only=remarks").text
    assert "Alamat ini terlalu panjang." in found
    # The translation desk does not have it, so the desk leads to the manuscript.
    text = logged_in("tuti", "Translator").get("/admin/").text
    assert f'href="/admin/naskah/{portal.pk}/?only=remarks"' in text


def test_a_comment_needs_words_and_keeps_what_was_typed(portal):
    client = logged_in("sri", "Editor")

    response = client.post(path_of(portal), {"do": "remark", "words": " "})
    long = client.post(path_of(portal), {"do": "remark", "words": "x" * 2001})

    assert "Write your comment first." in response.text
    assert "x" * 2001 in long.text
    assert not Act.objects.filter(act=Act.Kind.REMARKED).exists()


def test_a_comment_sent_twice_is_saved_once(portal):
    client = logged_in("sri", "Editor")
    data = {"do": "remark", "words": "Apakah ini benar?", "once": "x"}

    client.post(path_of(portal), data)
    client.post(path_of(portal), data)

    assert Act.objects.filter(act=Act.Kind.REMARKED).count() == 1


@pytest.mark.slow
def test_a_publisher_sends_a_correction_back_to_its_author_with_a_reason(portal):
    rewrite_mission()
    budi, sri = logged_in("budi", "Editor"), logged_in("sri", "Publisher")

    page = sri.get(path_of(portal)).text
    without_reason = sri.post(path_of(portal), {"do": "rewrite", "words": ""})
    sri.post(path_of(portal), {"do": "rewrite", "words": "Bukan kalimat dokumen."})

    assert "Send back to budi" in page
    assert "Write why, in a few words." in without_reason.text
    text = budi.get("/admin/").text
    assert "1 passage of 2016–2021: your Indonesian was sent back." in text
    assert "1 passage sent back" in text
    assert (
        "sent the Indonesian back to budi: Bukan kalimat dokumen." in budi.get(path_of(portal)).text
    )
    assert "your Indonesian was sent back" not in logged_in("tuti", "Editor").get("/admin/").text


def test_a_sent_back_text_stays_on_the_desk_of_its_author_until_it_is_settled(portal):
    rewrite_mission()
    budi, sri = logged_in("budi", "Editor"), logged_in("sri", "Publisher")
    sri.post(path_of(portal), {"do": "rewrite", "words": "Bukan kalimat dokumen."})

    budi.post(path_of(portal), {"do": "settle", "words": "Sudah."})

    assert "your Indonesian was sent back" not in budi.get("/admin/").text
    assert Act.objects.get(act=Act.Kind.SETTLED).words == "Sudah."


@pytest.mark.parametrize(("name", "role"), [("budi", "Publisher"), ("tuti", "Editor")])
def test_nobody_else_sends_back_and_nobody_to_themselves(portal, name, role):
    rewrite_mission(author="budi")
    client = logged_in(name, role)

    response = client.post(path_of(portal), {"do": "rewrite", "words": "Tidak."})

    assert "Send back to" not in client.get(path_of(portal)).text
    assert "Nothing was sent back" in response.text
    assert not Act.objects.filter(act=Act.Kind.REWRITE).exists()


def test_a_published_text_is_not_sent_back(portal):
    response = logged_in("sri", "Publisher").get(path_of(portal))

    assert "Send back to" not in response.text


def test_the_publishing_page_and_the_form_lead_to_the_comments(portal):
    rewrite_mission()
    client = logged_in("sri", "Editor", "Publisher")
    mission = Mission.objects.get(number=1)

    publish = client.get(f"/admin/vision/vision/{portal.pk}/terbitkan/").text
    form = client.get(f"/admin/missions/mission/{mission.pk}/change/").text

    assert f'href="{path_of(portal)}?next=' in publish
    assert f'href="{path_of(portal)}?next=' in form


def test_the_comments_of_a_deleted_passage_lead_to_the_manuscript(portal):
    response = logged_in("sri", "Editor").get(path_of(portal, "u99.body"))

    assert response.url == f"/admin/naskah/{portal.pk}/"


def test_history_shows_to_whom_a_text_went_back(portal):
    rewrite_mission()
    client = logged_in("sri", "Editor", "Publisher")
    client.post(path_of(portal), {"do": "rewrite", "words": "Bukan kalimat dokumen."})
    revision = Revision.objects.first()

    page = client.get(f"/admin/editorial/revision/{revision.pk}/change/").text

    assert "Sent the Indonesian back to budi: Bukan kalimat dokumen." in page


def test_a_comment_on_the_english_leads_translators_to_their_desk(portal):
    copy = WorkingCopy(portal, staff_release())
    passage = copy.translations["m1.statement"].passage
    record_act("sri", Act.Kind.REMARKED, passage, Mission.objects.get(number=1), words="Hm.")

    text = logged_in("tuti", "Translator").get("/admin/").text

    assert f'href="/admin/terjemahan/{portal.pk}/?state=remarks"' in text
