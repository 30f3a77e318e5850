"""The chains, the checkpoint, and what strangers find with ``verify_chain.py``."""

import ast
import base64
import hashlib
import json
import os
import re
import sys
from contextlib import suppress
from datetime import timedelta
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import sleep

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings as django_settings

from editions import clock
from editions.models import Edition, hash_of
from editions.publishing import publish, withdraw, withdraw_before_its_time
from editions.triggers import create_triggers, drop_triggers
from magelang_portal.operations import signing
from missions.models import Mission
from public.formats import verify_chain
from public.formats.verify_chain import Finding
from public.releases import Release
from tests.support.factories import NOTE, make_vision, publish_now, wib
from tests.support.sql import run, tamper

pytestmark = pytest.mark.django_db
CHAIN, NOTE_PATH, BODY = "/data/2016-2021/chain.json", "/data/checkpoint", "/data/checkpoint.txt"


class Answers:
    """The portal as a stranger reads it; ``instead`` holds the answers of an intruder."""

    def __init__(self, client, instead=(), *, is_copy=False):
        self.client, self.instead, self.is_copy = client, dict(instead), is_copy

    def read(self, path):
        if path in self.instead:
            return self.instead[path]
        response = self.client.get(f"/{path}")
        if response.status_code == 410:
            return verify_chain.GONE
        return response.content if response.status_code == 200 else None


@pytest.fixture(autouse=True)
def without_pause(monkeypatch):
    monkeypatch.setattr(verify_chain, "PAUSE", 0)


@pytest.fixture
def site(client, portal):
    return Answers(client)


@pytest.fixture
def signer(settings, tmp_path):
    """The folder of a signer with a key."""
    settings.PROOF_DIR = tmp_path / "signer"
    settings.PROOF_DIR.mkdir()
    name = settings.SITE_URL.partition("://")[2] + "/editions"
    signing.make_key(settings.PROOF_DIR, name)
    return settings.PROOF_DIR


def seen(site, state=None):
    """The state and the names of what is said."""
    state, said = verify_chain.verify(site, state or {})
    return state, [one.kind for one in said]


def found(site, state=None, key=None):
    with pytest.raises(Finding) as finding:
        verify_chain.verify(site, state or {}, key)
    assert finding.value.said("id") != finding.value.said("en")
    return finding.value.said()


def heads_of(text):
    return text.split("\n")[3:-1]


def rewrite(number=1):
    """Rewrite an edition with all later hashes, as somebody does who may write the database."""
    drop_triggers()
    before = None
    for edition in Edition.objects.order_by("number"):
        data = json.loads(edition.file)
        data["previous"] = before or data["previous"]
        if edition.number == number:
            data["note"]["id"] = "Lain"
        file = json.dumps(data, ensure_ascii=False, sort_keys=True)
        before = hash_of(file)
        update = "UPDATE editions_edition SET file = %s, sha256 = %s WHERE id = %s"
        run(update, file, before, edition.pk)
    create_triggers()


# What the portal publishes


def test_the_chain_names_the_time_of_each_edition_that_took_effect(client, portal):
    editions = client.get(CHAIN).json()["editions"]

    assert [one["effective"] for one in editions] == [
        json.loads(edition.file)["effective"] for edition in Edition.objects.order_by("number")
    ]
    assert editions[0]["previous"] == "0" * 64


def test_an_edition_withdrawn_before_its_time_has_no_time_in_the_chain(client, portal):
    waiting = publish_in_an_hour(portal)
    withdraw_before_its_time(waiting, withdrawn_by="sri")
    publish_now(portal)

    editions = client.get(CHAIN).json()["editions"]

    assert ["effective" in one for one in editions] == [True, True, False, True]
    assert ["withdrawn" in one for one in editions] == [False, False, True, False]
    assert editions[2]["sha256"] == waiting.sha256


def publish_other_words(vision):
    Mission.objects.filter(vision=vision, number=1).update(statement_ind="Kalimat lain.")
    return publish_now(vision, effective_at=clock.now())


def publish_in_an_hour(vision):
    Mission.objects.filter(vision=vision, number=1).update(statement_ind="Kalimat nanti.")
    later = clock.now() + timedelta(hours=1)
    return publish(vision, note=NOTE, publisher="sri", effective_at=later)


