"""Publishing, scheduling, withdrawing and going back: every public change is made here."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.dispatch import Signal
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from editions import clock
from editions.document import Document, DocumentError, Text, canonical_json
from editions.models import Edition, Withdrawal, hash_of, scheduled
from editions.obstacles import blocking_errors
from editions.working_copy import InvalidRow, read_document, write_document
from vision.models import Vision
from vision.text import as_prose, one_line, validate_characters, validate_marks

NO_EDITION_BEFORE = "0" * 64

# Sent after an edition or a withdrawal is committed, with ``vision`` as the id of the vision it belongs to.
publication = Signal()


class Refused(Exception):
    """A publication that the rules of editions do not allow; the message tells its publisher why, and what to do."""


@dataclass(frozen=True)
class Review:
    """What a publisher saw before pressing the button: the newest edition's number (0 for none) and the document."""

    newest: int
    document: Document

    @property
    def token(self):
        """A short name of what was seen, to be sent back with the form."""
        return f"{self.newest}-{hash_of(self.document.to_json().decode())}"


def review(vision, document=None) -> Review:
    """What would be published now: the working copy, or the document given."""
    newest = Edition.objects.filter(vision=vision).order_by("-number").values_list("number", flat=True).first()
    return Review(newest or 0, document or read_document(vision))


def publish(
    vision,
    *,
    note: Text,
    publisher: str,
    document: Document | None = None,
    effective_at: datetime | None = None,
    seen: str | None = None,
    accept_missing_english: bool = False,
    may_be_past: bool = False,
    without_second_reader: bool = False,
) -> Edition:
    """Freeze the working copy (or ``document``) as the vision's next edition.

    ``effective_at`` is an aware time to come, cut to the second; None means now (``clock.soon``). ``may_be_past`` is
    for loading a text that was in force before the portal was. ``seen`` is the token of the ``Review`` that the
    publisher was shown. Raises ``Refused``, and then nothing has changed.
    """
    note = _kept_words(note, _("Write the change note in both languages: readers see it beside the edition."))
    try:
        with transaction.atomic():
            vision = Vision.objects.select_for_update().get(pk=vision.pk)  # one publisher at a time
            editions = list(Edition.objects.filter(vision=vision).summaries())
            reviewed = review(vision, document)
            _check_nobody_came_first(editions, reviewed, seen)
            effective_at = _effective(effective_at, standing(editions), may_be_past=may_be_past)
            _check_document(reviewed.document, standing(editions), accept_missing_english=accept_missing_english)
            edition = _freeze(
                vision, reviewed.document, editions, effective_at, note, publisher, without_second_reader
            )
    except IntegrityError as error:
        raise Refused(_("Another edition was published at this moment. Look at it before you publish.")) from error
    transaction.on_commit(lambda: _tell(vision.pk))
    return edition


def standing(editions) -> Edition | None:
    """The newest edition that is not withdrawn, of those of one vision, the newest first."""
    return next((edition for edition in editions if not edition.is_withdrawn), None)


def _check_nobody_came_first(editions, reviewed, seen):
    newest = editions[0] if editions else None
    if seen is not None and seen != reviewed.token:
        raise Refused(_changed_meanwhile(seen, newest))
    if waiting := scheduled(editions, clock.now()):
        time = date_format(localtime(waiting.effective_at, clock.WIB), "j F Y, H.i.s")
        raise Refused(
            _("Edition %(number)d waits to take effect on %(time)s WIB. Withdraw it first, or wait.")
            % {"number": waiting.number, "time": time}
        )


def _check_document(document, standing, *, accept_missing_english):
    if errors := blocking_errors(document):
        raise Refused(errors[0])
    if document.missing_english() and not accept_missing_english:
        raise Refused(_("Some English is missing. Tick that you know, or add it first."))
    if standing and standing.document == document:
        raise Refused(_("Nothing differs from edition %(number)d.") % {"number": standing.number})
    if Document.from_json(document.to_json()) != document:
        raise Refused(_("The text cannot be kept as it is: it holds characters that are not in Unicode form NFC."))


def _effective(effective_at, standing, *, may_be_past):
    if effective_at and effective_at <= clock.now() and not may_be_past:
        raise Refused(_("The time has passed. Choose one to come, or publish now."))
    effective_at = clock.soon() if effective_at is None else effective_at.astimezone(UTC).replace(microsecond=0)
    if standing and effective_at <= standing.effective_at:
        raise Refused(_("The time must be later than that of edition %(number)d.") % {"number": standing.number})
    return effective_at


def _freeze(vision, document, editions, effective_at, note, publisher, without_second_reader):
    number, previous = (editions[0].number + 1, editions[0].sha256) if editions else (1, NO_EDITION_BEFORE)
    file = edition_file(document, number, effective_at, note, previous)
    return Edition.objects.create(
        vision=vision,
        period_start=document.period_start,
        period_end=document.period_end,
        number=number,
        effective_at=effective_at,
        note_ind=note.id,
        note_en=note.en,
        file=file,
        sha256=hash_of(file),
        publisher=one_line(publisher)[:150],
        published_at=clock.now(),
        missing_english=len(document.missing_english()),
        without_second_reader=without_second_reader,
    )


