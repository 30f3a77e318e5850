"""The layer before Django: the same answers, from memory, for the current release."""

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError

from editions import clock
from editions.models import Edition
from editions.publishing import publish, withdraw
from editions.triggers import drop_triggers
from public.delivery import watch
from public.delivery.front import Front, Pages
from public.pages.answers import Answer
from public.releases import Release
from public.search.index import index_of, prepare
from tests.support.factories import NOTE, edit, make_vision, wib
from tests.support.servers.wsgi import MISSION, Asked, Django, read_anew
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "Membangun kota."


@pytest.fixture
def front(live_portal):
    return Front(Django())


def paths_of(release):
    pages = [page for page, _ in release.pages()]
    texts = [page.path(language) for page in pages for language in ("id", "en")]
    data = [
        "/data/2016-2021.csv",
        "/data/2016-2021/1.json",
        "/id/umpan.atom",
        "/sitemap.xml",
        "/id/kutip.bib",
    ]
    return ["/", *texts, *data]


# The same answers


def assert_is_as_from_django(front, path, encoding, method="GET"):
    there = Asked(WSGIHandler(), path, accept_encoding=encoding)
    for _ in range(2):  # the second answer comes from memory
        here = Asked(front, path, method, accept_encoding=encoding)
        assert (here.status, here.headers) == (there.status, there.headers)
        assert here.body == (there.body if method == "GET" else b"")


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["", "br"])
def test_every_page_is_the_answer_of_django(front, encoding):
    for path in paths_of(Release.current()):
        assert_is_as_from_django(front, path, encoding)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["", "gzip", "br", "gzip;q=1, br;q=0.5", "deflate"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_each_method_and_encoding_gets_the_answer_of_django(front, encoding, method):
    for path in ("/", "/en/vision/", "/id/umpan.atom", "/data/2016-2021.csv"):
        assert_is_as_from_django(front, path, encoding, method)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["", "gzip", "br"])
def test_a_reader_with_the_current_page_gets_304_as_from_django(front, encoding):
    etag = Asked(front, "/id/", accept_encoding=encoding)["ETag"]
    django = WSGIHandler()

    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        here = Asked(front, "/id/", accept_encoding=encoding, if_none_match=known)
        assert here.all == Asked(django, "/id/", accept_encoding=encoding, if_none_match=known).all
        assert (here.status, here.body) == (304, b"")
    assert Asked(front, "/id/", accept_encoding=encoding, if_none_match='"older"').status == 200


def test_each_encoding_has_a_different_entity_tag(front):
    tags = {
        Asked(front, "/id/", accept_encoding=encoding)["ETag"] for encoding in ("", "gzip", "br")
    }

    assert len(tags) == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", ["/id/tidak-ada/", "/fr/", "/id/visi", "/id/misi/%00/", "/%ff%fe/", "/admin/", "/livez"]
)
def test_django_answers_every_request_that_is_not_for_a_page(front, path):
    django = WSGIHandler()

    for _ in range(2):
        assert Asked(front, path).all == Asked(django, path).all
    assert len(front.django.paths) == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused_by_django(front, method):
    Asked(front, "/id/")

    refused = Asked(front, "/id/", method)

    assert (refused.status, refused["Allow"]) == (405, "GET, HEAD")


# Once per release


def test_a_page_is_rendered_once_and_then_costs_no_query(front, django_assert_num_queries):
    for encoding in ("", "gzip", "br"):
        Asked(front, "/id/", accept_encoding=encoding)
    with django_assert_num_queries(0):
        Asked(front, "/id/")

    assert front.django.paths == ["/id/"]


def test_simultaneous_requests_for_a_page_wait_for_one_rendering(front):
    is_rendering, may_end, answers = threading.Event(), threading.Event(), []
    answer = front.django.answer

    def slow(environ, start_response):
        is_rendering.set()
        may_end.wait(10)
        return answer(environ, start_response)

    front.django.answer = slow
    readers = [
        threading.Thread(target=lambda: answers.append(Asked(front, "/id/").all)) for _ in range(20)
    ]
    for reader in readers:
        reader.start()
    is_rendering.wait(10)
    may_end.set()
    for reader in readers:
        reader.join()

    assert front.django.paths == ["/id/"]
    assert len(answers) == 20
    assert all(answer == answers[0] for answer in answers)


def test_a_failed_rendering_leaves_no_reader_waiting(front):
    answer = front.django.answer
    front.django.answer = lambda environ, start_response: 1 / 0

    with pytest.raises(ZeroDivisionError):
        Asked(front, "/id/")
    front.django.answer = answer

    assert Asked(front, "/id/").status == 200