def test_the_checkpoint_has_the_format_of_transparency_logs(client, portal):
    origin, size, root, *heads = client.get(BODY).text.split("\n")[:-1]

    assert origin == django_settings.SITE_URL.removeprefix("http://") + "/editions"
    assert int(size) == len(heads) == 2
    leaves = [hashlib.sha256(b"\x00" + head.encode()).digest() for head in heads]
    expected = hashlib.sha256(b"\x01" + leaves[0] + leaves[1]).digest()
    assert base64.b64decode(root) == expected
    assert heads[1] == f"2016-2021 2 {Edition.objects.get(number=2).sha256}"


@pytest.mark.parametrize(
    ("count", "root"),
    [  # the vectors that implementations of RFC 6962 share
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ],
)
def test_the_root_hash_is_that_of_rfc_6962(count, root):
    leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    leaves.append("606162636465666768696a6b6c6d6e6f")

    assert verify_chain.root_of([bytes.fromhex(leaf) for leaf in leaves[:count]]).hex() == root


def test_the_checkpoint_only_grows_across_periods(client, portal):
    lists = [heads_of(client.get(BODY).text)]
    other = make_vision(2026, 2030)
    for vision in (other, portal, other):
        Mission.objects.filter(vision=vision, number=1).update(
            statement_ind=f"Kalimat {len(lists)}.", statement_en=f"Sentence {len(lists)}."
        )
        publish_now(vision)
        lists.append(heads_of(client.get(BODY).text))

    for before, after in zip(lists, lists[1:], strict=False):
        assert after[: len(before)] == before
        assert len(after) == len(before) + 1


def test_a_text_dated_back_is_added_at_the_end(client, portal):
    before = heads_of(client.get(BODY).text)

    publish(
        make_vision(2011, 2015),
        note=NOTE,
        publisher="sri",
        effective_at=wib(2011, 1, 1),
        may_be_past=True,
    )

    assert heads_of(client.get(BODY).text)[:2] == before


def test_the_checkpoint_does_not_name_what_waits(client, portal):
    publish_in_an_hour(portal)

    assert len(heads_of(client.get(BODY).text)) == 2


def test_without_a_signer_there_is_no_checkpoint_key_or_timestamp(client, portal):
    assert client.get(NOTE_PATH).status_code == 404
    assert client.get("/data/2016-2021/1.tsr").status_code == 404
    assert "editions+" not in client.get("/en/about/").text


def test_a_portal_without_editions_has_no_list(client, db):
    assert client.get(BODY).status_code == 404


def test_a_portal_whose_signer_is_gone_publishes_no_checkpoint(client, settings, portal):
    settings.PROOF_DIR = Path("/nowhere")

    assert client.get("/en/about/").status_code == 200
    assert client.get(BODY).status_code == 200
    assert client.get(NOTE_PATH).status_code == 404
    assert client.get("/data/2016-2021/1.tsr").status_code == 404


def test_a_signature_that_cannot_be_read_is_not_called_missing(client, signer, portal):
    (signer / "checkpoint").mkdir()

    assert client.get("/en/about/").status_code == 200
    answer = client.get(NOTE_PATH)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")
    assert "cannot be read now" in answer.text


# The signer


def test_the_signature_is_a_signed_note_by_the_key_on_the_about_page(client, site, signer):
    signing.sign(site, signer)

    body, signature = client.get(NOTE_PATH).text.split("\n\n")
    dash, name, encoded = signature.rstrip("\n").split(" ")
    key = (signer / "key.pub").read_text().strip()
    _name, identity, written = key.split("+", 2)  # base64 may hold a “+” too
    public = base64.b64decode(written)
    assert (dash, public[0]) == ("—", 1)
    assert base64.b64decode(encoded)[:4].hex() == identity
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(
        base64.b64decode(encoded)[4:], f"{body}\n".encode()
    )
    assert key in client.get("/en/about/").text
    assert key in client.get("/id/tentang/").text


