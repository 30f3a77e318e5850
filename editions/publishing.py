"""Publishing, scheduling, withdrawing and going back: every public change is made here."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, timedelta
from itertools import groupby

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from editions import clock
from editions.blockers import blocking_errors
from editions.document import Document, DocumentError, Text, canonical_json
from editions.models import DAMAGED, Edition, Withdrawal, hash_of, scheduled
from editions.working_copy import InvalidRow, read_document, write_document
from vision.models import Vision
from vision.text import as_prose, one_line, validate_characters, validate_marks

NO_EDITION_BEFORE = "0" * 64
FAR = timedelta(days=366)  # a later time must be confirmed: until then nothing else is published
HAS_TAKEN_EFFECT = _(
    "Edition %(number)d has taken effect meanwhile: readers see it. Give the reason, then "
    "withdraw it."
)

# Sent after an edition or a withdrawal is committed; ``vision`` is the id of its vision.
publication = Signal()


class Refused(Exception):
    """The rules of editions refuse a publication; the message says why and what to do."""


@dataclass(frozen=True)
class Review:
    """The text that a publisher saw: the newest edition's number (0 for none) and the document."""

    newest: int
    document: Document

    @property
    def token(self):
        """A short name of this state, which the form sends back."""
        return f"{self.newest}-{hash_of(self.document.to_json().decode())}"


