"""The change note that editors propose and the publisher finds filled in."""

import re

import pytest

from editions.models import Edition
from editorial.models import Revision
from editorial.publishing.proposed_note import proposed_note
from editorial.publishing.second_reader import publish_working_copy
from tests.support.factories import NOTE
from tests.support.people.desk import logged_in, rewrite_mission

pytestmark = pytest.mark.django_db

IND, EN = "Ejaan diperbaiki.", "Spelling corrected."


def manuscript(portal):
    return f"/admin/naskah/{portal.pk}/"


def publishing(portal):
    return f"/admin/vision/vision/{portal.pk}/terbitkan/"


def opened(client, path):
    """The hidden fields of the page's forms."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', client.get(path).text))


def propose(client, portal, ind=IND, en=EN, fields=None):
    fields = fields or opened(client, manuscript(portal))
    return client.post(manuscript(portal), fields | {"note_ind": ind, "note_en": en})


def publish(client, portal, **fields):
    fields = opened(client, publishing(portal)) | {"when": "now"} | fields
    return client.post(publishing(portal), fields)


@pytest.mark.slow
@pytest.mark.parametrize("role", ["Editor", "Translator", "Publisher"])
def test_everybody_who_writes_or_publishes_proposes_the_note(portal, role):
    client = logged_in("sri", role)

    response = propose(client, portal)

    note = proposed_note(portal)
    assert response.url == f"{manuscript(portal)}#note"
    assert (note.source, note.target, note.revision.author) == (IND, EN, "sri")
    assert "sri proposed it on" in client.get(manuscript(portal)).text


@pytest.mark.slow
def test_the_publisher_finds_the_note_filled_in_and_may_change_it(portal):
    rewrite_mission()
    propose(logged_in("budi", "Editor"), portal)
    sri = logged_in("sri", "Publisher")

    page = sri.get(publishing(portal)).text
    publish(sri, portal, note_ind="Satu kata diperbaiki.", note_en=EN)

    assert IND in page
    assert EN in page
    assert "budi proposed it on" in page
    edition = Edition.objects.latest("number")
    assert (edition.note_ind, edition.note_en) == ("Satu kata diperbaiki.", EN)


@pytest.mark.slow
def test_the_proposed_note_ends_when_the_text_is_published(portal):
    rewrite_mission()
    propose(logged_in("budi", "Editor"), portal)

    publish_working_copy(portal, publisher="sri", note=NOTE)

    assert proposed_note(portal) is None
    page = logged_in("tuti", "Editor").get(manuscript(portal)).text
    assert IND not in page


@pytest.mark.slow
def test_two_people_do_not_overwrite_each_others_note(portal):
    sri, budi = logged_in("sri", "Editor"), logged_in("budi", "Editor")
    before = opened(budi, manuscript(portal))
    propose(sri, portal)

    refused = propose(budi, portal, ind="Catatan Budi.", en="", fields=before)

    assert refused.status_code == 200
    assert "sri changed this meanwhile" in refused.text
    assert "Catatan Budi." in refused.text
    assert proposed_note(portal).source == IND
    again = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', refused.text))
    propose(budi, portal, ind="Catatan keduanya.", en=EN, fields=again)
    assert proposed_note(portal).source == "Catatan keduanya."


@pytest.mark.slow
def test_two_people_write_one_language_each(portal):
    sri, budi = logged_in("sri", "Editor"), logged_in("budi", "Translator")
    before = opened(budi, manuscript(portal))
    propose(sri, portal, en="")

    propose(budi, portal, ind="", fields=before)

    note = proposed_note(portal)
    assert (note.source, note.target) == (IND, EN)


def test_a_note_without_the_note_it_was_opened_on_is_refused(portal):
    response = propose(logged_in("sri", "Editor"), portal, fields={"base": "x"})

    assert response.status_code == 200
    assert proposed_note(portal) is None


def test_the_same_note_is_no_new_proposal(portal):
    client = logged_in("sri", "Editor")
    propose(client, portal)
    count = Revision.objects.count()

    propose(client, portal)

    assert Revision.objects.count() == count


def test_the_note_can_be_emptied(portal):
    client = logged_in("sri", "Editor")
    propose(client, portal)

    propose(client, portal, ind="", en="")

    assert proposed_note(portal) is None


@pytest.mark.slow
def test_a_note_proposed_while_the_publisher_reads_is_shown_before_publishing(portal):
    rewrite_mission()
    sri = logged_in("sri", "Publisher")
    fields = opened(sri, publishing(portal)) | {"when": "now", "note_ind": "A.", "note_en": "B."}
    propose(logged_in("budi", "Editor"), portal)

    refused = sri.post(publishing(portal), fields)

    assert "Meanwhile budi proposed another change note" in refused.text
    assert ">\nA.</textarea>" in refused.text
    assert Edition.objects.latest("number").number == 2
    publish(sri, portal, note_ind="A.", note_en="B.")
    assert Edition.objects.latest("number").number == 3


@pytest.mark.slow
def test_history_shows_the_proposed_notes(portal):
    rewrite_mission()
    client = logged_in("budi", "Editor")
    propose(client, portal)
    publish_working_copy(portal, publisher="sri", note=NOTE)

    page = client.get("/admin/editorial/revision/").text
    proposal = Revision.objects.get(action=Revision.Action.PROPOSE)
    one = client.get(f"/admin/editorial/revision/{proposal.pk}/change/").text

    assert "proposed a change note: Proposed change note" in page
    assert "used the proposed change note: Proposed change note" in page
    assert IND in one
    assert EN in one
    assert client.get("/admin/").status_code == 200
