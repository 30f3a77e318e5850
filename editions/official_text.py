"""The official text as shipped: a TOML file with both languages (``vision/official``)."""

import tomllib
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from django.db import transaction
from django.dispatch import Signal

from editions import clock, fields
from editions.document import Document, ElementText, MissionText, PointText, TermText, Text
from editions.fields import Languages
from editions.publishing import Refused, publish
from editions.working_copy import InvalidRow, write_document
from vision.models import Vision

FOLDER = Path(__file__).resolve().parent.parent / "vision" / "official"
PUBLISHER = "load_official_text"

# Sent in the transaction in which a text is loaded: ``vision``, and ``text``, the ``OfficialText``.
loaded = Signal()


class OfficialTextError(Exception):
    """The file cannot be loaded; the message names the file and the key."""


@dataclass(frozen=True)
class OfficialText:
    received: Document
    corrected: Document
    notes: tuple[Text, Text]


def files():
    """The official texts that are shipped, as paths of TOML files."""
    return sorted(FOLDER.glob("*.toml"))


def received_file(period):
    """The path of the text as received for a period such as ``2016-2021``; it may be missing."""
    return FOLDER / f"{period}.txt"


def read(path):
    """Read and check the file. Raises ``OfficialTextError`` with file and key of the fault."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        _check_received(path, data)
        received = _document(path, data)
        return OfficialText(
            received,
            _corrected(path, received, data["corrections"]),
            tuple(Text(**edition["note"]) for edition in data["editions"]),
        )
    except tomllib.TOMLDecodeError as error:
        raise OfficialTextError(f"{path.name}: {error}") from error
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
                points=_points(path, f"elements {number}", f"u{number}", row.get("points", [])),
            )
            for number, row in enumerate(data["elements"], start=1)
        ),
        missions=tuple(
            MissionText(**_row(path, f"missions {number}", row, MissionText))
            for number, row in enumerate(data["missions"], start=1)
        ),
        terms=tuple(
            sorted(
                (
                    TermText(**_row(path, f"terms {n}", row, TermText))
                    for n, row in enumerate(data["terms"], start=1)
                ),
                key=lambda term: (term.term.id.casefold(), term.term.id),
            )
        ),
    )


def _points(path, key, anchor, rows):
    return tuple(
        PointText(
            anchor=f"{anchor}-{number}",
            **_row(path, f"{key} points {number}", row, PointText),
            points=_points(
                path, f"{key} points {number}", f"{anchor}-{number}", row.get("items", [])
            ),
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
        where = correction["where"]
        document, count = _replaced(
            document, where, correction["received"], correction["corrected"]
        )
        if count != 1:
            raise OfficialTextError(
                f"{path.name}, corrections {where}: “{correction['received']}” stands there "
                f"{count} times, not once"
            )
    return document


def _replaced(document, where, received, corrected):
    """The document with the words of the passage replaced, and how often they stood there."""
    count = 0

    def fix(row):
        nonlocal count
        texts = {}
        for field in fields.of(row.kind):
            if not field.is_shared:
                text = getattr(row, field.name)
                count += text.id.count(received)
                texts[field.name] = replace(text, id=text.id.replace(received, corrected))
        return replace(row, **texts)

    def fix_point(point):
        point = replace(point, points=tuple(fix_point(item) for item in point.points))
        return fix(point) if point.anchor == where else point

    def fix_element(element):
        element = replace(element, points=tuple(fix_point(point) for point in element.points))
        return fix(element) if where in dict(element.paragraphs) else element

    document = replace(
        document,
        elements=tuple(fix_element(element) for element in document.elements),
        missions=tuple(
            fix(mission) if mission.anchor == where else mission for mission in document.missions
        ),
    )
    return document, count


def load(path, at=None):
    """Load a new vision with editions 1 (as received) and 2 (corrected), all or nothing.

    ``at`` is the aware time at which edition 1 takes effect, edition 2 a second later; None means
    now. Returns None, and changes nothing, where a vision for these years exists. Raises
    ``OfficialTextError``, also for a time to come.
    """
    text = read(path)
    years = {"period_start": text.received.period_start, "period_end": text.received.period_end}
    now = clock.now()
    at = (at or now).replace(microsecond=0)
    if at > now:
        raise OfficialTextError(
            "--at: the official text takes effect at once or took effect in the past, not later"
        )
    with transaction.atomic():
        if Vision.objects.filter(**years).exists():
            return None
        for seconds, (document, note) in enumerate(
            zip([text.received, text.corrected], text.notes, strict=True)
        ):
            try:
                vision = write_document(document)
                publish(
                    vision,
                    note=note,
                    publisher=PUBLISHER,
                    effective_at=at + timedelta(seconds=seconds),
                    may_be_past=True,
                )
            except (InvalidRow, Refused) as error:
                raise OfficialTextError(f"{path.name}, {error}") from error
        loaded.send(OfficialText, vision=vision, text=text)
        return vision