def review(vision, document=None):
    """The text that would be published now: the working copy, or ``document``."""
    newest = (
        Edition.objects.filter(vision=vision)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    return Review(newest or 0, document or read_document(vision))


def publish(
    vision,
    *,
    note,
    publisher,
    document=None,
    effective_at=None,
    seen=None,
    accept_missing_english=False,
    may_be_past=False,
    may_be_far=False,
    without_second_reader=False,
    replaces=None,
):
    """Freeze the working copy (or ``document``) as the vision's next edition.

    ``effective_at`` is an aware time to come, cut to the second; None means now (``clock.soon``).
    ``may_be_past`` is for a text that was in force before the portal existed. ``seen`` is the token
    of the ``Review`` that the publisher saw. ``replaces`` is the number of a scheduled edition.
    Raises ``Refused``, and then nothing has changed.
    """
    note = _kept_words(
        note, _("Write the change note in both languages: readers see it beside the edition.")
    )
    try:
        with transaction.atomic():
            vision = held(vision)
            _check_clock()
            editions = list(Edition.objects.filter(vision=vision).summaries())
            reviewed = review(vision, document)
            _check_nobody_came_first(editions, reviewed, seen, replaces)
            if replaces:
                _withdraw_waiting(editions, replaces, publisher)
                editions = list(Edition.objects.filter(vision=vision).summaries())
            effective_at = _effective(effective_at, standing(editions), may_be_past=may_be_past)
            if is_far(effective_at) and not may_be_far:
                raise Refused(far_question(effective_at))
            _check_document(
                reviewed.document, standing(editions), accept_missing_english=accept_missing_english
            )
            edition = _freeze(
                vision,
                reviewed.document,
                editions,
                effective_at,
                note,
                publisher,
                without_second_reader,
            )
    except IntegrityError as error:
        raise Refused(
            _("Another edition was published at this moment. Look at it before you publish.")
        ) from error
    transaction.on_commit(lambda: _tell(vision.pk))
    return edition


def held(vision):
    """Lock the vision until the transaction ends, and return it. Raises ``Refused``."""
    try:
        return Vision.objects.select_for_update().get(pk=vision.pk)
    except Vision.DoesNotExist as error:
        raise Refused(_("This vision was deleted meanwhile. History can put it back.")) from error


def _check_clock():
    """Refuse while the clock is not trusted.

    An edition dated by a wrong clock takes effect too early or too late, and its date cannot be
    corrected.
    """
    reading = clock.read()
    if not reading.is_believed:
        raise Refused(
            _(
                "The clock of the server shows %(now)s, which is earlier than what readers have "
                "seen already. Ask the operator to set it; then try again."
            )
            % {"now": clock.in_wib(reading.now)}
        )


def standing(editions):
    """The newest edition that is not withdrawn, of those of one vision, the newest first."""
    return next((edition for edition in editions if not edition.is_withdrawn), None)


def _check_nobody_came_first(editions, reviewed, seen, replaces):
    newest = editions[0] if editions else None
    if seen is not None and seen != reviewed.token:
        raise Refused(_changed_meanwhile(seen, newest))
    waiting = scheduled(editions, clock.now())
    if waiting and waiting.number != replaces:
        raise Refused(
            _(
                "Edition %(number)d waits to take effect on %(time)s. Replace it, withdraw it "
                "first, or wait."
            )
            % {"number": waiting.number, "time": clock.in_wib(waiting.effective_at)}
        )


def _withdraw_waiting(editions, number, name):
    edition = next((edition for edition in editions if edition.number == number), None)
    if edition is None or not is_waiting(edition):
        raise Refused(no_longer_waits(edition))
    _withdraw(edition, name)


def is_waiting(edition):
    """Whether it can be withdrawn before its time: workers may show it a moment early."""
    return edition.effective_at > clock.read().moment + clock.LEAD and not edition.is_withdrawn


def no_longer_waits(edition):
    """The sentence that it can no longer be moved or withdrawn early, with the next step."""
    if edition is None:
        return _("There is no such edition. Look at what is scheduled.")
    if edition.is_withdrawn:
        return _(
            "Edition %(number)d was withdrawn meanwhile by %(name)s. Publish without replacing it."
        ) % {
            "number": edition.number,
            "name": edition.withdrawal.withdrawn_by,
        }
    return _(
        "Edition %(number)d has taken effect meanwhile, or does so at this moment: readers see it. "
        "Publish what differs from it as the next edition, or withdraw it with a reason."
    ) % {"number": edition.number}


def is_far(moment):
    return moment > clock.now() + FAR


def far_question(moment):
    """The question before an edition is scheduled for a time later than ``FAR``."""
    return _(
        "%(time)s is more than a year ahead. Until then nothing else can be published for this "
        "vision, unless this edition is moved, replaced or withdrawn. Confirm that this is the "
        "time you mean, or give another."
    ) % {"time": clock.in_wib(moment)}


def _check_document(document, standing, *, accept_missing_english):
    if errors := blocking_errors(document):
        raise Refused(errors[0])
    if document.missing_english() and not accept_missing_english:
        raise Refused(_("Some English is missing. Tick that you know, or add it first."))
    if standing and standing.document == document:
        raise Refused(_("Nothing differs from edition %(number)d.") % {"number": standing.number})
    if Document.from_json(document.to_json()) != document:
        raise Refused(
            _(
                "The text cannot be kept as it is: it holds characters that are not in Unicode "
                "form NFC."
            )
        )


def _effective(effective_at, standing, *, may_be_past):
    if effective_at and effective_at <= clock.now() and not may_be_past:
        raise Refused(_("The time has passed. Choose one to come, or publish now."))
    effective_at = (
        clock.soon()
        if effective_at is None
        else effective_at.astimezone(UTC).replace(microsecond=0)
    )
    if standing and effective_at <= standing.effective_at:
        raise Refused(
            _("The time must be later than that of edition %(number)d.")
            % {"number": standing.number}
        )
    return effective_at


def _freeze(vision, document, editions, effective_at, note, publisher, without_second_reader):
    number, previous = (
        (editions[0].number + 1, editions[0].sha256) if editions else (1, NO_EDITION_BEFORE)
    )
    edition = unsaved_edition(
        vision,
        document,
        number,
        effective_at,
        note,
        previous,
        publisher=one_line(publisher)[:150],
        published_at=clock.now(),
        without_second_reader=without_second_reader,
    )
    edition.save()
    return edition


def unsaved_edition(vision, document, number, effective_at, note, previous, **others):
    """The edition with its file and hash, not saved: to publish it, or to preview it."""
    file = edition_file(document, number, effective_at, note, previous)
    first_day, last_day = document.days
    return Edition(
        vision=vision,
        period_start=document.period_start,
        period_end=document.period_end,
        first_day=first_day,
        last_day=last_day,
        number=number,
        effective_at=effective_at,
        note_ind=note.id,
        note_en=note.en,
        file=file,
        sha256=hash_of(file),
        missing_english=len(document.missing_english()),
        **others,
    )


def _tell(vision):
    """The edition is committed: a failing receiver is logged and must not look like a refusal."""
    publication.send_robust(sender=Edition, vision=vision)


def _kept_words(text, missing):
    """The note or reason, cleaned. Raises ``Refused``: ``missing`` if a language is empty."""
    try:
        text = Text(*(_checked(words) for words in (text.id, text.en)))
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    if not (text.id and text.en):
        raise Refused(missing)
    if len(text.id.split("\n\n")) != len(text.en.split("\n\n")):
        raise Refused(
            _("Divide the Indonesian and the English into the same number of paragraphs.")
        )
    return text


def _checked(words):
    validate_characters(words)
    validate_marks(words)
    return as_prose(words)


def _changed_meanwhile(seen, newest):
    if newest and seen.partition("-")[0] != str(newest.number):
        return _(
            "Edition %(number)d was published meanwhile by %(publisher)s. Look at what differs now."
        ) % {
            "number": newest.number,
            "publisher": newest.publisher,
        }
    return _("The working copy was changed meanwhile. Look at what differs now, then publish.")


def edition_file(document, number, effective_at, note, previous):
    """The canonical text of an edition; ``previous`` is the hash of the edition before."""
    return canonical_json(
        {
            "document": document.to_dict(),
            "edition": number,
            "effective": effective_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "note": asdict(note),
            "previous": previous,
        }
    ).decode()


def go_back(edition, *, note, publisher, reset_working_copy=False, seen=None):
    """Publish the edition's document again, as the newest edition; see ``publish``.

    ``reset_working_copy`` also makes the working copy equal to it: unpublished changes are lost.
    Raises ``Refused``, for a withdrawn edition too.
    """
    if edition.is_withdrawn:
        raise Refused(
            _("Edition %(number)d was withdrawn. Choose one that was not withdrawn.")
            % {"number": edition.number}
        )
    if errors := blocking_errors(edition.document):
        raise Refused(errors[0])
    with transaction.atomic():
        if reset_working_copy:
            # Before publishing: it takes longer than the second by which editions are dated ahead.
            held(edition.vision)
            try:
                write_document(edition.document)
            except InvalidRow as error:
                raise Refused(
                    _("The working copy cannot be reset to it: %(reason)s") % {"reason": error}
                ) from error
        return publish(
            edition.vision,
            note=note,
            publisher=publisher,
            document=edition.document,
            seen=seen,
            accept_missing_english=True,
        )


def move(edition, *, effective_at, publisher, **options):
    """Publish a scheduled edition again for another time: same text and note, next number.

    ``effective_at`` is None for now; ``options`` are those of ``publish``. Raises ``Refused``.
    """
    if effective_at == edition.effective_at:
        raise Refused(_("It already has this time. Choose another."))
    return publish(
        edition.vision,
        note=edition.note,
        publisher=publisher,
        document=edition.document,
        effective_at=effective_at,
        accept_missing_english=True,
        without_second_reader=edition.without_second_reader,
        replaces=edition.number,
        **options,
    )


def withdraw(edition, *, reason, withdrawn_by):
    """Take an edition that took effect out of force for ever. Its number stays used.

    Raises ``Refused`` if it is withdrawn, has not taken effect, or lacks a reason in a language.
    """
    reason = _kept_words(
        reason, _("Write the reason in both languages: readers of the old address see it.")
    )
    return _withdraw(edition, withdrawn_by, reason)


def withdraw_before_its_time(edition, *, withdrawn_by):
    """Take an edition off the schedule for ever. No reader saw it, so no reason is needed.

    Raises ``Refused`` if it is already withdrawn or has taken effect.
    """
    if edition.is_withdrawn:
        raise Refused(_("This edition was withdrawn already."))
    if not is_waiting(edition):
        raise Refused(HAS_TAKEN_EFFECT % {"number": edition.number})
    return _withdraw(edition, withdrawn_by)


def _withdraw(edition, name, reason=None):
    _check_clock()
    if reason and is_waiting(edition):
        raise Refused(
            _(
                "Edition %(number)d has not taken effect, so nobody can read a reason. Withdraw "
                "it without one."
            )
            % {"number": edition.number}
        )
    try:
        with transaction.atomic():
            withdrawal = Withdrawal.objects.create(
                edition=edition,
                withdrawn_at=clock.now(),
                withdrawn_by=one_line(name)[:150],
                before_its_time=reason is None,
                reason_ind=reason.id if reason else "",
                reason_en=reason.en if reason else "",
            )
    except IntegrityError as error:
        raise Refused(
            _("This edition was withdrawn already, or has taken effect at this moment. Look again.")
        ) from error
    transaction.on_commit(lambda: _tell(edition.vision_id))
    return withdrawal


def faults_of_editions(alias="default"):
    """The faults of all stored editions, as sentences."""
    columns = (
        "vision_id",
        "period_start",
        "period_end",
        "first_day",
        "last_day",
        "number",
        "effective_at",
        "note_ind",
        "note_en",
    )
    editions = Edition.objects.using(alias).only(*columns, "file", "sha256")
    editions = editions.order_by("vision_id", "number")
    chains = groupby(editions.iterator(), key=lambda edition: edition.vision_id)
    return [fault for _, chain in chains for fault in faults_of_chain(chain)]


def faults_of_chain(editions):
    """The faults of one vision's editions, which come in the order of their numbers."""
    faults, previous, expected = [], NO_EDITION_BEFORE, 1
    for edition in editions:
        faults += [
            f"{edition.period} edition {edition.number}: {fault}"
            for fault in _faults(edition, expected, previous)
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
    except DAMAGED as error:
        reason = error if isinstance(error, DocumentError) else "it is not an edition’s file"
        yield f"the file cannot be read: {reason}"
        return
    if data.get("previous") != previous:
        yield "it does not follow the edition before it"
    if (
        edition_file(
            document, edition.number, edition.effective_at, edition.note, data.get("previous")
        )
        != edition.file
    ):
        yield "its number, time or note differ from its file"
    if document.period != edition.period:
        yield "its years differ from its file"
    if document.days != edition.days:
        yield "its days in force differ from its file"