@pytest.mark.parametrize("path", ["/en/about/", "/id/tentang/"])
def test_the_about_page_shows_a_key_with_every_sign_of_base64(client, signer, portal, path):
    public = b"\xfb\xff" * 16
    key = verify_chain.written_key("x.example/editions", public)
    assert {"+", "/", "="} - set(key.split("+", 2)[2]) == {"="}  # 33 bytes need no padding
    (signer / "key.pub").write_text(key)
    (signer / "checkpoint").write_text("signed")

    shown = re.search("--key (.+?)<", client.get(path).text)[1]

    assert verify_chain.read_key(unescape(shown)) == ("x.example/editions", public)


def test_the_key_id_is_as_other_programs_compute_it():
    """The example of golang.org/x/mod/sumdb/note."""
    key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    name, _, public = key.split("+")

    decoded = base64.b64decode(public)[1:]
    assert verify_chain.written_key(name, decoded) == key


def test_a_new_signature_is_another_release(site, signer):
    before = Release.current().key

    signing.sign(site, signer)

    assert Release.current().key != before


def test_the_key_is_made_once_and_only_its_user_may_read_it(signer):
    with pytest.raises(signing.Refused, match="There is a key already"):
        signing.make_key(signer, "x/editions")

    assert (signer / "private").stat().st_mode & 0o777 == 0o700
    assert (signer / "private/key").stat().st_mode & 0o777 == 0o600
    assert (signer / "key.pub").stat().st_mode & 0o777 == 0o644


def test_a_signer_without_a_key_says_so(site, tmp_path):
    with pytest.raises(signing.Refused, match="make one with make-key"):
        signing.sign(site, tmp_path)


def test_the_signer_signs_again_only_what_is_new(site, signer, portal):
    signing.sign(site, signer)
    written = (signer / "checkpoint").stat().st_ino

    signing.sign(site, signer)
    assert (signer / "checkpoint").stat().st_ino == written

    publish_other_words(portal)
    signing.sign(site, signer)
    assert (signer / "checkpoint").read_text().split("\n")[1] == "3"


def test_a_new_key_signs_the_same_list_and_no_rewritten_one(site, signer):
    heads = signing.sign(site, signer)
    state, _said = verify_chain.verify(site, {}, (signer / "key.pub").read_text().strip())
    (signer / "private/key").unlink()
    key = signing.make_key(signer, django_settings.SITE_URL.partition("://")[2] + "/editions")

    assert signing.sign(site, signer) == heads
    assert "not made with this key" in found(site, state)
    assert seen(site, state | {"key": key})[1] == ["good"]
    rewrite()
    with pytest.raises(Finding, match="rewritten"):
        signing.sign(site, signer)


def test_the_signer_refuses_a_hidden_edition(client, site, signer, portal):
    hiding = Answers(client, {"data/2016-2021/1.json": None})

    with pytest.raises(Finding, match="hidden"):
        signing.sign(hiding, signer)


def test_the_signer_refuses_a_rewritten_history(site, signer):
    signing.sign(site, signer)
    signed = (signer / "checkpoint").read_bytes()
    rewrite()

    with pytest.raises(Finding, match="rewritten"):
        signing.sign(site, signer)

    assert (signer / "checkpoint").read_bytes() == signed


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SITE_URL", "", "needs PORTAL_SITE_URL"),
        ("PROOF_DIR", "/nowhere", "make the folder first"),
        ("PROOF_DIR", "signer", "write the whole path"),
        ("TIMESTAMP_URL", "stamp", "begins with https"),
        ("TIMESTAMP_CA", "/nowhere", "write the path of a file"),
        ("TIMESTMP_URL", "https://stamp.invalid", "PORTAL_TIMESTMP_URL is not a setting"),
    ],
)
def test_a_wrong_setting_of_the_signer_gets_a_sentence(
    monkeypatch, tmp_path, name, value, sentence
):
    for own in [own for own in signing.os.environ if own.startswith("PORTAL_")]:
        monkeypatch.delenv(own)
    monkeypatch.setenv("PORTAL_SITE_URL", django_settings.SITE_URL)
    monkeypatch.setenv("PORTAL_PROOF_DIR", str(tmp_path))
    monkeypatch.setenv(f"PORTAL_{name}", value)

    with pytest.raises(SystemExit, match=sentence):
        signing.main([])


# What strangers find


def test_an_unchanged_history_is_good(site, portal):
    state, said = seen(site)
    assert said == ["no-signature", "compared"]

    publish_other_words(portal)

    later, said = seen(site, state)
    assert said == ["no-signature", "new", "compared"]
    assert later["heads"][:2] == state["heads"]


