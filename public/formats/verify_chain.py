"""Checks from outside that a portal's published editions were never rewritten.

    python3 verify_chain.py https://visi.example.go.id --state FILE [--key KEY] [--lang id]
    python3 verify_chain.py --from FOLDER --state FILE

It needs Python 3.8 or newer, and ``openssl`` for the signature. FILE keeps what was seen last: keep
it where the portal's people cannot change it. KEY is the public key on the portal's “About” page;
FILE keeps it. FOLDER is an export of the site. It checks the files of the editions, not the pages.

Exit status: 0 all is well; 1 the history was rewritten, or something does not fit; 2 all that was
compared is right, but the signature was not checked or is late, or an edition was withdrawn since
the last look; 3 the history was not compared. ``--compared-is-enough`` ends with 0 instead of 2.
"""

import argparse
import base64
import binascii
import hashlib
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit

GOOD, BAD, INCOMPLETE, NOT_COMPARED = range(4)
NOTE, BODY, PAGES = "data/checkpoint", "data/checkpoint.txt", "sitemap.xml"
HEAD = re.compile(r"([12][0-9]{3}-[12][0-9]{3}) ([1-9][0-9]{0,5}) ([0-9a-f]{64})")
PAGE = re.compile(r"/(?:visi|vision)/([12][0-9]{3}-[12][0-9]{3})/")
NAME = re.compile(r"[a-z0-9][a-z0-9.:/-]{0,200}")
FIRST = "0" * 64  # stands for the hash before the first edition
LARGEST, LONGEST = 20000000, 60  # bytes and seconds of one answer
WHOLE_RUN = 3600  # seconds
PAUSE = 10  # seconds in which every server of the site hears of a publication
MOST_HEADS = 10000
SIGNED_WITHIN = timedelta(hours=1)
OLDER = ("gone", "unlisted", "no-list", "fewer-signed", "hidden")  # as of an older copy
GONE = object()  # the answer 410
ED25519 = bytes([1])  # the type of a key, in the format of signed notes
PUBLIC_KEY = bytes.fromhex("302a300506032b6570032100")  # how OpenSSL's files of such keys begin
NOT_SIGNED = b"Signature Verification Failure"  # as openssl says it
SENTENCES = {
    "good": (
        "All is well: {count} editions are as they were, and the checksums of {read} files are "
        "right.",
        "Semua baik: {count} edisi masih seperti semula, dan kode pemeriksa {read} berkas cocok.",
    ),
    "compared": (
        "NOT COMPLETE: {count} editions are as they were, and the checksums of {read} files are "
        "right; the lines above say what was not checked.",
        "BELUM LENGKAP: {count} edisi masih seperti semula, dan kode pemeriksa {read} berkas "
        "cocok; baris di atas menyebutkan apa yang belum diperiksa.",
    ),
    "unread": (
        "{count} editions have no file here, because they were withdrawn: {names}.",
        "{count} edisi tidak memiliki berkas di sini karena ditarik: {names}.",
    ),
    "withdrawn": (
        "These had a file at the last check, and are now withdrawn: {names}. Read the reason on "
        "the portal; if there is none, ask the city.",
        "Ini memiliki berkas pada pemeriksaan terakhir, dan sekarang ditarik: {names}. Baca "
        "alasannya di portal; jika tidak ada, tanyakan kepada Pemerintah Kota.",
    ),
    "new": ("New since the last look: {names}.", "Baru sejak pemeriksaan terakhir: {names}."),
    "unsigned": (
        "{count} editions are newer than the last signature. Check again in an hour.",
        "{count} edisi lebih baru daripada tanda tangan terakhir. Periksa kembali satu jam lagi.",
    ),
    "still-unsigned": (
        "{count} editions are older than an hour, or were there at the last check, and are not "
        "signed yet. Check again in an hour; if they are still not signed, ask the city why.",
        "{count} edisi sudah berlaku lebih dari satu jam, atau sudah ada pada pemeriksaan "
        "terakhir, dan belum ditandatangani. Periksa kembali satu jam lagi; jika masih belum, "
        "tanyakan alasannya kepada Pemerintah Kota.",
    ),
    "no-openssl": (
        "The signature was not checked: openssl is missing, or cannot check such signatures. "
        "Install OpenSSL 3, and check again.",
        "Tanda tangan tidak diperiksa: openssl tidak ada, atau tidak dapat memeriksa tanda tangan "
        "seperti ini. Pasang OpenSSL 3, lalu periksa lagi.",
    ),
    "no-key": (
        "The signature was not checked: give the public key with --key. It is on the portal’s "
        "“About” page; ask the city for it in another way too.",
        "Tanda tangan tidak diperiksa: berikan kunci publik dengan --key. Kunci itu ada di halaman "
        "“Tentang” portal; mintalah juga kepada Pemerintah Kota melalui jalur lain.",
    ),
    "no-signature": (
        "The signature was not checked: this portal does not sign its list of checksums.",
        "Tanda tangan tidak diperiksa: portal ini tidak menandatangani daftar kode pemeriksanya.",
    ),
    "unreachable": ("{what} cannot be read: {why}", "{what} tidak dapat dibaca: {why}"),
    "fault": ("The check was ended by a fault: {why}", "Pemeriksaan terhenti: {why}"),
    "older-copy": (
        "An older copy answers in place of the portal. Check again in an hour; if it still does, "
        "ask the city why.",
        "Sebuah salinan lama menjawab sebagai pengganti portal. Periksa kembali satu jam lagi; "
        "jika masih begitu, tanyakan alasannya kepada Pemerintah Kota.",
    ),
    "slow": (
        "The check was ended: the site answers too slowly.",
        "Pemeriksaan dihentikan: situs menjawab terlalu lambat.",
    ),
    "fewer-signed": (
        "WRONG: {before} editions were signed before, and now only {now}.",
        "SALAH: {before} edisi pernah ditandatangani, sekarang hanya {now}.",
    ),
    "bad-signature": (
        "WRONG: the signature of the list of checksums was not made with this key.",
        "SALAH: tanda tangan daftar kode pemeriksa tidak dibuat dengan kunci ini.",
    ),
    "other-key": (
        "WRONG: the --state file holds another key. Ask the city why, then begin a new file.",
        "SALAH: berkas --state memuat kunci lain. Tanyakan alasannya kepada Pemerintah Kota, lalu "
        "mulai dengan berkas baru.",
    ),
    "other-site": (
        "WRONG: the --state file is of {before}, but this is {now}.",
        "SALAH: berkas --state berasal dari {before}, sedangkan situs ini {now}.",
    ),
    "malformed": (
        "WRONG: {what} is not in the right format.",
        "SALAH: format {what} tidak benar.",
    ),
    "rewritten": (
        "WRONG: {name} was rewritten. Its checksum was {before}, and now is {now}.",
        "SALAH: {name} diubah. Kode pemeriksanya dahulu {before}, sekarang {now}.",
    ),
    "gone": (
        "WRONG: {name} is gone from the list. Its checksum was {before}.",
        "SALAH: {name} hilang dari daftar. Kode pemeriksanya dahulu {before}.",
    ),
    "moved": (
        "WRONG: the place of {name} in the list changed.",
        "SALAH: tempat {name} dalam daftar berubah.",
    ),
    "no-list": ("WRONG: the list of editions is gone.", "SALAH: daftar edisi hilang."),
    "unlisted": (
        "WRONG: {name} is shown to readers, and is not in the list.",
        "SALAH: {name} ditampilkan kepada pembaca, tetapi tidak ada dalam daftar.",
    ),
    "hidden": (
        "WRONG: the file of {name} is missing, though the edition was not withdrawn.",
        "SALAH: berkas {name} tidak ada, padahal edisi itu tidak ditarik.",
    ),
    "chain": (
        "WRONG: chain.json of {period} does not fit the list of checksums.",
        "SALAH: chain.json periode {period} tidak cocok dengan daftar kode pemeriksa.",
    ),
    "file": (
        "WRONG: the checksum of the file of {name} is not the one that is published.",
        "SALAH: kode pemeriksa berkas {name} tidak sama dengan yang diterbitkan.",
    ),
    "link": (
        "WRONG: the file of {name} has another time, number or edition before it than chain.json.",
        "SALAH: waktu, nomor, atau edisi sebelumnya dalam berkas {name} berbeda dari chain.json.",
    ),
}


