import hashlib
import json
from functools import cached_property, lru_cache

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from editions.document import Document, InForce, Text
from vision.models import Vision

DAMAGED = (ValueError, KeyError, TypeError)  # errors of reading a damaged edition


class Permanent(Exception):
    """Editions and withdrawals cannot be changed or deleted."""

    def __init__(self):
        super().__init__(
            _("Editions are permanent: they are not changed and not deleted. Publish a new one.")
        )


class PermanentQuerySet(models.QuerySet):
    def update(self, **fields):
        raise Permanent

    def bulk_update(self, *args, **options):
        raise Permanent

    def delete(self):
        raise Permanent


class PermanentModel(models.Model):
    """A row that is written once. Triggers (``editions.triggers``) enforce it too."""

    objects = PermanentQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, **options):
        if not self._state.adding:
            raise Permanent
        super().save(**options | {"force_insert": True})

    def delete(self, **options):
        raise Permanent


class EditionQuerySet(PermanentQuerySet):
    def summaries(self):
        """The editions with the columns of lists, without their files, the newest first."""
        return self.select_related("withdrawal").defer("file").order_by("-number")

    def summaries_at(self, moment):
        """The same, without the withdrawals after ``moment``."""
        withdrawals = Withdrawal.objects.filter(withdrawn_at__lte=moment)
        return (
            self.prefetch_related(models.Prefetch("withdrawal", withdrawals))
            .defer("file")
            .order_by("-number")
        )


class Edition(InForce, PermanentModel):
    """A frozen copy of one vision in both languages.

    ``file`` is its canonical text (``editions.publishing.edition_file``), ``sha256`` the hash of
    that text as 64 hexadecimal digits. Other columns repeat the file, for lists and constraints.
    Only ``publisher``, ``published_at``, ``missing_english`` and ``without_second_reader`` are not
    in it: they are never shown in public.
    """

    # A vision can be deleted if none of its editions took effect. Its editions remain, so this
    # column may hold the id of a deleted vision. The triggers keep every other vision, and refuse
    # an edition without one.
    vision = models.ForeignKey(
        Vision,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="editions",
        verbose_name=_("vision"),
    )
    period_start = models.PositiveSmallIntegerField(_("first year"))
    period_end = models.PositiveSmallIntegerField(_("last year"))
    first_day = models.DateField(_("first day in force"), null=True)
    last_day = models.DateField(_("last day in force"), null=True)
    number = models.PositiveIntegerField(_("number"))
    effective_at = models.DateTimeField(_("takes effect"))
    note_ind = models.TextField(_("change note (Indonesian)"))
    note_en = models.TextField(_("change note (English)"))
    file = models.TextField(_("file"))
    sha256 = models.CharField(_("SHA-256"), max_length=64, unique=True)
    publisher = models.CharField(_("published by"), max_length=150)
    published_at = models.DateTimeField(_("published at"))
    missing_english = models.PositiveIntegerField(
        _("passages without English"), default=0, help_text=_("Ticked as known by the publisher.")
    )
    without_second_reader = models.BooleanField(
        _("without a second reader"),
        default=False,
        db_default=False,
        help_text=_("The publisher had written some of what this edition changes."),
    )

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = [
            "vision_id",
            "-number",
        ]  # by the column: a join would hide the editions of a deleted vision
        permissions = [("publish_edition", _("Can publish, schedule, withdraw and go back"))]
        constraints = [
            models.UniqueConstraint(
                fields=["vision", "number"],
                name="edition_number_once_per_vision",
                violation_error_message=_(
                    "This number is taken: another edition was published meanwhile."
                ),
            ),
            models.CheckConstraint(
                condition=Q(note_ind__gt="") & Q(note_en__gt=""),
                name="edition_has_note_in_both_languages",
                violation_error_message=_("Write the change note in both languages."),
            ),
        ]

    def __str__(self):
        return _("Edition %(number)d of %(period)s") % {
            "number": self.number,
            "period": self.years,
        }

    @property
    def days(self):
        return [self.first_day, self.last_day]

    @property
    def note(self):
        return Text(self.note_ind, self.note_en)

    @property
    def is_withdrawn(self):
        return hasattr(self, "withdrawal")

    @property
    def never_took_effect(self):
        """Whether it was withdrawn before its time, so that no reader saw it."""
        return self.is_withdrawn and self.withdrawal.before_its_time

    @cached_property
    def document(self):
        return document_of(self.pk, self.sha256)


@lru_cache(maxsize=64)
def document_of(pk, sha256):
    """The document of a stored edition, kept in memory under its hash.

    Raises one of ``DAMAGED`` if its file is damaged.
    """
    return Document.from_dict(
        json.loads(Edition.objects.values_list("file", flat=True).get(pk=pk))["document"]
    )


def hash_of(file):
    return hashlib.sha256(file.encode()).hexdigest()


def in_force(editions, now):
    """The highest of one vision's editions that is in effect and not withdrawn, or None."""
    due = [
        edition for edition in editions if edition.effective_at <= now and not edition.is_withdrawn
    ]
    return max(due, key=lambda edition: edition.number, default=None)


def scheduled(editions, now):
    """The edition of one vision that waits for its time, or None."""
    waiting = [
        edition for edition in editions if edition.effective_at > now and not edition.is_withdrawn
    ]
    return max(waiting, key=lambda edition: edition.number, default=None)


class Withdrawal(PermanentModel):
    edition = models.OneToOneField(
        Edition, on_delete=models.PROTECT, related_name="withdrawal", verbose_name=_("edition")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"))
    withdrawn_by = models.CharField(_("withdrawn by"), max_length=150)
    before_its_time = models.BooleanField(
        _("before its time"),
        default=False,
        db_default=False,
        help_text=_("The edition never took effect: nobody read it, so no reason is given."),
    )
    reason_ind = models.TextField(_("reason (Indonesian)"), blank=True)
    reason_en = models.TextField(_("reason (English)"), blank=True)

    class Meta:
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        constraints = [
            # Rows of older portals may have a reason before their time; triggers refuse new ones.
            models.CheckConstraint(
                condition=Q(before_its_time=True) | (Q(reason_ind__gt="") & Q(reason_en__gt="")),
                name="withdrawal_has_reason_in_both_languages",
                violation_error_message=_("Write the reason in both languages."),
            ),
        ]

    def __str__(self):
        return str(self.edition)

    @property
    def reason(self):
        return Text(self.reason_ind, self.reason_en)
