"""The top of the desk: what others did since this person's visit before."""

import re
from datetime import timedelta

import pytest

from editions import clock
from editorial.history.recording import recorded
from editorial.models import Act, Visit
from editorial.translation.acts import record_act
from editorial.working_copy import WorkingCopy, staff_release
from tests.support.factories import publish_now
from tests.support.people.desk import logged_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def sri(portal):
    """An editor whose visit before ended now, after the editions of the portal."""
    client = logged_in("sri", "Editor", "Publisher")
    Visit.objects.update(last_seen_at=clock.now())
    return client


def rewrite(vision, author, words):
    with recorded(vision.pk, author):
        vision.missions.filter(number=1).update(statement_ind=words)


def comment(vision, author):
    translation = WorkingCopy(vision, staff_release()).translations["m1.statement"]
    row = vision.missions.get(number=1)
    record_act(author, Act.Kind.REMARKED, translation.passage, row, words="Mengapa?")


def since(client):
    """(Words, address) of each thing that others did."""
    section = client.get("/admin/").text.partition('<section class="since"')[2]
    return re.findall(r'<li><a href="([^"]*)">([^<]*)', section.partition("</section>")[0])


@pytest.mark.slow
def test_what_others_did_is_shown_with_links(sri, portal):
    for words in ("Satu.", "Dua."):
        rewrite(portal, "budi", words)
    rewrite(portal, "tini", "Tiga.")
    edition = publish_now(portal)
    comment(portal, "tini")

    assert since(sri) == [
        ("/admin/editorial/revision/?author=budi", "budi saved 2 times"),
        ("/admin/editorial/revision/?author=tini", "tini saved once"),
        (
            f"/admin/editions/edition/{edition.pk}/change/",
            f"{edition.publisher} published edition 3 of 2016–2021",
        ),
        (
            f"/admin/terjemahan/{portal.pk}/?state=remarks",
            "New comments on 1 passage of 2016–2021",
        ),
    ]
    assert all(sri.get(address).status_code == 200 for address, _words in since(sri))


def test_own_work_is_not_shown(sri, portal):
    rewrite(portal, "sri", "Satu.")
    comment(portal, "sri")

    assert since(sri) == []


def test_earlier_work_is_not_shown(sri, portal):
    rewrite(portal, "budi", "Satu.")
    Visit.objects.update(last_seen_at=clock.now())

    assert since(sri) == []
    assert "Since you were last here" not in sri.get("/admin/").text


def test_nothing_is_shown_during_the_first_visit(portal):
    rewrite(portal, "budi", "Satu.")

    assert since(logged_in("sri", "Editor")) == []


def test_people_who_may_not_read_the_texts_are_told_nothing(portal):
    client = logged_in("sri", "Administrator")
    Visit.objects.update(last_seen_at=clock.now() - timedelta(hours=1))
    rewrite(portal, "budi", "Satu.")

    assert since(client) == []