def test_a_signature_is_checked_with_the_key_that_the_state_keeps(site, signer, portal):
    signing.sign(site, signer)
    key = (signer / "key.pub").read_text().strip()
    state, said = verify_chain.verify(site, {}, key)
    assert [one.kind for one in said] == ["good"]
    assert state["key"] == key

    publish_other_words(portal)

    assert seen(site, state)[1] == ["unsigned", "new", "good"]


def test_without_a_key_it_says_that_the_signature_was_not_checked(site, signer):
    signing.sign(site, signer)

    assert seen(site)[1] == ["no-key", "compared"]


def openssl_that(folder, monkeypatch, *says):
    """An openssl in the PATH that says this and ends with 1."""
    program = folder / "openssl"
    program.write_text(f"#!/bin/sh\necho '{' '.join(says)}' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.parametrize(
    "words",
    [
        "pkeyutl: Unknown option: -rawin",
        "Error initializing context",
        "unknown option '-rawin'",
        "",
    ],
)
def test_an_openssl_that_cannot_check_accuses_nobody(site, signer, tmp_path, monkeypatch, words):
    signing.sign(site, signer)
    key = (signer / "key.pub").read_text().strip()
    openssl_that(tmp_path, monkeypatch, words)

    said = verify_chain.verify(site, {}, key)[1]

    assert [one.kind for one in said] == ["no-openssl", "compared"]
    assert said[0].status == verify_chain.INCOMPLETE


def test_an_openssl_that_says_failure_shows_a_false_signature(site, signer, tmp_path, monkeypatch):
    signing.sign(site, signer)
    openssl_that(tmp_path, monkeypatch, "Signature Verification Failure")

    assert "not made with this key" in found(site, {}, (signer / "key.pub").read_text().strip())


def test_a_signature_that_goes_back_is_found(client, site, signer, portal):
    signing.sign(site, signer)
    older = (signer / "checkpoint").read_bytes()
    publish_other_words(portal)
    signing.sign(site, signer)
    state, _said = seen(site)
    assert state["signed"] == 3

    back = Answers(client, {"data/checkpoint": older})
    assert "3 editions were signed before, and now only 2" in found(back, state)


def test_a_signature_that_stands_still_is_not_called_well(site, signer, portal):
    signing.sign(site, signer)
    state, _said = seen(site)
    publish_other_words(portal)
    state, said = seen(site, state)
    assert said == ["no-key", "unsigned", "new", "compared"]

    later, said = verify_chain.verify(site, state)

    assert [one.kind for one in said] == ["no-key", "still-unsigned", "compared"]
    assert said[1].status == verify_chain.INCOMPLETE
    signing.sign(site, signer)
    assert seen(site, later)[1] == ["no-key", "compared"]


@pytest.mark.parametrize(
    "change",
    [
        {"heads": 1},
        {"heads": {}},
        {"heads": ["x"]},
        {"signed": True},
        {"signed": 3},
        {"key": 5},
        {"key": "abc"},
        {"origin": 5},
        {"read": ["x"]},
        {"origin": None},
    ],
)
def test_a_state_file_of_another_shape_is_refused(tmp_path, site, change):
    path = tmp_path / "state"
    state, _said = seen(site)
    path.write_text(json.dumps(state))
    assert verify_chain.read_state(path) == state
    path.write_text(json.dumps(state | change))

    with pytest.raises(Finding, match="unreachable") as finding:
        verify_chain.read_state(path)
    assert finding.value.status == verify_chain.NOT_COMPARED


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"heads": []}'])
def test_a_state_file_that_is_no_state_is_refused(tmp_path, content):
    state = tmp_path / "state"
    state.write_text(content)

    with pytest.raises(Finding, match="unreachable"):
        verify_chain.read_state(state)


def test_a_rewritten_history_is_found(site):
    state, _said = seen(site)

    rewrite()

    assert "2016-2021/1 was rewritten" in found(site, state)


def test_an_edition_that_is_gone_is_found(site):
    state, _said = seen(site)
    tamper("DELETE FROM editions_edition WHERE number = 2")

    assert "2016-2021/2 is gone" in found(site, state)


