"""The official text as shipped: TOML files with both languages (``vision/official``)."""

import tomllib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from django.db import transaction
from django.dispatch import Signal

from editions import clock, fields
from editions.document import (
    Document,
    ElementText,
    GoalText,
    MissionText,
    PointText,
    TermText,
    Text,
)
from editions.fields import Languages
from editions.publishing import Refused, publish
from editions.working_copy import InvalidRow, read_document, vision_of, write_document

FOLDER = Path(__file__).resolve().parent.parent / "vision" / "official"
PUBLISHER = "load_official_text"

# Sent in the transaction in which a text is loaded: ``vision``, and its ``documents``.
loaded = Signal()


class OfficialTextError(Exception):
    """The file cannot be loaded; the message names the file and the key."""


@dataclass(frozen=True)
class OfficialText:
    """``documents`` are those of the editions: as received, corrected, and with the additions."""

    documents: tuple[Document, ...]
    notes: tuple[Text, ...]

    @property
    def received(self):
        return self.documents[0]

    @property
    def corrected(self):
        return self.documents[1]

    @property
    def extended(self):
        return self.documents[2]


def files():
    """The official texts that are shipped, as paths of TOML files."""
    return sorted(FOLDER.glob("????-????.toml"))


def received_file(period):
    """The path of the text as received for a period such as ``2016-2021``; it may be missing."""
    return FOLDER / f"{period}.txt"


def read(path):
    """Read and check the file and its additions.

    Raises ``OfficialTextError`` with file and key of the fault.
    """
    data = _parsed(path)
    with _naming_missing_keys(path):
        _check_received(path, data)
        received = _document(path, data)
        corrected = _corrected(path, received, data["corrections"])
        notes = [Text(**edition["note"]) for edition in data["editions"]]
    additions = path.with_name(f"{path.stem}.additions.toml")
    data = _parsed(additions)
    with _naming_missing_keys(additions):
        extended = _extended(additions, corrected, data)
        notes.append(Text(**data["note"]))
    return OfficialText((received, corrected, extended), tuple(notes))


def _parsed(path):
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise OfficialTextError(f"{path.name}: {error}") from error


@contextmanager
def _naming_missing_keys(path):
    try:
        yield
    except KeyError as error:
        raise OfficialTextError(f"{path.name}: the key {error} is missing") from error


def _check_received(path, data):
    received = path.parent / data["received"]
    if not received.exists() or sha256(received.read_bytes()).hexdigest() != data["sha256"]:
        raise OfficialTextError(
            f"{path.name}, received: {data['received']} is not the text as received"
        )


def _document(path, data):
    return Document(
        **_row(path, "vision", data["vision"], Document),
        elements=tuple(
            ElementText(
                **_row(path, f"elements {number}", row, ElementText),
                points=_points(path, f"elements {number}", f"u{number}", row, PointText),
            )
            for number, row in enumerate(data["elements"], start=1)
        ),
        missions=tuple(
            MissionText(
                **_row(path, f"missions {number}", row, MissionText),
                points=_points(path, f"missions {number}", f"m{number}", row, GoalText),
            )
            for number, row in enumerate(data["missions"], start=1)
        ),
        terms=_terms(path, data),
    )


def _terms(path, data):
    terms = [
        TermText(**_row(path, f"terms {number}", row, TermText))
        for number, row in enumerate(data["terms"], start=1)
    ]
    return tuple(sorted(terms, key=lambda term: (term.term.id.casefold(), term.term.id)))


def _points(path, key, anchor, owner, shape):
    """The points of an element or a mission, or the items of a point, in its table ``owner``."""
    rows = owner.get("points") or owner.get("items", [])
    return tuple(
        shape(
            anchor=f"{anchor}-{number}",
            **_row(path, f"{key} points {number}", row, shape),
            points=_points(path, f"{key} points {number}", f"{anchor}-{number}", row, shape),
        )
        for number, row in enumerate(rows, start=1)
    )


def _row(path, key, row, shape):
    """The values of one table of the file."""
    values = {}
    for name, value in row.items():
        if name in ("points", "items"):
            continue
        if name not in shape.__dataclass_fields__:
            raise OfficialTextError(f"{path.name}, {key}: the key “{name}” is unknown")
        if isinstance(value, dict):
            needs_indonesian = fields.find(shape.kind, name).languages != Languages.SEPARATE
            if not value.keys() <= {"id", "en"} or (needs_indonesian and not value.get("id")):
                raise OfficialTextError(f"{path.name}, {key}: “{name}” needs its Indonesian (id)")
            value = Text(**value)
        values[name] = value
    return values


def _corrected(path, document, corrections):
    for correction in corrections:
        where, received = correction["where"], correction["received"]
        document, count = _replaced(document, where, "id", received, correction["corrected"])
        _check_once(path, "corrections", where, received, count)
    return document


def _extended(path, document, data):
    """The document with its English corrected, the editors' own words, and another glossary."""
    for change in data["english"]:
        where, before = change["where"], change["before"]
        document, count = _replaced(document, where, "en", before, change["after"])
        _check_once(path, "english", where, before, count)
    words = {
        anchor: _row(path, anchor, row, {"u": ElementText, "m": MissionText}[anchor[0]])
        for anchor, row in data["words"].items()
    }
    return replace(
        changed_rows(document, lambda row: replace(row, **words.get(row.anchor, {}))),
        terms=_terms(path, data),
    )


