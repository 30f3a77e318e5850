"""What typst sets: the booklet of an edition (PDF), and the picture shown when a page is shared (PNG).

The words go to typst as data and never as markup, so whatever stands in the official text stays text. What was made
is kept on disk under the hash of all that it was made from, so nothing there is ever out of date; the folder may be
emptied at any time. What no release needs any more is deleted by the writer of the static copy.
"""

import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from datetime import UTC
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from time import time

import segno
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from editions.clock import WIB
from public.addresses import file_path
from public.formats.citation import AUTHOR, Citation

logger = logging.getLogger(__name__)
one_at_a_time = Lock()  # typst uses all cores by itself
_is_here = _is_anew = False
_named = None  # where documents are only named: the set of their files
UNUSED_FOR = (
    24 * 3600
)  # seconds until a file that no release needs is deleted: another worker may just have made it
LONGEST = 20  # seconds; a booklet takes a quarter of one
SOURCES = Path(__file__).parent / "typst"
NODE_WORDS, PICTURE_WORDS = 9, 70  # of a long text, in the chart and in the picture
SHORT_LIST = 600  # characters: a list this short stays on one page
NOT_SET = ("slug", "statement_words", "short_title")


def booklet(edition, language, *, state, permalink, site_url):
    """The PDF/UA of the edition in one language. ``state`` is "archived", "upcoming" or ""."""
    with translation.override(language):
        data = (
            _edition(edition, language, state)
            | _text(edition.document, language)
            | _colophon(edition, language)
        )
        data |= {
            "author": AUTHOR,
            "moment": edition.effective_at.astimezone(UTC).timetuple()[:6],
            "permalink": permalink,
            "citation": Citation(edition, "", "", permalink, state == "archived").apa,
            "abbreviations": _abbreviations(edition.document, language),
            "qr": _qr_code(permalink),
            "file": site_url
            + file_path("edition-file", period=edition.period, number=edition.number),
            "labels": _labels(),
        }
    return _kept("booklet", data, edition, format="pdf", pdf_standards=["ua-1"])


def picture(edition, language, *, state, element=None, mission=None):
    """The PNG of 1200×630 pixels for the vision, for one of its elements or for one of its missions."""
    with translation.override(language):
        data = _edition(edition, language, state) | {"element": None, "mission": None}
        if element:
            data["element"] = {
                "number": element.number,
                "name": _said(element.name, language),
            }
        if mission:
            data["mission"] = {
                "name": _mission_name(mission),
                "statement": _short(mission.statement, language, PICTURE_WORDS),
            }
    return _kept("share", data, edition, format="png", ppi=72)


def _edition(edition, language, state):
    """What booklet and picture both show: whose vision it is, for which years, in force or not, and the sentence."""
    document = edition.document
    period = f"{edition.period_start}–{edition.period_end}"
    mark = {"archived": f" ({_('archived')})", "upcoming": f" ({_('upcoming')})", "": ""}[state]
    foot = _("Vision of the City of Magelang %(period)s · edition %(number)s, %(date)s") % {
        "period": period,
        "number": edition.number,
        "date": _date(edition),
    }
    return {
        "language": language,
        "city": _("Vision of the City of Magelang"),
        "title": f"{_('Vision of the City of Magelang')} {period}{mark}",
        "foot": foot + mark,
        "period": period,
        "state": {"archived": _("Archived"), "upcoming": _("Upcoming"), "": ""}[state],
        "state_meaning": {
            "archived": _("This vision covered the period %(period)s, which has ended.")
            % {"period": period},
            "upcoming": _("This vision takes effect in %(year)s.") % {"year": edition.period_start},
            "": "",
        }[state],
        "statement": {
            "lang": document.statement.language_shown(language),
            "parts": [
                {
                    "words": words,
                    "number": element.number if element else None,
                    "anchor": element and element.anchor,
                }
                for words, element in document.statement_parts(language)
            ],
        },
    }