def _tell(vision):
    """The edition stands already: a receiver that fails is logged, and must not make it look as if it did not."""
    publication.send_robust(sender=Edition, vision=vision)


def _kept_words(text, missing):
    """A note or reason as it is kept for ever. Raises ``Refused``, with ``missing`` where a language is empty."""
    try:
        text = Text(*(_checked(words) for words in (text.id, text.en)))
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    if not (text.id and text.en):
        raise Refused(missing)
    if len(text.id.split("\n\n")) != len(text.en.split("\n\n")):
        raise Refused(_("Divide the Indonesian and the English into the same number of paragraphs."))
    return text


def _checked(words):
    validate_characters(words)
    validate_marks(words)
    return as_prose(words)


def _changed_meanwhile(seen, newest):
    if newest and seen.partition("-")[0] != str(newest.number):
        return _("Edition %(number)d was published meanwhile by %(publisher)s. Look at what differs now.") % {
            "number": newest.number,
            "publisher": newest.publisher,
        }
    return _("The working copy was changed meanwhile. Look at what differs now, then publish.")


def edition_file(document, number, effective_at, note, previous) -> str:
    """The edition's canonical text: document, number, effective time (UTC), note, and the hash of the one before."""
    return canonical_json(
        {
            "document": document.to_dict(),
            "edition": number,
            "effective": effective_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "note": asdict(note),
            "previous": previous,
        }
    ).decode()


def go_back(edition, *, note: Text, publisher: str, reset_working_copy: bool = False, seen: str | None = None):
    """Publish the edition's document again, as the newest edition; see ``publish``.

    ``reset_working_copy`` also makes the working copy equal to it; changes there that were not published are lost.
    Raises ``Refused``, for a withdrawn edition too.
    """
    if edition.is_withdrawn:
        raise Refused(_("Edition %(number)d was withdrawn. Go back to one that stands.") % {"number": edition.number})
    with transaction.atomic():
        if reset_working_copy:  # first: it takes longer than the second by which the edition is dated ahead
            Vision.objects.select_for_update().get(pk=edition.vision_id)  # as whoever saves or publishes begins
            try:
                write_document(edition.document)
            except InvalidRow as error:
                raise Refused(_("The working copy cannot be reset to it: %(reason)s") % {"reason": error}) from error
        return publish(
            edition.vision,
            note=note,
            publisher=publisher,
            document=edition.document,
            seen=seen,
            accept_missing_english=True,
        )


def withdraw(edition, *, reason: Text, withdrawn_by: str) -> Withdrawal:
    """Take the edition out of force, or off the schedule, for ever. Its number stays used.

    Raises ``Refused`` if it is withdrawn already or a reason is missing in a language.
    """
    reason = _kept_words(reason, _("Write the reason in both languages: readers of the old address see it."))
    try:
        with transaction.atomic():
            withdrawal = Withdrawal.objects.create(
                edition=edition,
                withdrawn_at=clock.now(),
                withdrawn_by=withdrawn_by,
                reason_ind=reason.id,
                reason_en=reason.en,
            )
    except IntegrityError as error:
        raise Refused(_("This edition was withdrawn already.")) from error
    transaction.on_commit(lambda: _tell(edition.vision_id))
    return withdrawal


def faults_of_editions() -> list[str]:
    """What is wrong with the editions that are stored, of every vision; empty if all is as published."""
    columns = ("vision_id", "period_start", "period_end", "number", "effective_at", "note_ind", "note_en")
    editions = Edition.objects.only(*columns, "file", "sha256").order_by("vision_id", "number")
    chains = groupby(editions.iterator(), key=lambda edition: edition.vision_id)
    return [fault for _, chain in chains for fault in faults_of_chain(chain)]


def faults_of_chain(editions) -> list[str]:
    """What is wrong with the editions of one vision, in the order of their numbers; empty if all is as published."""
    faults, previous, expected = [], NO_EDITION_BEFORE, 1
    for edition in editions:
        faults += [
            f"{edition.period} edition {edition.number}: {fault}" for fault in _faults(edition, expected, previous)
        ]
        previous, expected = edition.sha256, edition.number + 1
    return faults


def _faults(edition, expected, previous):
    if edition.number != expected:
        yield f"edition {expected} is gone"
    if hash_of(edition.file) != edition.sha256:
        yield "the file was changed: it does not match its SHA-256"
    try:
        data = json.loads(edition.file)
        document = Document.from_dict(data["document"])
        Text(**data["note"])
    except (ValueError, KeyError, TypeError) as error:
        reason = error if isinstance(error, DocumentError) else "it is not an edition’s file"
        yield f"the file cannot be read: {reason}"
        return
    if data.get("previous") != previous:
        yield "it does not follow the edition before it"
    if (
        edition_file(document, edition.number, edition.effective_at, edition.note, data.get("previous"))
        != edition.file
    ):
        yield "its number, time or note differ from its file"
    if document.period != edition.period:
        yield "its years differ from its file"