def test_full_memory_drops_the_oldest_answers():
    class Sized:
        size = 10

    pages = Pages(limit=80)
    for name in "abcdefgh":
        pages.get_or_render(name, Sized)
    pages.get("a")
    pages.get_or_render("i", Sized)

    assert "".join(name for name in "abcdefghi" if pages.get(name)) == "acdefghi"
    assert pages.size == 80


def test_a_file_too_large_for_memory_is_still_answered(front):
    django, known = (
        WSGIHandler(),
        {
            "accept_encoding": "br",
            "if_none_match": Asked(front, "/id/", accept_encoding="br")["ETag"],
        },
    )
    front.pages = Pages(limit=8 * 40_000)

    assert (
        Asked(front, "/id/", accept_encoding="br").all
        == Asked(django, "/id/", accept_encoding="br").all
    )
    assert Asked(front, "/id/", **known).status == 304
    assert front.pages.size == 0


def test_a_hanging_rendering_does_not_delay_other_pages(front, monkeypatch):
    monkeypatch.setattr("public.delivery.front.PATIENCE", 0.1)
    hangs, ends = threading.Event(), threading.Event()
    answer = front.django.answer

    def hang_once(environ, start_response):
        if not hangs.is_set():
            hangs.set()
            ends.wait(10)
        return answer(environ, start_response)

    front.django.answer = hang_once
    first = threading.Thread(target=Asked, args=(front, "/id/"))
    first.start()
    hangs.wait(10)

    assert Asked(front, "/id/").status == 200
    ends.set()
    first.join()


# Requests leave no trace


def test_a_request_with_a_query_is_not_kept_and_changes_no_kept_answer(front):
    pages = Asked(front, "/id/", query="page=2&q=%3Cscript%3E").all, Asked(front, "/id/").all
    searched = Asked(front, "/id/cari/", query="q=jasa")

    assert pages[0][0] == 200
    assert "jasa" in searched.text
    assert Asked(front, "/id/cari/").text != searched.text
    assert front.django.paths == ["/id/", "/id/", "/id/cari/", "/id/cari/"]
    assert Asked(front, "/id/").all == pages[1]


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": "sessionid=x; django_language=en"},
        {"accept_language": "en"},
        {"x_forwarded_host": "evil.example"},
        {"range": "bytes=0-10"},
        {"authorization": "Basic x"},
        {"user_agent": "<script>"},
    ],
)
def test_headers_of_the_first_reader_do_not_change_a_kept_page(front, headers):
    first = Asked(front, "/id/", **headers).all

    assert first == Asked(WSGIHandler(), "/id/").all == Asked(front, "/id/").all


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost@evil.example", "", "127.0.0.1:x", "127.0.0.1, x"]
)
def test_a_foreign_host_is_refused_even_for_a_page_in_memory(front, host):
    Asked(front, "/id/")

    refused = Asked(front, "/id/", host=host)

    assert refused.status == 400
    assert "evil" not in refused.text


def test_port_and_capitals_of_a_host_do_not_matter(front):
    assert Asked(front, "/id/", host="LOCALHOST:8000").all == Asked(front, "/id/").all


def test_production_answers_from_memory_only_over_https(live_portal, settings):
    settings.PRODUCTION = settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 3600
    front, django = Front(WSGIHandler()), WSGIHandler()

    page = Asked(front, "/id/", x_forwarded_proto="https")

    assert page["Strict-Transport-Security"] == "max-age=3600"
    for known in ("", page["ETag"]):
        asked = {"x_forwarded_proto": "https", "if_none_match": known}
        assert Asked(front, "/id/", **asked).all == Asked(django, "/id/", **asked).all
    assert Asked(front, "/id/").status == 301
    assert Asked(front, "/id/", x_forwarded_proto="http").status == 301


# The current release


tell_stamp_and_time = watch.stamp_and_time


@pytest.fixture
def at(monkeypatch):
    """Sets the database's clock, as the watch reads it: ``at(time)``."""

    def set_to(moment):
        monkeypatch.setattr(clock, "now", lambda: moment)
        monkeypatch.setattr(
            watch, "stamp_and_time", lambda: (tell_stamp_and_time()[0], moment.timestamp())
        )

    return set_to


def test_a_publication_appears_when_its_second_has_come(front, live_portal, at):
    read_anew(front)
    edit(NEW)
    edition = publish(live_portal, note=NOTE, publisher="Sri")

    at(edition.effective_at - timedelta(seconds=0.2))
    assert NEW not in read_anew(front).text
    at(edition.effective_at)
    assert NEW in read_anew(front).text