def _text(document, language):
    """The text of the vision in reading order, and whether some of it has to be shown in the other language."""
    shown = [
        passage
        for passage in document.passages()
        if passage.kind != "term" and passage.field not in NOT_SET
    ]
    return {
        "lacks_translation": any(passage.text.is_missing(language) for passage in shown),
        "introduction": _said(document.introduction, language),
        "elements_lead_in": _said(document.elements_lead_in, language),
        "elements": [_element(element, document, language) for element in document.elements],
        "missions_lead_in": _said(document.missions_lead_in, language),
        "missions": [_mission(mission, language) for mission in document.missions],
        "legal_basis": [_said(text, language) for text in document.legal_basis.paragraphs],
    }


def _element(element, document, language):
    return {
        "number": element.number,
        "place": _place_of(element, document),
        "anchor": element.anchor,
        "name": _said(element.name, language),
        "paragraphs": [_said(text, language) for text in element.body.paragraphs],
        "points_lead_in": _said(element.points_lead_in, language),
        "points": [_point(point, language) for point in element.points],
    }


def _point(point, language):
    return {
        "anchor": point.anchor,
        "marker": point.marker,
        "title": _said(point.title, language),
        "connective": _said(point.connective, language),
        "text": _said(point.text, language),
        "short": _short(point.title or point.text, language),
        "is_short": sum(len(item.text.plain(language)) for item in point.points) < SHORT_LIST,
        "points": [_point(item, language) for item in point.points],
    }


def _mission(mission, language):
    return {
        "number": mission.number,
        "anchor": mission.anchor,
        "name": _mission_name(mission),
        "statement": _said(mission.statement, language),
        "short": _short(mission.statement, language),
    }


def _colophon(edition, language):
    return {
        "edition": _("Edition %(number)s, published here on %(date)s")
        % {"number": edition.number, "date": _date(edition)},
        "note": [_said(text, language) for text in edition.note.paragraphs],
        "sha256": edition.sha256,
        "answer": _("For edition %(number)s the result must be:") % {"number": edition.number},
    }


def _labels():
    return {
        "authority": _(
            "The Indonesian text is the authority. The English is an unofficial translation, offered as a help to"
            " readers; where the two differ, the Indonesian prevails."
        ),
        "lacks_translation": _(
            "Parts of this booklet have no English yet and are shown in Indonesian."
        ),
        "owner": _("City Government of Magelang"),
        "contents": _("Contents"),
        "vision": _("Vision"),
        "chart": _("The vision at a glance"),
        "elements": _("Elements"),
        "missions": _("Missions"),
        "legal_basis": _("Legal basis"),
        "colophon": _("About this text"),
        "address": _("The permanent address of this edition:"),
        "qr": _("QR code of the permanent address of this edition"),
        "abbreviations": _("Abbreviations"),
        "cite": _("Cite this booklet"),
        "check": _("How to check an edition"),
        "checking": _(
            "Each edition has a file, and the SHA-256 hash of that file is published with it. The file also holds the"
            " hash of the edition before it, so anyone who keeps an edition’s hash can tell if that edition, or any"
            " before it, has been altered. To check one yourself:"
        ),
    }


def _abbreviations(document, language):
    """The abbreviations of the glossary that the text uses, and what they stand for."""
    used = " ".join(
        passage.text.plain(language) for passage in document.passages() if passage.kind != "term"
    )
    return [
        (term.term.id, _said(term.term if language == "en" else term.definition, language))
        for term in document.terms
        if term.term.id.isupper()
        and term.definition
        and re.search(rf"\b{re.escape(term.term.id)}\b", used)
    ]


def _said(text, language):
    """A text as typst takes it: the language it is shown in, and its runs, each with its own."""
    runs = [
        [re.sub(r"[ \t\r\n]+", " ", words), spoken]
        for words, spoken in text.runs(language)
        if words
    ]
    return {"lang": text.language_shown(language), "runs": runs}


def _short(text, language, left=NODE_WORDS):
    """The first words of a text, as many as are ``left``, and "…" for the rest."""
    said, runs = _said(text, language), []
    for words, spoken in said["runs"]:
        kept = re.match(rf"\s*(?:\S+\s*){{0,{left}}}", words)[0]
        if kept != words:
            return said | {"runs": [*runs, [kept.rstrip(), spoken], ["\u00a0…", said["lang"]]]}
        runs.append([words, spoken])
        left -= len(words.split())
    return said