def _check_once(path, key, where, words, count):
    if count != 1:
        raise OfficialTextError(
            f"{path.name}, {key} {where}: “{words}” stands there {count} times, not once"
        )


def _replaced(document, where, language, before, after):
    """The document with the words of the passage replaced, and how often they stood there."""
    count = 0

    def fix(row):
        nonlocal count
        if where != row.anchor and where not in dict(getattr(row, "paragraphs", ())):
            return row
        texts = {}
        for field in fields.of(row.kind):
            if not field.is_shared:
                text = getattr(row, field.name)
                words = getattr(text, language)
                count += words.count(before)
                texts[field.name] = replace(text, **{language: words.replace(before, after)})
        return replace(row, **texts)

    return changed_rows(document, fix), count


def changed_rows(document, change):
    """The document after ``change`` was called with each element, point and mission."""

    def changed(row):
        points = tuple(changed(point) for point in row.points)
        return change(replace(row, points=points))

    return replace(
        document,
        elements=tuple(changed(element) for element in document.elements),
        missions=tuple(changed(mission) for mission in document.missions),
    )


def load(path, at=None):
    """Load a new vision with its three editions, all or nothing.

    ``at`` is the aware time at which edition 1 takes effect, each other a second after the one
    before it; None means now. Returns None, and changes nothing, where a vision for these years
    exists. Raises ``OfficialTextError``, also for a time to come.
    """
    try:
        return publish_all(read(path), at)
    except (InvalidRow, Refused) as error:
        raise OfficialTextError(f"{path.name}, {error}") from error


def publish_all(text, at=None):
    """Publish the documents of the text as ``load`` says. Raises ``InvalidRow`` and ``Refused``."""
    now = clock.now()
    latest = now - timedelta(seconds=len(text.documents))  # so that none has to wait
    if at and at > now:
        raise OfficialTextError(
            "--at: the official text takes effect at once or took effect in the past, not later"
        )
    at = min(at or latest, latest).replace(microsecond=0)
    with transaction.atomic():
        if vision_of(text.received):
            return None
        for seconds, (document, note) in enumerate(zip(text.documents, text.notes, strict=True)):
            vision = write_document(document)
            publish(
                vision,
                note=note,
                publisher=PUBLISHER,
                # The first two editions published the notes for translators, too.
                document=document if seconds < 2 else None,
                effective_at=at + timedelta(seconds=seconds),
                may_be_past=True,
            )
        loaded.send(OfficialText, vision=vision, documents=text.documents)
        return vision


def add(path):
    """Put the additions into the working copy wherever it still equals edition 2.

    Publishes nothing. Returns the keys of the passages that somebody changed: they stay as they
    are. Raises ``OfficialTextError``.
    """
    text = read(path)
    vision = vision_of(text.corrected)
    additions = Additions(text, read_document(vision))
    try:
        with transaction.atomic():
            document = additions.document()
            if document != additions.mine:
                write_document(document)
                loaded.send(OfficialText, vision=vision, documents=[text.extended])
    except InvalidRow as error:
        raise OfficialTextError(f"{path.name}, {error}") from error
    return additions.left_alone


class Additions:
    """What the additions change in a working copy.

    ``left_alone`` are the keys of the passages that somebody changed.
    """

    def __init__(self, text, mine):
        self.mine, self.left_alone = mine, []
        self.before, self.after = _rows_by_anchor(text.corrected), _rows_by_anchor(text.extended)

    def document(self):
        document = changed_rows(self.mine, self.extended)
        standing = {term.anchor for term in self.mine.terms}
        terms = [self.extended(term) for term in self.mine.terms if not self.is_dropped(term)]
        terms += [
            row
            for anchor, row in self.after.items()
            if row.kind == "term" and anchor not in {*standing, *self.before}
        ]
        return replace(document, terms=tuple(terms))

    def is_dropped(self, term):
        """Whether the additions drop the term, and nobody has changed it."""
        before = self.before.get(term.anchor)
        is_dropped = before and term.anchor not in self.after
        if is_dropped and any(self.is_changed(term, before, each) for each in _published("term")):
            self.left_alone.append(f"{term.anchor}.term")
            return False
        return bool(is_dropped)

    def extended(self, row):
        before, after = self.before.get(row.anchor), self.after.get(row.anchor)
        if not before or not after:
            return row
        texts = {}
        for field in _published(row.kind):
            text = getattr(after, field.name)
            if text == getattr(before, field.name):
                continue
            if not self.is_changed(row, before, field):
                texts[field.name] = text
            elif getattr(row, field.name) != text:
                self.left_alone.append(row.passage(field).key)
        return replace(row, **texts)

    def is_changed(self, row, before, field):
        return getattr(row, field.name) != getattr(before, field.name)


def _published(kind):
    return [field for field in fields.of(kind) if field.is_published]


def _rows_by_anchor(document):
    rows = [*document.elements, *document.missions, *document.terms]
    points = [point for part in document.parts() for point in part.all_points()]
    return {row.anchor: row for row in [*rows, *points]}