def test_a_scheduled_edition_appears_at_its_time_without_a_publication(front, live_portal, at):
    edit(NEW)
    publish(
        live_portal, note=NOTE, publisher="Sri", effective_at=wib(2030, 5, 1, 8), may_be_far=True
    )

    at(wib(2030, 5, 1, 7, 59))
    assert NEW not in read_anew(front).text
    at(wib(2030, 5, 1, 8))
    assert NEW in read_anew(front).text


def test_a_withdrawal_takes_effect_a_second_later_so_that_all_workers_know_it(
    front, live_portal, at
):
    edit(NEW)
    edition = publish(
        live_portal, note=NOTE, publisher="Sri", effective_at=wib(2026, 2, 1), may_be_past=True
    )
    assert NEW in read_anew(front).text
    withdrawal = withdraw(edition, reason=NOTE, withdrawn_by="Sri")

    at(withdrawal.withdrawn_at + timedelta(seconds=0.7))
    assert NEW in read_anew(front).text
    assert NEW in read_anew(Front(Django())).text  # a worker that starts in this second
    at(withdrawal.withdrawn_at + timedelta(seconds=1))
    assert NEW not in read_anew(front).text
    assert read_anew(front, f"/id/visi/2016-2021/edisi/{edition.number}/").status == 410


def test_a_period_is_archived_with_the_first_second_of_the_new_year(front, live_portal, at):
    vision = make_vision(2026, 2030)
    publish(vision, note=NOTE, publisher="Sri", effective_at=wib(2026, 1, 2), may_be_past=True)

    at(wib(2030, 12, 31, 23, 59, 59))
    assert "(arsip)" not in read_anew(front, "/id/visi/2026-2030/").text
    at(wib(2031, 1, 1))
    assert "(arsip)" in read_anew(front, "/id/visi/2026-2030/").text


def test_scheduling_an_edition_changes_no_byte_and_renders_no_page(front, live_portal):
    before = read_anew(front).all
    edit(NEW)
    publish(live_portal, note=NOTE, publisher="Sri", effective_at=wib(2030, 5, 1), may_be_far=True)

    assert read_anew(front).all == before
    assert front.django.paths == [MISSION]


def test_a_slow_answer_of_the_database_is_not_used_after_the_next_change(
    front, live_portal, at, monkeypatch
):
    edit(NEW)
    edition = publish(live_portal, note=NOTE, publisher="Sri")
    at(edition.effective_at - timedelta(seconds=0.3))
    told = watch.stamp_and_time()
    monkeypatch.setattr(watch, "stamp_and_time", lambda: time.sleep(0.2) or told)

    asked_at = time.monotonic()
    read_anew(front)

    assert (
        front.watch._valid_until <= asked_at + 0.35
    )  # 0.3 s after the query, not after its answer


@pytest.mark.slow
def test_answers_of_an_earlier_release_are_dropped(front, live_portal):
    for turn in range(2):
        read_anew(front)
        Asked(front, "/id/cari/", query="q=jasa")
        assert index_of.cache_info().currsize > 0
        edit(f"Kalimat {turn}.")
        publish(
            live_portal,
            note=NOTE,
            publisher="Sri",
            effective_at=wib(2026, 2, 1 + turn),
            may_be_past=True,
        )
        read_anew(front)

        assert {release for release, _path in front.pages._kept} == {front.watch.release().key}
        assert front.pages.size == sum(answer.size for answer in front.pages._kept.values())
        assert index_of.cache_info().currsize == 0


def test_the_search_index_prepared_at_the_start_is_kept(front):
    prepare(Release.current().current_first)
    made = index_of.cache_info().currsize

    Asked(front, "/id/")

    assert index_of.cache_info().currsize == made > 0


def test_saving_an_unpublished_text_changes_no_page(front):
    before = read_anew(front).all
    edit("RAHASIA")

    assert read_anew(front).all == before


@pytest.mark.slow
def test_a_page_with_a_query_shows_the_same_release_as_one_without(front, live_portal, at):
    edit(NEW)
    edition = publish(live_portal, note=NOTE, publisher="Sri")

    at(edition.effective_at - timedelta(seconds=0.2))
    read_anew(front)

    assert NEW not in Asked(front, MISSION, query="x=1").text