def test_an_edition_that_is_shown_but_not_listed_is_found(client, site, portal):
    older = client.get(BODY).content
    publish_other_words(portal)

    assert "2016-2021/3 is shown" in found(Answers(client, {"data/checkpoint.txt": older}))


def test_a_period_that_is_shown_but_not_listed_is_found(client, site, portal):
    older = client.get(BODY).content
    publish_now(make_vision(2026, 2030))

    said = found(Answers(client, {"data/checkpoint.txt": older}))
    assert "WRONG: 2026-2030 is shown to readers" in said


def test_a_publication_between_two_answers_is_no_fault(client, site, portal):
    older = client.get(BODY).content
    publish_other_words(portal)

    class Once(Answers):
        def read(self, path):
            return self.instead.pop(path, None) or super().read(path)

    _state, said = seen(Once(client, {"data/checkpoint.txt": older}))
    assert said == ["no-signature", "compared"]


def test_a_hidden_file_is_not_called_withdrawn(client, site):
    state, _said = seen(site)

    said = found(Answers(client, {"data/2016-2021/2.json": None}), state)
    assert "the file of 2016-2021/2 is missing" in said


def test_an_export_lacks_the_file_of_a_withdrawn_edition(client, site, portal):
    withdraw(Edition.objects.get(number=2), reason=NOTE, withdrawn_by="sri")

    export = Answers(client, {"data/2016-2021/2.json": None})  # it keeps no answers 410
    assert seen(export)[1] == ["no-signature", "unread", "compared"]


def test_a_time_in_the_chain_that_the_file_does_not_have_is_found(client, site):
    chain = client.get(CHAIN).json()
    chain["editions"][0]["effective"] = "1999-01-01T00:00:00Z"

    said = found(Answers(client, {CHAIN[1:]: json.dumps(chain).encode()}))
    assert "the file of 2016-2021/1 has another time" in said


def test_at_the_first_look_an_old_edition_without_a_signature_is_not_called_well(
    site, signer, portal
):
    signing.sign(site, signer)
    key = (signer / "key.pub").read_text().strip()
    publish_now(make_vision(2026, 2030))  # it took effect months ago

    said = verify_chain.verify(site, {}, key)[1]

    assert [one.kind for one in said] == ["still-unsigned", "compared"]
    assert said[0].status == verify_chain.INCOMPLETE


