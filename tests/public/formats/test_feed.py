"""The feed of editions, as a feed reader reads it."""

import feedparser
import pytest
from django.conf import settings

from editions.document import Text
from editions.models import Edition
from editions.publishing import withdraw
from missions.models import Mission
from tests.support.factories import publish_now

pytestmark = pytest.mark.django_db
FEEDS = {"id": "/id/umpan.atom", "en": "/en/feed.atom"}


@pytest.fixture(params=FEEDS)
def language(request):
    return request.param


def parsed(client, language):
    response = client.get(FEEDS[language])
    assert response.headers["Content-Type"].startswith("application/atom+xml")
    return feedparser.parse(
        response.content, response_headers={"content-type": response.headers["Content-Type"]}
    )


def test_the_feed_is_well_formed_and_names_its_language(client, portal, language):
    feed = parsed(client, language)

    assert not feed.bozo
    assert feed.feed.language == language
    assert feed.feed.id == settings.SITE_URL + FEEDS[language]


def test_each_edition_is_an_entry_that_leads_to_it_the_newest_first(client, portal, language):
    entries = parsed(client, language).entries

    assert [entry.id for entry in entries] == [entry.link for entry in entries]
    assert [entry.id.rstrip("/").rpartition("/")[2] for entry in entries] == ["2", "1"]
    for entry in entries:
        assert client.get(entry.link.removeprefix(settings.SITE_URL)).status_code == 200
        assert entry.summary
        assert entry.updated.startswith("2025-12-31T17:00")  # midnight in Magelang


def test_an_entry_of_an_ended_period_is_marked(client, portal):
    assert "(arsip)" in parsed(client, "id").entries[0].title
    assert "(archived)" in parsed(client, "en").entries[0].title


def test_a_withdrawn_edition_stays_in_the_feed_with_its_reason(client, portal, language):
    withdraw(
        Edition.objects.get(number=2), reason=Text("Keliru.", "In error."), withdrawn_by="penerbit"
    )

    entry = parsed(client, language).entries[0]

    assert entry.id.endswith("/2/")
    assert entry.summary == {"id": "<p>Keliru.</p>", "en": "<p>In error.</p>"}[language]
    assert entry.updated > entry.published


def test_a_note_in_the_feed_is_plain_text(client, portal, language):
    Mission.objects.filter(number=1).update(
        statement_ind="Kalimat baru.", statement_en="A new sentence."
    )
    publish_now(portal, note="a < b & <script>alert(1)</script>")

    assert "a &lt; b &amp; &lt;script&gt;" in parsed(client, language).entries[0].summary


def test_the_feed_stays_the_same_while_nothing_is_published(client, portal, language):
    etag = client.get(FEEDS[language]).headers["ETag"]

    assert client.get(FEEDS[language], headers={"if-none-match": etag}).status_code == 304


def test_every_page_names_the_feed_of_its_language(client, portal, language):
    assert (
        f'<link rel="alternate" type="application/atom+xml" href="{FEEDS[language]}">'
        in client.get(f"/{language}/").text
    )


def test_before_the_first_edition_the_feed_is_empty(client, db, language):
    assert parsed(client, language).entries == []
    assert parsed(client, language).feed.updated.startswith("1970")
