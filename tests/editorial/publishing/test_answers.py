"""Answers of people without an account, through the link of a shared preview."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.test import Client

from editions import clock
from editorial.models import Event, PreviewAnswer, PreviewLink
from editorial.publishing import answering
from missions.models import Mission
from tests.support.factories import make_account, make_answer, make_empty_vision, publish_now
from tests.support.people.editor import Fields

pytestmark = pytest.mark.django_db
DRAFT = "Kalimat yang belum terbit."
KEY = "m1.statement"
PAGES = {"id": "id/jawaban/", "en": "en/answer/"}


@pytest.fixture
def vision(portal):
    Mission.objects.filter(number=1).update(statement_ind=DRAFT)
    return portal


@pytest.fixture
def editor(vision):
    client = Client()
    client.force_login(make_account("sri", "Publisher"))
    return client


@pytest.fixture
def guest():
    return Client(enforce_csrf_checks=True)


def link_of(editor, vision, **chosen):
    """The path of a new link, without its last slash."""
    address = f"/admin/pratinjau-berbagi/{vision.pk}/"
    fields = Fields(editor.get(address).text).values | {"days": "1", "answers": "several"}
    page = editor.post(address, fields | chosen, follow=True).text
    return re.search(r'readonly value="http://127.0.0.1:8000(/pratinjau/[^/]+)', page)[1]


def opened(guest, link, language="en", query=""):
    """The address of the form, and the fields that a browser would send."""
    address = f"{link}/{PAGES[language]}"
    fields = Fields(guest.get(address + query).text).values
    return address, fields | {"verdict": "", "name": "Siti Rahma"}


def answered(guest, link, **fields):
    address, values = opened(guest, link)
    return guest.post(address, values | {"verdict": "agree"} | fields)


def on(key):
    return f"on:{key}"


# The form


@pytest.mark.slow
def test_a_guest_agrees_and_comments_on_a_passage(guest, editor, vision):
    address, fields = opened(guest, link_of(editor, vision))

    answer = guest.post(
        address, fields | {"verdict": "not-yet", "words": "Hampir.", on(KEY): "Terlalu panjang."}
    )
    thanks = guest.get(answer.headers["Location"])

    assert answer.status_code == 302
    assert "Your answer has reached the city." in thanks.text
    whole, comment = PreviewAnswer.objects.all()
    assert (whole.name, whole.passage, whole.verdict, whole.words) == (
        "Siti Rahma",
        "",
        "not-yet",
        "Hampir.",
    )
    assert (comment.passage, comment.words, comment.form) == (KEY, "Terlalu panjang.", whole.form)


@pytest.mark.slow
def test_each_page_of_the_preview_leads_to_the_form_in_its_language(guest, editor, vision):
    link = link_of(editor, vision)

    for language, rest in [("id", "id/visi/2016-2021/"), ("en", "en/glossary/")]:
        assert f'<a href="{link}/{PAGES[language]}">' in guest.get(f"{link}/{rest}").text
    assert f'<a href="{link}/{PAGES["id"]}"' in guest.get(f"{link}/{PAGES['en']}").text


def test_the_preview_of_staff_has_no_form(editor, vision):
    assert "jawaban" not in editor.get(f"/admin/pratinjau/{vision.pk}/id/visi/2016-2021/").text


def test_the_form_lists_what_differs_from_the_edition(guest, editor, vision):
    _address, fields = opened(guest, link_of(editor, vision))

    assert [name for name in fields if name.startswith("on:")] == [on(KEY)]


def test_the_address_may_name_another_part(guest, editor, vision):
    _address, fields = opened(guest, link_of(editor, vision), query="?at=u3-5")

    assert {name[:7] for name in fields if name.startswith("on:")} == {"on:u3-5"}


@pytest.mark.slow
def test_each_passage_of_the_preview_leads_to_its_own_fields(guest, editor, vision):
    link = link_of(editor, vision)
    page = guest.get(f"{link}/id/visi/2016-2021/unsur/kota-cerdas/").text

    asked = re.findall(r'href="([^"]+)/id/jawaban/\?at=([^"]+)"', page)

    assert {"u3-p1", "u3-5"} <= {at for _link, at in asked}
    for base, at in asked:
        _address, fields = opened(guest, base, "id", f"?at={at}")
        names = [name for name in fields if name.startswith("on:")]
        assert names
        assert all(name.startswith(f"on:{at.removesuffix('-p1')}") for name in names)


def test_an_unknown_part_shows_what_differs(guest, editor, vision):
    _address, fields = opened(guest, link_of(editor, vision), query="?at=%00<script>")

    assert [name for name in fields if name.startswith("on:")] == [on(KEY)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " "}, "Write your name"),
        ({"name": "x" * 101}, "Write at most 100 characters. Now there are 101."),
        ({"words": "x" * 2001}, "Write at most 2,000 characters. Now there are 2,001."),
        ({on(KEY): "terbalik\u202e"}, "The invisible character U+202E"),
        ({"words": "nol\0"}, "The invisible character U+0000"),
        ({"verdict": "perhaps"}, "Select a valid choice."),
        ({"verdict": "", on(KEY): ""}, "Say whether you agree, or write a comment"),
        ({"form": "x:y"}, "this form does not belong to this link"),
        ({"form": ""}, "this form does not belong to this link"),
    ],
)
def test_an_error_says_why_and_keeps_what_was_typed(guest, editor, vision, wrong, sentence):
    link = link_of(editor, vision)
    address, fields = opened(guest, link)
    sent = fields | {"verdict": "agree", on(KEY): "Tetap di sini."} | wrong

    answer = guest.post(address, sent)

    assert answer.status_code == 200
    assert sentence in answer.text
    assert not PreviewAnswer.objects.exists()
    kept = Fields(answer.text).values
    assert kept["name"] == sent["name"]
    assert kept[on(KEY)].replace("\r", "") == sent[on(KEY)]


@pytest.mark.slow
def test_a_form_of_another_link_is_not_taken_and_sending_it_again_is(guest, editor, vision):
    first, second = link_of(editor, vision), link_of(editor, vision)
    _address, fields = opened(guest, first)

    answer = guest.post(f"{second}/{PAGES['en']}", fields | {"verdict": "agree"})
    again = Fields(answer.text).values
    guest.post(f"{second}/{PAGES['en']}", again | {"verdict": "agree"})

    assert "this form does not belong to this link" in answer.text
    assert PreviewAnswer.objects.count() == 1


def test_a_comment_on_a_passage_that_was_removed_meanwhile_moves_to_the_whole(
    guest, editor, vision
):
    link = link_of(editor, vision)
    address, fields = opened(guest, link)
    Mission.objects.filter(number=1).update(statement_en="")
    sent = fields | {"words": "Semua.", on("u3-p99.text"): "Untuk yang hilang."}

    answer = guest.post(address, sent)

    assert "Meanwhile the city removed a passage." in answer.text
    assert Fields(answer.text).values["words"] == "Semua.\n\nUntuk yang hilang."


@pytest.mark.slow
def test_hostile_words_are_shown_as_they_are(guest, editor, vision):
    attack = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
    link = link_of(editor, vision)
    answered(guest, link, name=attack, words=attack, **{on(KEY): attack})

    for address in [
        f"/admin/jawaban/{vision.pk}/",
        f"/admin/naskah/{vision.pk}/",
        f"/admin/vision/vision/{vision.pk}/terbitkan/",
        f"/admin/pratinjau-berbagi/{vision.pk}/",
        "/admin/",
    ]:
        page = editor.get(address).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert PreviewAnswer.objects.count() == 2


@pytest.mark.slow
def test_an_outage_loses_nothing_and_sets_no_cookie(editor, vision, monkeypatch):
    guest = Client(raise_request_exception=False, enforce_csrf_checks=True)
    address, fields = opened(guest, link_of(editor, vision))
    sent = fields | {"verdict": "agree", on(KEY): "Satu.\n\nDua."}

    def fails(*arguments):
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(answering, "give", fails)
        refused = guest.post(address, sent)
    kept = Fields(refused.text).values
    again = guest.post(address, kept)

    assert refused.status_code == 503
    assert kept == sent
    assert again.status_code == 302
    assert guest.cookies == {}
    assert PreviewAnswer.objects.get(passage=KEY).words == "Satu.\n\nDua."


# The authority is the address alone


@pytest.mark.slow
def test_no_cookie_is_set_or_read_and_nothing_is_kept_by_caches(guest, editor, vision):
    link = link_of(editor, vision)
    address, fields = opened(guest, link)

    for response in [
        guest.get(address),
        guest.post(address, fields),
        guest.post(address, fields | {"verdict": "agree"}),
        guest.get(f"{address}?sent"),
    ]:
        assert response.headers["Cache-Control"] == "no-store, private"
        assert response.headers["X-Robots-Tag"] == "noindex"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "form-action 'self'" in response.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in response.headers
        assert "Cookie" not in response.headers.get("Vary", "")
    assert guest.cookies == {}


@pytest.mark.slow
def test_no_log_holds_the_address(guest, editor, vision, caplog):
    link = link_of(editor, vision, answers="one")
    answered(guest, link)
    address, fields = f"{link}/{PAGES['id']}", opened(guest, link_of(editor, vision))[1]

    guest.post(address, fields | {"verdict": "agree"})
    guest.get(f"{link}/id/tidak-ada/")

    assert "/pratinjau/-/id/" in caplog.text
    assert link not in caplog.text


@pytest.mark.slow
def test_the_page_has_no_canonical_address(guest, editor, vision):
    page = guest.get(f"{link_of(editor, vision)}/{PAGES['id']}").text

    assert "canonical" not in page
    assert 'name="robots" content="noindex"' in page


@pytest.mark.slow
@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_other_methods_get_405(guest, editor, vision, method):
    answer = getattr(guest, method)(f"{link_of(editor, vision)}/{PAGES['id']}")

    assert answer.status_code == 405


@pytest.mark.parametrize("token", ["x", "%00", "a:b", "WzEsMiwzXQ:", "💮", "a" * 3000])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_invalid_token_answers_404(guest, portal, token, method):
    answer = getattr(guest, method)(f"/pratinjau/{token}/{PAGES['id']}", {"name": "x"})

    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_a_body_that_is_too_long_is_refused_with_a_sentence(guest, editor, vision):
    address, fields = opened(guest, link_of(editor, vision))

    answer = guest.post(address, fields | {"words": "x" * 1_000_001})

    assert answer.status_code == 413
    assert "This is too long" in answer.text


# Limits


@pytest.mark.slow
def test_the_same_form_sent_twice_is_one_answer(guest, editor, vision):
    link = link_of(editor, vision, answers="one")
    address, fields = opened(guest, link)

    first, second = (guest.post(address, fields | {"verdict": "agree"}) for _time in range(2))

    assert first.headers["Location"] == second.headers["Location"]
    assert PreviewAnswer.objects.count() == Event.objects.filter(kind="answer-given").count() == 1


@pytest.mark.slow
def test_a_link_for_one_takes_one_answer(guest, editor, vision):
    link = link_of(editor, vision, answers="one")
    address, fields = opened(guest, link)
    answered(guest, link)

    late = guest.post(address, fields | {"verdict": "not-yet", "words": "Saya juga."})
    page = guest.get(address)

    assert late.status_code == 409
    assert "one answer, which was given already" in late.text
    assert Fields(late.text).values["words"] == "Saya juga."
    assert "one answer, which was given already" in page.text
    assert "answer-form" not in page.text
    assert PreviewAnswer.objects.count() == 1


@pytest.mark.slow
def test_the_database_refuses_a_second_answer_to_a_link_for_one(guest, editor, vision):
    answered(guest, link_of(editor, vision, answers="one"))
    row = PreviewAnswer.objects.get()

    row.pk, row._state.adding, row.form = None, True, "another"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 101},
        {"words": "x" * 2001},
        {"verdict": "perhaps"},
        {"passage": KEY},  # with a verdict
        {"passage": KEY, "verdict": "", "words": " "},
        {"settled_by": "sri"},
        {"settled_at": "2026-01-03T00:00Z"},
    ],
)
def test_the_database_refuses_an_answer_that_the_form_would(portal, wrong):
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        make_answer(portal, **wrong)


@pytest.mark.slow
def test_a_link_for_several_takes_several(guest, editor, vision):
    link = link_of(editor, vision, answers="several")

    for name in ("Siti", "Budi"):
        answered(guest, link, name=name)

    assert list(PreviewAnswer.objects.values_list("name", flat=True)) == ["Siti", "Budi"]


@pytest.mark.slow
def test_a_link_takes_so_many_answers_in_an_hour(guest, editor, vision, monkeypatch):
    monkeypatch.setattr(answering, "MOST_IN_AN_HOUR", 2)
    link, other = link_of(editor, vision), link_of(editor, vision)

    statuses = [answered(guest, link, words=str(time)).status_code for time in range(2)]
    late = guest.get(f"{link}/{PAGES['en']}")
    assert "Send yours again in an hour." in late.text
    assert answered(guest, other).status_code == 302
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + timedelta(hours=1))

    assert statuses == [302, 302]
    assert answered(guest, link).status_code == 302


@pytest.mark.slow
def test_an_answer_above_the_limit_of_an_hour_is_kept_on_the_page(
    guest, editor, vision, monkeypatch
):
    monkeypatch.setattr(answering, "MOST_IN_AN_HOUR", 1)
    link = link_of(editor, vision)
    address, fields = opened(guest, link)
    answered(guest, link)

    late = guest.post(address, fields | {"verdict": "agree", "words": "Belum hilang."})

    assert late.status_code == 429
    assert Fields(late.text).values["words"] == "Belum hilang."


@pytest.mark.slow
def test_a_link_takes_so_many_answers_in_all(guest, editor, vision, monkeypatch):
    monkeypatch.setattr(answering, "MOST_ANSWERS", 1)
    link = link_of(editor, vision)
    answered(guest, link)

    assert "This link takes no more answers." in guest.get(f"{link}/{PAGES['en']}").text


@pytest.mark.slow
@pytest.mark.parametrize("is_same", [True, False])
def test_of_two_answers_at_once_a_link_for_one_takes_one(live_portal, is_same):
    editor = Client()
    editor.force_login(make_account("sri", "Publisher"))
    link = link_of(editor, live_portal, answers="one")
    address, fields = opened(Client(), link)
    names = ["Siti", "Siti" if is_same else "Budi"]

    def send(name):
        try:
            sent = fields | {"name": name, "verdict": "agree", on("m2.statement"): "Ya."}
            return Client().post(address, sent).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        statuses = sorted(threads.map(send, names))

    assert statuses == ([302, 302] if is_same else [302, 409])
    assert PreviewAnswer.objects.filter(passage="").count() == 1
    assert PreviewAnswer.objects.count() == 2
    assert Event.objects.filter(kind="answer-given").count() == 1


def on_parts(guest, link, count, words):
    """Comments on so many passages of element 3."""
    address, fields = opened(guest, link, query="?at=u3")
    keys = [name for name in fields if name.startswith("on:")][:count]
    assert len(keys) == count
    sent = {"form": fields["form"], "name": "Siti Rahma", "verdict": ""}
    return address, sent | dict.fromkeys(keys, words)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "words", "sentence"),
    [
        (21, "Ya.", "You wrote 21 comments. At most 20 can be sent at once"),
        (11, "x" * 2000, "Your comments have 22,000 characters. At most 20,000 can be sent"),
    ],
)
def test_a_form_with_too_many_words_is_refused_and_loses_none(
    guest, editor, vision, count, words, sentence
):
    address, fields = on_parts(guest, link_of(editor, vision), count, words)

    answer = guest.post(address, fields)

    assert sentence in answer.text
    kept = Fields(answer.text).values
    assert {name: kept[name] for name in fields} == fields
    assert not PreviewAnswer.objects.exists()


@pytest.mark.slow
@pytest.mark.parametrize(("count", "words"), [(20, "Ya."), (10, "x" * 2000)])
def test_a_form_takes_twenty_comments_and_twenty_thousand_characters(
    guest, editor, vision, count, words
):
    address, fields = on_parts(guest, link_of(editor, vision), count, words)

    assert guest.post(address, fields).status_code == 302
    assert PreviewAnswer.objects.exclude(passage="").count() == count


def test_an_answer_sent_to_the_address_of_the_thanks_is_kept(guest, editor, vision):
    address, fields = opened(guest, link_of(editor, vision))

    answer = guest.post(f"{address}?sent", fields | {"verdict": "agree"})

    assert answer.status_code == 302
    assert PreviewAnswer.objects.count() == 1


# How long


@pytest.mark.slow
@pytest.mark.parametrize("days", [1, 7, 14])
def test_a_link_works_as_long_as_chosen(guest, editor, vision, monkeypatch, days):
    link, now = link_of(editor, vision, days=days), clock.now

    seen = []
    for time in (timedelta(days=days, minutes=-1), timedelta(days=days)):
        monkeypatch.setattr(clock, "now", lambda time=time: now() + time)
        seen.append(guest.get(f"{link}/{PAGES['id']}").status_code)

    assert seen == [200, 404]


def test_a_link_cannot_last_longer_than_the_choices(editor, vision):
    page = editor.post(f"/admin/pratinjau-berbagi/{vision.pk}/", {"days": "365"})

    assert page.status_code == 200
    assert not PreviewLink.objects.exists()


def test_what_is_sent_through_a_revoked_link_is_given_back(guest, editor, vision):
    address, fields = opened(guest, link_of(editor, vision))
    editor.post(f"/admin/pratinjau-berbagi/{vision.pk}/", {"revoke": PreviewLink.objects.get().pk})

    answer = guest.post(address, fields | {"words": "Ditulis <lama> sekali."})
    forged = guest.post(address, {"form": "x", "words": "Kata orang lain."})

    assert answer.status_code == 404
    assert "Ditulis &lt;lama&gt; sekali." in answer.text
    assert "Kata orang lain." not in forged.text
    assert not PreviewAnswer.objects.exists()


def test_what_is_sent_after_the_publication_is_given_back(guest, editor, vision):
    address, fields = opened(guest, link_of(editor, vision))
    publish_now(vision)

    answer = guest.post(address, fields | {"words": "Terlambat."})

    assert answer.status_code == 410
    assert "Terlambat." in answer.text


def test_answers_stay_when_their_link_ends(guest, editor, vision):
    answered(guest, link_of(editor, vision))

    editor.post(f"/admin/pratinjau-berbagi/{vision.pk}/", {"revoke": PreviewLink.objects.get().pk})

    assert "Siti Rahma" in editor.get(f"/admin/jawaban/{vision.pk}/").text


def test_a_new_link_deletes_what_was_settled_a_year_ago(editor, vision, monkeypatch):
    now = clock.now()
    for days in (364, 365):
        at = now - timedelta(days=days)
        make_answer(vision, form=f"settled {days}", at=at, settled_at=at, settled_by="sri")
    make_answer(vision, form="open", at=now - timedelta(days=900))
    monkeypatch.setattr(clock, "now", lambda: now)

    link_of(editor, vision)

    forms = PreviewAnswer.objects.values_list("form", flat=True)
    assert set(forms) == {"settled 364", "open"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "sentence"),
    [("id", "sekurang-kurangnya satu tahun"), ("en", "The city keeps it for at least a year")],
)
def test_the_form_says_how_long_the_answer_is_kept(guest, editor, vision, language, sentence):
    page = guest.get(f"{link_of(editor, vision)}/{PAGES[language]}").text

    assert sentence in " ".join(page.split())


# What staff see


@pytest.mark.slow
def test_staff_see_the_answer_on_the_desk_the_manuscript_and_the_publishing_page(
    guest, editor, vision
):
    answered(guest, link_of(editor, vision), **{on(KEY): "Terlalu panjang."})
    words = "Through a link, in the name of Siti Rahma"

    desk = editor.get("/admin/").text
    manuscript = editor.get(f"/admin/naskah/{vision.pk}/?only=remarks").text
    publishing = editor.get(f"/admin/vision/vision/{vision.pk}/terbitkan/").text
    shared = editor.get(f"/admin/pratinjau-berbagi/{vision.pk}/").text

    assert "1 answer through a link" in desk
    assert words in manuscript
    assert "Terlalu panjang." in manuscript
    assert words in publishing
    assert "agrees" in publishing
    assert "1 answer came through it" in shared


def test_the_publishing_page_names_ten_answers_and_counts_the_others(editor, vision):
    for number in range(12):
        make_answer(vision, form=str(number))

    page = editor.get(f"/admin/vision/vision/{vision.pk}/terbitkan/").text

    assert page.count("in the name of Siti Rahma") == 10
    assert "and 2 more" in page


@pytest.mark.slow
def test_settling_the_whole_answer_settles_its_comments(guest, editor, vision):
    answered(guest, link_of(editor, vision), **{on(KEY): "Terlalu panjang."})
    whole = PreviewAnswer.objects.get(passage="")

    page = editor.post(f"/admin/jawaban/{vision.pk}/", {"settle": whole.pk}, follow=True)

    assert set(PreviewAnswer.objects.values_list("settled_by", flat=True)) == {"sri"}
    assert "Terlalu panjang." in page.text  # among the settled ones
    assert "answer through a link" not in editor.get("/admin/").text
    assert Event.objects.get(kind="answer-settled").actor == "sri"


@pytest.fixture
def many(vision):
    """Sixty answers, each with a comment on the same passage."""
    for number in range(60):
        make_answer(vision, form=str(number))
        comment = {"passage": KEY, "verdict": "", "words": f"Kata tamu {number}."}
        make_answer(vision, form=str(number), **comment)


def test_the_page_of_answers_shows_fifty_and_counts_the_others(editor, vision, many):
    page = editor.get(f"/admin/jawaban/{vision.pk}/").text

    assert page.count("Kata tamu") == 50
    assert "Kata tamu 49." in page
    assert "and 10 more, which appear here once others are settled" in page


def test_the_manuscript_leads_to_an_answer_beyond_the_fifty(editor, vision, many):
    row = make_answer(vision, form="60", passage="m2.statement", verdict="", words="Yang terbaru.")
    address = f"/admin/jawaban/{vision.pk}/?answer={row.pk}#answer-{row.pk}"

    assert f'href="{address}"' in editor.get(f"/admin/naskah/{vision.pk}/").text
    page = editor.get(address).text
    assert f'id="answer-{row.pk}"' in page
    assert "and 10 more" in page


def test_the_manuscript_shows_ten_comments_on_a_passage_and_counts_the_others(editor, vision, many):
    page = editor.get(f"/admin/naskah/{vision.pk}/").text

    assert page.count("Kata tamu") == 10
    assert "Kata tamu 9." in page
    assert "and 50 more" in page


@pytest.mark.slow
def test_the_desk_and_the_publishing_page_load_no_words_of_guests(
    editor, vision, many, django_assert_max_num_queries
):
    for address in ["/admin/", f"/admin/vision/vision/{vision.pk}/terbitkan/"]:
        with django_assert_max_num_queries(200) as queries:
            page = editor.get(address).text

        assert "60 answers" in page or "and 50 more" in page
        asked = [query["sql"] for query in queries if "previewanswer" in query["sql"]]
        assert asked
        assert not any('"words"' in sql for sql in asked)


def test_only_those_who_write_or_publish_the_text_settle_answers(vision):
    row, translator = make_answer(vision), Client()
    translator.force_login(make_account("budi", "Translator"))
    address = f"/admin/jawaban/{vision.pk}/"

    page, refused = translator.get(address), translator.post(address, {"settle": row.pk})

    assert "Siti Rahma" in page.text
    assert "Settle the whole answer" not in page.text
    assert refused.status_code == 403
    assert PreviewAnswer.objects.get().settled_at is None


@pytest.mark.slow
def test_a_settled_answer_opens_again_with_what_was_settled_together(guest, editor, vision):
    answered(guest, link_of(editor, vision), **{on(KEY): "Terlalu panjang."})
    make_answer(vision, form="other", settled_at=clock.now(), settled_by="ratna")
    address = f"/admin/jawaban/{vision.pk}/"
    whole = PreviewAnswer.objects.filter(passage="").first()
    editor.post(address, {"settle": whole.pk})

    page = editor.post(address, {"open": whole.pk}, follow=True)

    assert "The answer of Siti Rahma is open again." in page.text
    assert list(
        PreviewAnswer.objects.filter(settled_at=None).values_list("passage", flat=True)
    ) == [
        "",
        KEY,
    ]
    assert PreviewAnswer.objects.get(form="other").settled_by == "ratna"
    assert Event.objects.get(kind="answer-opened").actor == "sri"


@pytest.mark.slow
def test_opening_a_comment_again_leaves_the_rest_settled(guest, editor, vision):
    answered(guest, link_of(editor, vision), **{on(KEY): "Terlalu panjang."})
    whole, comment = PreviewAnswer.objects.all()
    address = f"/admin/jawaban/{vision.pk}/"
    editor.post(address, {"settle": whole.pk})

    for _time in range(2):
        page = editor.post(address, {"open": comment.pk}, follow=True)

    assert "This is open already." in page.text
    assert PreviewAnswer.objects.get(settled_at=None) == comment
    assert Event.objects.filter(kind="answer-opened").count() == 1


def test_settling_a_comment_leaves_the_rest(guest, editor, vision):
    answered(guest, link_of(editor, vision), **{on(KEY): "Terlalu panjang."})
    comment = PreviewAnswer.objects.get(passage=KEY)

    for _time in range(2):
        editor.post(f"/admin/jawaban/{vision.pk}/", {"settle": comment.pk})

    assert PreviewAnswer.objects.get(settled_at=None).passage == ""
    assert Event.objects.filter(kind="answer-settled").count() == 1


@pytest.mark.parametrize("key", ["x", "", "9" * 30, "1"])
def test_settling_what_is_not_there_says_so(editor, vision, key):
    page = editor.post(f"/admin/jawaban/{vision.pk}/", {"settle": key}, follow=True)

    assert "This was settled already." in page.text


def test_an_answer_of_another_vision_is_not_settled_here(guest, editor, vision):
    answered(guest, link_of(editor, vision))

    editor.post(
        f"/admin/jawaban/{make_empty_vision().pk}/", {"settle": PreviewAnswer.objects.get().pk}
    )

    assert PreviewAnswer.objects.get().settled_at is None


@pytest.mark.slow
def test_a_comment_on_a_removed_passage_keeps_its_key(guest, editor, vision):
    answered(guest, link_of(editor, vision), **{on(KEY): "Terlalu panjang."})
    PreviewAnswer.objects.filter(passage=KEY).update(passage="u3-p99.text")

    assert "(u3-p99.text)" in editor.get(f"/admin/jawaban/{vision.pk}/").text


def test_the_audit_log_names_the_link_and_not_the_guest(guest, editor, vision):
    answered(guest, link_of(editor, vision))

    event = Event.objects.get(kind="answer-given")

    assert (event.actor, event.address, event.detail) == ("", "", "sri")
    assert event.object == "2016–2021"


def test_answers_stay_out_of_everything_public(guest, editor, vision):
    link = link_of(editor, vision)
    answered(guest, link, words="Rahasia dari tamu", **{on(KEY): "Rahasia dari tamu"})
    edition = publish_now(vision)

    assert "Rahasia" not in edition.file
    for address in ["/id/visi/2016-2021/", "/id/cari/?q=Rahasia+dari+tamu", "/data/2016-2021.json"]:
        page = guest.get(address).text
        assert "atas nama" not in page
        assert "Siti Rahma" not in page


@pytest.mark.slow
def test_no_guest_sees_the_answer_of_another(guest, editor, vision):
    link = link_of(editor, vision)
    answered(guest, link, words="Rahasia dari tamu")

    for rest in [PAGES["en"], f"{PAGES['en']}?sent", "id/visi/2016-2021/"]:
        page = Client().get(f"{link}/{rest}").text
        assert "Rahasia" not in page
        assert "Siti" not in page