@pytest.mark.parametrize("hours", [-2, 2])
def test_only_an_edition_of_the_last_hour_may_lack_its_signature(hours):
    moment = clock.now() + timedelta(hours=hours)

    assert not verify_chain.is_fresh(moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert verify_chain.is_fresh(clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"))


def test_a_list_that_is_missing_is_wrong_where_there_was_one(client, site):
    state, _said = seen(site)

    assert "list of editions is gone" in found(
        Answers(client, {"data/checkpoint.txt": None}), state
    )


@pytest.fixture
def status_of(monkeypatch, tmp_path):
    """A function that runs the program against the source with the state."""

    def run_program(source, state):
        path = tmp_path / "kept"
        path.write_text(json.dumps(state))
        monkeypatch.setattr(verify_chain, "Site", lambda address: source)
        return verify_chain.main(["https://x.example", "--state", str(path)])

    return run_program


def test_an_older_copy_accuses_nobody_but_a_rewritten_one_is_wrong(client, site, portal, status_of):
    older = client.get(BODY).content
    publish_other_words(portal)
    state, _said = seen(site)

    copy = Answers(client, {"data/checkpoint.txt": older}, is_copy=True)
    assert status_of(copy, state) == verify_chain.NOT_COMPARED
    assert status_of(Answers(client, copy.instead), state) == verify_chain.BAD
    rewrite()
    assert status_of(Answers(client, is_copy=True), state) == verify_chain.BAD


def test_two_heads_that_changed_places_are_named(site, portal):
    before = ["2016-2021 1 " + "a" * 64, "2021-2026 1 " + "b" * 64]

    with pytest.raises(Finding, match="moved"):
        verify_chain.check_extends(before, before[::-1])


def test_a_withdrawn_edition_stays_in_the_list_and_is_no_fault(site, portal):
    state, _said = seen(site)
    withdraw(Edition.objects.get(number=2), reason=NOTE, withdrawn_by="sri")

    state, said = seen(site, state)
    assert said == ["no-signature", "unread", "withdrawn", "compared"]
    assert seen(site, state)[1] == ["no-signature", "unread", "compared"]


def withdraw_all(vision):
    for edition in Edition.objects.filter(vision=vision):
        withdraw(edition, reason=NOTE, withdrawn_by="sri")


def test_a_period_that_was_withdrawn_as_a_whole_is_no_fault(site, signer, portal):
    publish_now(make_vision(2026, 2030))
    signing.sign(site, signer)
    state, _said = seen(site)
    withdraw_all(portal)

    assert seen(site, state)[1] == ["no-key", "unread", "withdrawn", "compared"]
    publish_now(make_vision(2031, 2035))
    assert len(signing.sign(site, signer)) == 4


def test_where_every_edition_was_withdrawn_no_hash_was_compared(site, portal):
    withdraw_all(portal)

    said = verify_chain.verify(site, {})[1]

    assert [one.kind for one in said] == ["no-signature", "unread", "compared"]
    assert said[1].status == verify_chain.INCOMPLETE


def test_a_lost_or_false_signature_is_found(client, site, signer):
    signing.sign(site, signer)
    key = (signer / "key.pub").read_text().strip()
    state, _said = verify_chain.verify(site, {}, key)
    note = (signer / "checkpoint").read_text()

    false = Answers(client, {"data/checkpoint": note.replace(note[-20:-5], "A" * 15).encode()})
    assert "not made with this key" in found(false, state)
    assert "2 editions were signed before, and now only 0" in found(
        Answers(client, {"data/checkpoint": None}), state
    )
    other = verify_chain.written_key("other/editions", b"1" * 32)
    assert "another key" in found(site, state, other)
    assert "not made with this key" in found(site, {}, other)


@pytest.mark.parametrize(
    ("path", "content", "sentence"),
    [
        ("data/2016-2021/1.json", b"{}", "is not the one that is published"),
        ("data/2016-2021/chain.json", b"{}", "does not fit"),
        ("data/2016-2021/chain.json", b"[" * 100000, "does not fit"),
        ("data/2016-2021/chain.json", b"[1]", "does not fit"),
        ("data/2016-2021/chain.json", None, "cannot be read: 404"),
        ("data/checkpoint.txt", b"", "format"),
        ("data/checkpoint.txt", b"\xff", "format"),
        ("data/checkpoint.txt", b"x\n1\n\x1b[2J\n../../etc/passwd 1 0\n", "format"),
        ("data/checkpoint.txt", None, "cannot be read"),
        ("data/checkpoint", b"no note", "data/checkpoint is not in the right format"),
        ("data/checkpoint", b"x\n\n\xe2\x80\x94 x !\n", "format"),
    ],
)
def test_a_wrong_answer_gets_a_sentence(client, portal, path, content, sentence):
    assert sentence in found(Answers(client, {path: content}))


def test_a_list_with_another_root_is_found(client, site):
    body = client.get(BODY).text
    lines = body.split("\n")
    lines[3], lines[4] = lines[4], lines[3]

    instead = {"data/checkpoint.txt": "\n".join(lines).encode()}
    assert "not in the right format" in found(Answers(client, instead))


@pytest.mark.parametrize("key", ["", "x", "a+b+c", "a+00000000+" + "A" * 44, "é+1+é"])
def test_a_wrong_key_gets_a_sentence(key):
    with pytest.raises(Finding, match="malformed"):
        verify_chain.read_key(key)


# A hostile site


class Hostile(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302 if self.path == "/elsewhere" else 200)
        if self.path == "/cut":
            self.send_header("Content-Length", "20")
        if self.path == "/elsewhere":
            self.send_header("Location", f"http://localhost:{self.server.server_port}/large")
        self.end_headers()
        with suppress(OSError):
            while self.path == "/slow" or self.path == "/large":
                self.wfile.write(b"x" * (1 if self.path == "/slow" else 65536))
                sleep(0.02 if self.path == "/slow" else 0)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def hostile(monkeypatch):
    monkeypatch.setattr(verify_chain, "LARGEST", 1_000_000)
    monkeypatch.setattr(verify_chain, "LONGEST", 0.5)
    with ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        yield verify_chain.Site(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("elsewhere", "it redirects to another site"),
        ("large", "it is too large"),
        ("slow", "it takes too long"),
        ("cut", "it was cut off"),
    ],
)
def test_an_answer_that_is_elsewhere_or_without_end_is_refused(hostile, path, sentence):
    with pytest.raises(Finding) as found:
        hostile.read(path)

    assert sentence in found.value.said()
    assert found.value.status == verify_chain.NOT_COMPARED


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "visi.example", "ftp://x", "http://[::1"]
)
def test_only_a_web_address_is_read(address):
    with pytest.raises(Finding, match="unreachable"):
        verify_chain.Site(address).read("data/checkpoint")