class Finding(Exception):
    """What was found, by its key in ``SENTENCES``, and the exit status."""

    def __init__(self, kind, status=BAD, **values):
        super().__init__(kind)
        self.kind, self.status, self.values = kind, status, values

    def said(self, language="en"):
        return SENTENCES[self.kind][language == "id"].format(**self.values)


# The list of heads, and the checkpoint


def root_of(leaves):
    """The hash of a Merkle tree over the leaves, as RFC 6962 defines it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    both = root_of(leaves[:half]) + root_of(leaves[half:])
    return hashlib.sha256(b"\x01" + both).digest()


def body_of(origin, heads):
    """The checkpoint of the heads, without a signature (c2sp.org/tlog-checkpoint)."""
    root = base64.b64encode(root_of([head.encode() for head in heads])).decode()
    return "\n".join([origin, str(len(heads)), root, *heads, ""])


def read_body(text, path=BODY):
    """The (origin, heads) of the checkpoint at the path. Raises ``Finding``."""
    origin, *others = text.split("\n")
    heads = others[2:-1]
    is_right = (
        2 < len(others) < MOST_HEADS
        and NAME.fullmatch(origin)
        and all(map(HEAD.fullmatch, heads))
        and text == body_of(origin, heads)
        and all(counts_from_1(chain_of(heads, period)) for period in periods_of(heads))
    )
    if not is_right:
        raise Finding("malformed", what=path)
    return origin, heads


def counts_from_1(chain):
    return [int(number) for number, _hash in chain] == list(range(1, len(chain) + 1))


def check_extends(before, now):
    """Raise ``Finding`` unless the list now begins with the list before."""
    for place, head in enumerate(before):
        if now[place : place + 1] == [head]:
            continue
        period, number, sha256 = head.split()
        found = dict(chain_of(now, period)).get(number)
        if found is None:
            raise Finding("gone", name=name_of(head), before=sha256)
        if found == sha256:
            raise Finding("moved", name=name_of(head))
        raise Finding("rewritten", name=name_of(head), before=sha256, now=found)


def periods_of(heads):
    return sorted({head.split()[0] for head in heads})


def chain_of(heads, period):
    """The (number, hash) of each edition of the period, the oldest first."""
    return [tuple(head.split()[1:]) for head in heads if head.split()[0] == period]


def name_of(head):
    period, number, _sha256 = head.split()
    return f"{period}/{number}"


# Keys and signatures (c2sp.org/signed-note)


def read_note(text):
    """The body and the signatures, as (name, bytes), of a signed note. Raises ``Finding``."""
    body, blank, lines = text.rpartition("\n\n")
    try:
        if not blank or not lines.endswith("\n"):
            raise ValueError
        return body + "\n", [read_signature(line) for line in lines[:-1].split("\n")]
    except ValueError:
        raise Finding("malformed", what=NOTE) from None


def read_signature(line):
    _dash, name, signature = line.split(" ")
    return name, base64.b64decode(signature, validate=True)


def key_id(name, public):
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def written_key(name, public):
    """The public key as a stranger gets it: name+id+base64."""
    encoded = base64.b64encode(ED25519 + public).decode()
    return "+".join([name, key_id(name, public).hex(), encoded])


def read_key(text):
    """The (name, 32 bytes) of a public key. Raises ``Finding``."""
    try:
        name, _given_id, encoded = text.split("+", 2)
        public = base64.b64decode(encoded, validate=True)[1:]
        is_right = len(public) == 32 and NAME.fullmatch(name) and written_key(name, public) == text
    except (ValueError, binascii.Error):
        is_right = False
    if not is_right:
        raise Finding("malformed", what="--key")
    return name, public


def said_of_signature(body, signatures, key):
    """What there is to say of the signatures. Raises ``Finding`` unless this key's are right."""
    if not key:
        return [Finding("no-key", INCOMPLETE)]
    name, public = read_key(key)
    start = key_id(name, public)
    own = [found[4:] for signer, found in signatures if signer == name and found[:4] == start]
    answers = [is_signed(body.encode(), signature, public) for signature in own]
    if not own or False in answers:
        raise Finding("bad-signature")
    return [Finding("no-openssl", INCOMPLETE)] if None in answers else []