def _place_of(element, document):
    return _("Element %(number)s of %(total)s") % {
        "number": element.number,
        "total": len(document.elements),
    }


def _mission_name(mission):
    return _("Mission %(number)s") % {"number": mission.number}


def _date(edition):
    return date_format(edition.effective_at.astimezone(WIB), "j F Y")


def _qr_code(address):
    drawing = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawing, kind="svg", dark="#14201a", xmldecl=False
    )
    return drawing.getvalue().decode()


# Made once, kept on disk


def _kept(name, data, edition, **options):
    words = json.dumps(data, ensure_ascii=False, sort_keys=True)
    key = sha256("\0".join([_sources_hash(), name, words]).encode()).hexdigest()
    path = _folder() / f"{key}.{options['format']}"
    if _named is not None:
        _named.add(path)
        return b""
    if _is_anew:
        with one_at_a_time:
            return _made(SOURCES / f"{name}.typ", words, options)
    if content := _read(path):
        return content
    with one_at_a_time:
        if content := _read(path):  # another thread made it meanwhile
            return content
        content = _made(SOURCES / f"{name}.typ", words, options)
        try:
            if edition.pk:  # a preview shows a draft, which has no place outside the database
                _write_whole(path, content)
        except OSError as error:
            logger.warning(settings.DATA_DIR_UNWRITABLE(path.parent, error))
        return content


@contextmanager
def here():
    """Documents are set in this process, five times as quick. For a process that soon ends, as typst keeps memory.

    A document that takes too long ends the process.
    """
    global _is_here
    _is_here = True
    try:
        yield
    finally:
        _is_here = False


@contextmanager
def anew():
    """Documents are set whatever is kept of them, and not kept: for who must not believe the disk.

    Equal input has equal bytes.
    """
    global _is_anew
    _is_anew = True
    try:
        yield
    finally:
        _is_anew = False


@contextmanager
def only_named():
    """Documents are not set. The value is the set of the files that would keep those that are asked for.

    For a process that answers no reader.
    """
    global _named
    _named = set()
    try:
        yield _named
    finally:
        _named = None


def prune(needed):
    """Delete what is kept besides, once it is old. Returns how many files.

    A process that has the file open can still read it; later ones create it again.
    """
    latest = time() - UNUSED_FOR
    old = [path for path in _folder().glob("*") if path not in needed and _made_at(path) < latest]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _folder():
    return settings.DATA_DIR / "kept"


def _made_at(path):
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another has deleted it
        return time()


def _made(source, words, options):
    """The document, set by a process of its own. Raises ``CalledProcessError`` or ``TimeoutExpired``."""
    request = {
        "source": str(source),
        "fonts": [str(SOURCES / "fonts")],
        "data": words,
        "options": options,
    }
    if _is_here:
        from public.booklet.typst.__main__ import document

        signal.alarm(LONGEST)
        try:
            return document(request)
        finally:
            signal.alarm(0)
    done = subprocess.run(
        [sys.executable, "-m", "public.booklet.typst"],
        input=json.dumps(request).encode(),
        capture_output=True,
        check=True,
        cwd=settings.BASE_DIR,
        timeout=LONGEST,
    )
    if done.stderr:
        logger.warning(done.stderr.decode().strip())
    return done.stdout


def _read(path):
    try:
        return path.read_bytes()
    except OSError:
        return None


def _write_whole(path, content):
    """Write a file that others see whole or not at all, whoever else writes it and whenever this process ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # else a power cut could leave the name without the bytes
            os.replace(file.name, path)
        except OSError:
            os.unlink(file.name)
            raise


@cache
def _sources_hash():
    """Of all that typst reads besides the data, and of typst itself."""
    files = sorted([*SOURCES.glob("*.typ"), *SOURCES.glob("fonts/*")])
    parts = [
        part for path in files for part in (path.name.encode(), sha256(path.read_bytes()).digest())
    ]
    return sha256(b"\0".join([version("typst").encode(), *parts])).hexdigest()