def test_the_state_is_kept_only_if_nothing_is_wrong(tmp_path, client, portal):
    names = ("checkpoint.txt", "2016-2021/chain.json", "2016-2021/1.json", "2016-2021/2.json")
    for path in [f"data/{name}" for name in names]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(client.get(f"/{path}").content)
    state, arguments = tmp_path / "state", ["--from", str(tmp_path), "--state"]

    assert verify_chain.main([*arguments, str(state)]) == verify_chain.INCOMPLETE  # not signed
    kept = state.read_bytes()
    (tmp_path / "data/2016-2021/1.json").write_bytes(b"{}")

    assert verify_chain.main([*arguments, str(state)]) == verify_chain.BAD
    assert state.read_bytes() == kept
    state.write_text("{}")
    assert verify_chain.main([*arguments, str(state)]) == verify_chain.NOT_COMPARED
    assert state.read_text() == "{}"


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_an_export_whose_list_is_no_file_is_not_compared(tmp_path, kind):
    note, state = tmp_path / "data/checkpoint", tmp_path / "state"
    note.parent.mkdir()
    note.mkdir() if kind == "folder" else os.mkfifo(note)

    ended = verify_chain.main(["--from", str(tmp_path), "--state", str(state)])

    assert ended == verify_chain.NOT_COMPARED
    assert not state.exists()


@pytest.mark.parametrize(
    "arguments", [[], ["x", "--state", "s", "--from", "y"], ["x", "--state", "s", "--bad"]]
)
def test_a_wrong_argument_is_not_compared(arguments):
    with pytest.raises(SystemExit) as ended:
        verify_chain.main(arguments)
    assert ended.value.code == verify_chain.NOT_COMPARED


def test_a_fault_of_the_verifier_accuses_nobody(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(verify_chain, "verify", lambda *arguments: 1 / 0)

    ended = verify_chain.main(["--from", str(tmp_path), "--state", str(tmp_path / "state")])

    assert ended == verify_chain.NOT_COMPARED
    assert "ended by a fault" in capsys.readouterr().out


def test_every_sentence_has_two_languages_and_the_same_gaps():
    for english, indonesian in verify_chain.SENTENCES.values():
        gaps = [set(re.findall(r"{\w+}", words)) for words in (english, indonesian)]
        assert gaps[0] == gaps[1]


def test_the_verifier_is_served_as_it_is(client, portal):
    response = client.get("/data/verify_chain.py")

    assert response.headers["Content-Type"] == "text/x-python; charset=utf-8"
    assert response.content == Path(verify_chain.__file__).read_bytes()
    assert b"/data/verify_chain.py" in client.get("/id/tentang/").content


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/en/about/", ["files of the editions, not the pages", "NOT COMPLETE", "On Windows"]),
        ("/id/tentang/", ["berkas edisi, bukan halaman", "BELUM LENGKAP", "Di Windows"]),
    ],
)
def test_the_page_says_what_a_check_finds_and_what_it_cannot_find(client, portal, path, words):
    page = client.get(path).text

    assert [word for word in words if word not in page] == []
    assert "\\\n" not in page  # Windows would not continue the command


def test_the_verifier_needs_nothing_but_python_3_8():
    tree = ast.parse(Path(verify_chain.__file__).read_text(), feature_version=(3, 8))
    modules = [
        name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else names_in(node))
    ]

    assert {name.partition(".")[0] for name in modules} <= sys.stdlib_module_names


def names_in(node):
    return [name.name for name in node.names]