def is_signed(content, signature, public):
    """True or False, as openssl says; None where it says neither."""
    with tempfile.TemporaryDirectory() as folder:
        files = {"key": PUBLIC_KEY + public, "content": content, "signature": signature}
        for name, written in files.items():
            Path(folder, name).write_bytes(written)
        command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in content"
        try:
            asked = subprocess.run(
                [*command.split(), "-sigfile", "signature"],
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=LONGEST,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
    return False if NOT_SIGNED in asked.stdout else (asked.returncode == 0 or None)


# Where the files come from


class SameHost(urllib.request.HTTPRedirectHandler):
    """A redirect to another site is refused."""

    def redirect_request(self, request, file, code, message, headers, address):
        before, after = urlsplit(request.full_url), urlsplit(address)
        if (before.scheme, before.netloc) != (after.scheme, after.netloc):
            raise urllib.error.URLError("it redirects to another site")
        return super().redirect_request(request, file, code, message, headers, address)


class Site:
    """A portal on the network. ``is_copy``: an answer came from its static copy."""

    def __init__(self, address):
        root = re.match(r"https?://[^/?#\s]+", address)
        if not root:
            raise Finding("unreachable", NOT_COMPARED, what=ascii(address), why="write https://…")
        self.address, self.is_copy = root[0] + "/", False
        self.opener = urllib.request.build_opener(SameHost)

    def read(self, path):
        """The bytes at the path; None if there are none, or ``GONE``. Raises ``Finding``."""
        try:
            with self.opener.open(self.address + path, timeout=LONGEST) as answer:
                self.is_copy |= answer.headers.get("X-Served-From") == "copy"
                return read_all(answer)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in (404, 410):
                return GONE if error.code == 410 else None
            why = str(error.code)
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = ascii(str(error))[:200]
        raise Finding("unreachable", NOT_COMPARED, what=self.address + path, why=why)


def read_all(answer):
    """Read the answer. Raises ``ValueError`` if it is too large, too slow or cut off."""
    ends_at, parts, size = monotonic() + LONGEST, [], 0
    promised = answer.headers.get("Content-Length")
    while True:
        part = answer.read1(65536)
        size += len(part)
        if size > LARGEST:
            raise ValueError("it is too large")
        if monotonic() > ends_at:
            raise ValueError("it takes too long")
        if not part:
            break
        parts.append(part)
    if promised and int(promised) != size:
        raise ValueError("it was cut off")
    return b"".join(parts)


class Folder:
    """An export of a portal."""

    is_copy = False

    def __init__(self, path):
        self.path = Path(path)

    def read(self, path):
        file = self.path / path
        try:
            if file.exists() and not file.is_file():  # a pipe would never end
                raise OSError("it is not a file")
            return file.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Finding("unreachable", NOT_COMPARED, what=path, why=str(error)) from None


def text_at(source, path):
    """The text at the path; None if there is none. Raises ``Finding``."""
    content = source.read(path)
    try:
        return None if content in (None, GONE) else content.decode()
    except UnicodeDecodeError:
        raise Finding("malformed", what=path) from None


# The checks


def verify(source, state, key=None):
    """Check the source against what was seen before.

    Returns the new state and what there is to say, as ``Finding``s. Raises the ``Finding`` that
    ends the check.
    """
    return with_second_look(look, source, state, key)


def with_second_look(check, *arguments):
    """Call nothing wrong before a second look: a publication may come between two answers."""
    try:
        return check(*arguments)
    except Finding as found:
        if found.status != BAD:
            raise
    sleep(PAUSE)
    return check(*arguments)


def look(source, state, key):
    key = chosen_key(state, key)
    before = state.get("heads", [])
    origin, heads, signed, said = checkpoint(source, key, before)
    if state.get("origin", origin) != origin:
        raise Finding("other-site", before=state["origin"], now=origin)
    check_extends(before, heads)
    if signed < state.get("signed", 0):  # both are the beginning of the list
        raise Finding("fewer-signed", before=state["signed"], now=signed)
    read, times = check_files(source, heads)
    new = heads[len(before) :]
    if signed:
        said += said_of_unsigned(heads[signed:], new, times)
    if before and new:
        said.append(Finding("new", GOOD, names=names_of(new)))
    said += said_of_missing(heads, read, state.get("read", []))
    last = "compared" if any(one.status for one in said) else "good"
    said.append(Finding(last, GOOD, count=len(heads), read=len(read)))
    kept = {"origin": origin, "key": key, "heads": heads, "signed": signed, "read": read}
    return kept, said


def said_of_missing(heads, read, before):
    """``before``: the heads whose files were read at the last check."""
    kept = set(read)
    if missing := [head for head in heads if head not in kept]:
        status = GOOD if read else INCOMPLETE
        yield Finding("unread", status, count=len(missing), names=names_of(missing))
    if withdrawn := [head for head in missing if head in before]:
        yield Finding("withdrawn", INCOMPLETE, names=names_of(withdrawn))


def names_of(heads):
    return ", ".join(map(name_of, heads))


def chosen_key(state, key):
    kept = state.get("key")
    if key and kept and key != kept:
        raise Finding("other-key")
    if key:
        read_key(key)
    return key or kept


def checkpoint(source, key, before):
    """The origin, the heads now, how many of them are signed, and what there is to say."""
    note = text_at(source, NOTE)
    origin, heads = read_list(source, before)
    if note is None:
        return origin, heads, 0, [Finding("no-signature", INCOMPLETE)]
    body, signatures = read_note(note)
    signed_origin, signed = read_body(body, NOTE)
    if signed_origin != origin:
        raise Finding("other-site", before=signed_origin, now=origin)
    check_extends(signed, heads)
    return origin, heads, len(signed), said_of_signature(body, signatures, key)


def read_list(source, before):
    """The (origin, heads) of the list now, which once there were any cannot be missing."""
    text = text_at(source, BODY)
    if text is None and before:
        raise Finding("no-list")
    if text is None:
        raise Finding("unreachable", NOT_COMPARED, what=BODY, why="404")
    return read_body(text)


def said_of_unsigned(unsigned, new, times):
    """The signer has an hour for a new edition. One seen before should be signed by now."""
    if any(head not in new or not is_fresh(times[head]) for head in unsigned if times[head]):
        yield Finding("still-unsigned", INCOMPLETE, count=len(unsigned))
    elif unsigned:
        yield Finding("unsigned", GOOD, count=len(unsigned))


def is_fresh(effective):
    """Whether the time is within an hour of now; a time to come is no excuse."""
    try:
        at = datetime.strptime(effective, "%Y-%m-%dT%H:%M:%S%z")
        return abs(datetime.now().astimezone() - at) < SIGNED_WITHIN
    except (ValueError, TypeError):
        return False


def check_files(source, heads):
    """Compare each chain and each file.

    Returns the heads whose file was read, and the time of each head ("" if it never took effect).
    """
    read, times = [], {}
    for period in periods_of(heads):
        for link in check_chain(source, heads, period):
            head = " ".join([period, str(link["number"]), link["sha256"]])
            times[head] = str(link.get("effective", ""))
            if has_file(source, head, link):
                read.append(head)
    check_periods(source, heads)
    return read, times


def check_chain(source, heads, period):
    """``chain.json``, which holds the editions that the list names, the oldest first."""
    listed = chain_of(heads, period)
    chain, found = read_chain(source, period)
    if found[: len(listed)] != listed[: len(found)]:
        raise Finding("chain", period=period)
    if len(found) > len(listed):
        raise Finding("unlisted", name=name_of(" ".join([period, *found[len(listed)]])))
    if len(found) < len(listed):
        number, sha256 = listed[len(found)]
        raise Finding("gone", name=f"{period}/{number}", before=sha256)
    return chain


def read_chain(source, period):
    """The editions of ``chain.json``, and the (number, hash) of each."""
    path = f"data/{period}/chain.json"
    text = text_at(source, path)
    if text is None:
        raise Finding("unreachable", NOT_COMPARED, what=path, why="404")
    try:
        chain = json.loads(text)["editions"]
        found = [(str(one["number"]), one["sha256"]) for one in chain]
        befores = [one["previous"] for one in chain]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Finding("chain", period=period) from None
    if befores != [FIRST, *(sha256 for _number, sha256 in found)][:-1]:
        raise Finding("chain", period=period)
    return chain, found


def has_file(source, head, link):
    """True if the file is right; False if the edition was withdrawn. Raises ``Finding``."""
    period, number, sha256 = head.split()
    content = source.read(f"data/{period}/{number}.json")
    if content is GONE or (content is None and link.get("withdrawn")):
        return False
    if content is None:
        raise Finding("hidden", name=name_of(head))
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Finding("file", name=name_of(head))
    if not fits(content, link):
        raise Finding("link", name=name_of(head))
    return True


def fits(content, link):
    """Whether the file has the number, the time and the hash before it that chain.json names."""
    try:
        data = json.loads(content.decode())
        found = data["edition"], data["previous"], data["effective"]
        return found == (link["number"], link["previous"], link["effective"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return False


def check_periods(source, heads):
    """The list has each period that has pages."""
    shown = set(PAGE.findall(text_at(source, PAGES) or ""))
    for period in sorted(shown - set(periods_of(heads))):
        raise Finding("unlisted", name=period)


# The state file


def read_state(path):
    """What was seen last; nothing the first time. Raises ``Finding`` if it cannot be read."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        heads, signed, read = state["heads"], state["signed"], state.setdefault("read", [])
        is_right = (
            type(heads) is type(read) is list
            and all(map(HEAD.fullmatch, heads))
            and set(read) <= set(heads)
            and type(signed) is int
            and 0 <= signed <= len(heads)
            and NAME.fullmatch(state["origin"])
        )
        if not is_right:
            raise ValueError("it is not a state file")
        if state["key"] is not None:
            read_key(state["key"])
        return state
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, Finding) as error:
        why = ascii(str(error))
        raise Finding(
            "unreachable", NOT_COMPARED, what=path, why=f"no state file ({why})"
        ) from None


def write_state(path, state):
    """Write the file in one step, so that a power cut leaves the old one or the new one."""
    handle, fresh = tempfile.mkstemp(dir=str(path.parent), prefix=path.name)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            json.dump(state, file, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, str(path))
    except BaseException:
        os.unlink(fresh)
        raise


def give_up(language):
    """End the run: a hostile site may send a byte a minute, for ever."""
    print(Finding("slow").said(language), flush=True)
    os._exit(NOT_COMPARED)


def main(arguments=None):
    options = read_options(arguments)
    guard = threading.Timer(WHOLE_RUN, give_up, [options.lang])
    guard.daemon = True
    guard.start()
    said = said_of(options)
    for one in said:
        print(one.said(options.lang))
    status = max(one.status for one in said)
    return GOOD if status == INCOMPLETE and options.compared_is_enough else status


def said_of(options):
    try:
        path = Path(options.state).resolve()
        source = Folder(options.folder) if options.folder else Site(options.url)
        state, said = verify(source, read_state(path), options.key)
        write_state(path, state)
        return said
    except Finding as found:
        is_older = found.kind in OLDER and source.is_copy
        return [Finding("older-copy", NOT_COMPARED) if is_older else found]
    except Exception as error:  # no fault of this program may look like a rewritten history
        return [Finding("fault", NOT_COMPARED, why=ascii(repr(error))[:200])]


def read_options(arguments):
    parser = argparse.ArgumentParser(
        description="Check from outside that published editions were never rewritten."
    )
    parser.error = lambda message: parser.exit(NOT_COMPARED, f"{message}: see --help\n")
    parser.add_argument("url", nargs="?", help="such as https://visi.example.go.id")
    parser.add_argument("--from", dest="folder", help="an export in this folder, not a site")
    parser.add_argument("--state", required=True, help="the file that keeps what was seen last")
    parser.add_argument("--key", help="the public key, the first time")
    parser.add_argument("--compared-is-enough", action="store_true", help="status 0 instead of 2")
    parser.add_argument("--lang", choices=["en", "id"], default="en")
    options = parser.parse_args(arguments)
    if bool(options.url) == bool(options.folder):
        parser.error("give an address, or --from FOLDER")
    return options


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")
    try:
        status = main()
        sys.stdout.flush()
    except OSError as error:  # nobody reads what is printed, so the status must not say “wrong”
        print(repr(error), file=sys.stderr)
        os._exit(NOT_COMPARED)
    sys.exit(status)