@pytest.mark.parametrize(
    "setting",
    [
        "SITE_URL",
        "CITY_CONTACT",
        "CITY_LICENCE",
        "CITY_OFFICIAL_SITE",
        "SECURITY_CONTACT",
        "EMBED_ORIGINS",
    ],
)
def test_settings_shown_on_pages_are_part_of_the_release(live_portal, settings, setting):
    before = Release.current().key
    setattr(settings, setting, "https://example.go.id")

    assert Release.current().key != before


def test_two_releases_with_the_same_editions_have_one_key(live_portal):
    assert Release.current().key == Release.agreed().key


def test_the_later_commit_of_two_overlapping_publications_is_noticed(live_portal):
    """The row with the higher id may be committed first, so the highest id does not show it."""
    edit(NEW)
    first = publish(live_portal, note=NOTE, publisher="Sri")
    publish(make_vision(2026, 2030), note=NOTE, publisher="Sri")
    with_both = tell_stamp_and_time()[0]
    drop_triggers()
    Edition.objects.filter(pk=first.pk)._raw_delete("default")

    assert tell_stamp_and_time()[0] != with_both


# Without the database


@pytest.fixture
def lost(front, monkeypatch):
    """The portal after its database is lost; the value is a mission's page read before."""
    page = read_anew(front).all
    monkeypatch.setattr(watch, "RETRY", 0.05)

    def fail():
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(watch, "stamp_and_time", fail)
    return page


def test_pages_stay_available_without_the_database_and_name_their_source(front, lost):
    page = read_anew(front)

    assert page["X-Served-From"] == "memory"
    assert (page.status, page.body) == (lost[0], lost[2])


def test_an_unknown_address_answers_404_without_the_database(front, lost):
    assert read_anew(front, "/id/tidak-ada/").status == 404


def test_a_page_that_is_not_in_memory_comes_from_the_copy(front, lost, monkeypatch):
    page = Answer.of([("Content-Type", "text/html")], b"from the copy" * 100)
    monkeypatch.setattr("public.mirror.reading.find", {"/id/tentang/": page}.get)

    found = read_anew(front, "/id/tentang/")

    assert (found.status, found["X-Served-From"], found.body) == (
        200,
        "copy",
        b"from the copy" * 100,
    )
    assert Asked(front, "/id/tentang/", if_none_match=found["ETag"]).status == 304


def test_requests_to_django_say_that_the_database_is_lost(front, lost):
    told = {}
    front.django = lambda environ, start_response: (
        told.update(environ) or start_response("503 x", []) or []
    )

    read_anew(front, "/admin/")

    assert told["portal.database_is_lost"] is True


def test_pages_show_the_databases_text_after_its_return(front, live_portal, lost, monkeypatch):
    read_anew(front)
    edit(NEW)
    publish(live_portal, note=NOTE, publisher="Sri", effective_at=wib(2026, 2, 1), may_be_past=True)
    monkeypatch.setattr(watch, "stamp_and_time", tell_stamp_and_time)
    wait_until(lambda: not front.watch.is_lost)

    page = Asked(front, MISSION)

    assert NEW in page.text
    assert page["X-Served-From"] is None


def test_only_one_request_waits_for_a_hanging_database(front, monkeypatch):
    read_anew(front)
    monkeypatch.setattr(watch, "PATIENCE", 0.1)
    may_answer = threading.Event()
    monkeypatch.setattr(
        watch, "stamp_and_time", lambda: may_answer.wait(10) and tell_stamp_and_time()
    )

    assert read_anew(front)["X-Served-From"] == "memory"
    waits = []
    monkeypatch.setattr(front.watch._changed, "wait", waits.append)
    assert Asked(front, MISSION)["X-Served-From"] == "memory"
    monkeypatch.undo()
    may_answer.set()
    wait_until(lambda: not front.watch.is_lost)

    assert waits == []


@pytest.mark.database("sqlite")  # PostgreSQL's twin is in test_cluster: a server that is stopped
def test_a_moved_database_file_is_noticed_and_its_replacement_is_read(
    front, live_portal, monkeypatch
):
    monkeypatch.setattr(watch, "RETRY", 0.05)
    path = Path(settings.DATABASES["default"]["NAME"])
    aside = path.with_suffix(".aside")
    read_anew(front)

    path.rename(aside)
    assert read_anew(front)["X-Served-From"] == "memory"
    assert not path.exists()  # the query must not create an empty database
    aside.rename(path)
    wait_until(lambda: not front.watch.is_lost)

    assert Asked(front, MISSION)["X-Served-From"] is None


def test_a_portal_without_readers_holds_no_connection(front):
    read_anew(front)

    wait_until(lambda: front.watch._thread is None)

    assert read_anew(front).status == 200
