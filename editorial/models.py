from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models.functions import Length, Now, Trim
from django.db.models.lookups import GreaterThan, LessThanOrEqual
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from editions.models import PermanentModel
from editorial.current_request import acting_person
from editorial.translation.memory.origins import words_of
from vision.fields import PROSE_LENGTH
from vision.models import Vision
from vision.text import as_line, validate_characters, years_of

GUEST_NAME_LENGTH, GUEST_WORDS_LENGTH = 100, 2000  # of a person without an account
UNSEEN_IN_USER_NAME = _(
    "This user name holds a character that nobody sees. Type it again, letter by letter."
)


class Account(AbstractUser):
    """A member of the city's staff."""

    class Reminders(models.TextChoices):
        NONE = "none", _("no mail")
        DAILY = "daily", _("daily, if something waits")
        WEEKLY = "weekly", _("weekly, if something waits")

    language = models.CharField(
        _("language of the admin"),
        max_length=2,
        choices=settings.LANGUAGES,
        default=settings.LANGUAGE_CODE,
    )
    # No mail, because an administrator may write the address: the person says whether mail comes.
    reminders = models.CharField(
        _("reminders by mail"),
        max_length=6,
        choices=Reminders,
        default=Reminders.NONE,
        db_default=Reminders.NONE,
    )
    # Written before the mail is sent, so that nobody gets two.
    reminded_at = models.DateTimeField(null=True, editable=False)

    identity = models.CharField(
        _("identity at the login provider"),
        max_length=255,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "How the login provider identifies this person, letter by letter. The person with this "
            "identity there can log in to this account; the audit log shows the identity of a "
            "refused login."
        ),
    )
    identity_set_at = models.DateTimeField(null=True, editable=False)
    identity_set_by = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    # Part of each session's hash: raising it ends the sessions.
    session_round = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    password_set_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)
    # None if the owner of the account chose the password, or the server's operator.
    password_set_by = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta(AbstractUser.Meta):
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.CheckConstraint(
                # ``editorial.audit.recording`` uses this name for acts without a person.
                condition=~models.Q(username__iexact="server"),
                name="account_is_not_called_server",
                violation_error_message=_(
                    "An account cannot be called “server”: "
                    "the audit log calls the portal itself so."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(reminders__in=["none", "daily", "weekly"]),
                name="account_reminders_are_one_of_three",
                violation_error_message=_("Choose no mail, daily mail or weekly mail."),
            ),
            models.UniqueConstraint(
                fields=["identity"],
                condition=~models.Q(identity=""),
                name="account_identity_belongs_to_one",
                violation_error_message=_(
                    "Another account has this identity at the login provider: clear it there first."
                ),
            ),
        ]

    def clean(self):
        """Apply to names the rule for characters that texts obey."""
        super().clean()
        errors = {}
        for name in ("first_name", "last_name", "email", "identity"):
            try:
                validate_characters(getattr(self, name))
                setattr(self, name, as_line(getattr(self, name)))
            except ValidationError as error:
                errors[name] = error
        # A user name is typed at every login and never changes: refuse it, rather than clean it.
        # It is None if the form has refused it already.
        if self._state.adding and self.username and as_line(self.username) != self.username:
            errors["username"] = UNSEEN_IN_USER_NAME
        if errors:
            raise ValidationError(errors)

    @classmethod
    def from_db(cls, db, field_names, values, **options):
        account = super().from_db(db, field_names, values, **options)
        account._read = dict(zip(field_names, values, strict=True))
        return account

    def save(self, **options):
        """Write only the fields set since the row was read: a stale copy overwrites nothing else.

        The signals in ``editorial.accounts.changes`` end sessions and record the changes.
        """
        is_new = self._state.adding
        person = acting_person()
        other = person.pk if person and person.pk != self.pk else None
        if self._password is not None:  # None if Django only upgrades the hash
            self.password_set_at, self.password_set_by_id = timezone.now(), other
        if self.identity != getattr(self, "_read", {}).get("identity", ""):
            self.identity_set_at, self.identity_set_by_id = timezone.now(), other
        if not is_new and options.get("update_fields") is None and hasattr(self, "_read"):
            # Only end_sessions writes session_round.
            options["update_fields"] = self._set_since_read() - {"session_round"}
        with transaction.atomic():  # with the event that the signals record
            super().save(**options)
        if hasattr(self, "_read"):
            self._read = {name: getattr(self, name) for name in self._read}

    def _set_since_read(self):
        return {name for name, value in self._read.items() if getattr(self, name) != value}

    def end_sessions(self):
        """End every session of this account."""
        Account.objects.filter(pk=self.pk).update(session_round=models.F("session_round") + 1)
        self.refresh_from_db(fields=["session_round"])

    def get_session_auth_hash(self, secret=None):
        """Sessions end when this changes: with the password, or by ``end_sessions``."""
        # The salt keeps the method's former name: another salt would end every session.
        salt = "editorial.models.Account._get_session_auth_hash"
        return salted_hmac(
            salt, f"{self.session_round} {self.password}", secret=secret, algorithm="sha256"
        ).hexdigest()

    def get_session_auth_fallback_hash(self):
        return map(self.get_session_auth_hash, settings.SECRET_KEY_FALLBACKS)


class Proposal(models.Model):
    """A role that waits for a second administrator; see ``accounts.second_administrator``."""

    class Role(models.TextChoices):
        EDITOR = "Editor", _("Editor")
        TRANSLATOR = "Translator", _("Translator")
        PUBLISHER = "Publisher", _("Publisher")
        ADMINISTRATOR = "Administrator", _("Administrator")
        SUPERUSER = "superuser status", _("superuser status")

    class Decision(models.TextChoices):
        WAITING = "", _("waits")
        AGREED = "agreed", _("agreed")
        REFUSED = "refused", _("refused")
        TAKEN_BACK = "taken back", _("taken back")
        EXPIRED = "expired", _("expired")

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="proposals", verbose_name=_("account")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    reason = models.CharField(_("reason"), max_length=200)
    proposed_by = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("time"))
    until = models.DateTimeField(_("waits until"))
    decision = models.CharField(
        _("decision"), max_length=10, choices=Decision, default=Decision.WAITING, blank=True
    )
    decided_by = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        verbose_name = _("proposed role")
        verbose_name_plural = _("proposed roles")
        ordering = ["pk"]
        default_permissions = []
        constraints = [
            models.UniqueConstraint(
                fields=["account", "role"],
                condition=models.Q(decision=""),
                name="proposal_waits_once",
                violation_error_message=_("This role is proposed already."),
            ),
            models.CheckConstraint(
                condition=~models.Q(decision="agreed")
                | models.Q(decided_by__isnull=False)
                & ~models.Q(decided_by=models.F("proposed_by"))
                & ~models.Q(decided_by=models.F("account")),
                name="proposal_is_agreed_by_another",
                violation_error_message=_("Another administrator must agree."),
            ),
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("proposed_at")),
                name="proposal_ends_after_it_was_made",
                violation_error_message=_("Choose an end that is still to come."),
            ),
        ]

    def __str__(self):
        return f"{self.account}: {self.get_role_display()}"


class Visit(models.Model):
    """When a person was last here, and the passage that they opened last on the translation desk.

    ``editorial.accounts.visits`` writes it. It locks nothing, and is no history: each account has
    one row, which the next visit overwrites.
    """

    account = models.OneToOneField(
        Account,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="visit",
        verbose_name=_("account"),
    )
    seen_at = models.DateTimeField(_("last request"))
    last_seen_at = models.DateTimeField(_("end of the visit before"), null=True)
    vision_id = models.PositiveBigIntegerField(_("vision"), null=True)
    passage = models.CharField(_("passage"), max_length=400, blank=True)  # its key
    opened_at = models.DateTimeField(_("time"), null=True)  # of that passage

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        default_permissions = []

    def __str__(self):
        return f"{self.account}, {self.seen_at}"


class Revision(PermanentModel):
    """One save of one person in the working copy of one vision; made by ``editorial.history``.

    The vision is named by its key and years, without a foreign key: the history of an unpublished
    vision stays when the vision is deleted.
    """

    class Action(models.TextChoices):
        ADD = "add", _("added")
        CHANGE = "change", _("changed")
        DELETE = "delete", _("deleted")
        MOVE = "move", _("moved")
        RESTORE = "restore", _("restored")
        COPY = "copy", _("copied from another period")
        RESET = "reset", _("reset the working copy to an edition")
        IMPORT = "import", _("imported a translation file")
        CONFIRM = "confirm", _("said that the English still says the same")
        REVIEW = "review", _("approved the English")
        RETURN = "return", _("sent the English back")
        REMARK = "remark", _("commented")
        SETTLE = "settle", _("settled the comments")
        WAIVE = "waive", _("waived a check")
        UNWAIVE = "unwaive", _("took back a waiver")
        FILL = "fill", _("filled the English from the memory")
        REWRITE = "rewrite", _("sent the Indonesian back")
        PROPOSE = "propose", _("proposed a change note")
        USE = "use", _("used the proposed change note")

    vision_id = models.PositiveBigIntegerField(_("vision"), db_index=True)
    period = models.CharField(_("period"), max_length=9)  # such as 2016-2021
    at = models.DateTimeField(_("time"))
    author = models.CharField(_("person"), max_length=150)
    action = models.CharField(_("action"), max_length=10, choices=Action)
    # The source of a copy or a reset. No edition: the draft, or not known.
    source_period = models.CharField(
        _("copied period"), max_length=9, blank=True, default="", db_default=""
    )
    source_edition = models.PositiveIntegerField(_("copied edition"), null=True)

    class Meta:
        verbose_name = _("history entry")
        verbose_name_plural = _("history")
        ordering = ["-pk"]
        default_permissions = ["view"]

    def __str__(self):
        return f"{self.author}: {self.what}"

    @property
    def what(self):
        """The action in words, with the source of a copy or a reset."""
        source = {"number": self.source_edition, "period": years_of(self.source_period)}
        if self.source_edition and self.action == self.Action.RESET:
            return gettext("reset the working copy to edition %(number)d") % source
        if self.source_edition:
            return gettext("copied from %(period)s, edition %(number)d") % source
        if self.source_period:
            return gettext("copied from the draft of %(period)s") % source
        return self.get_action_display()


class Act(PermanentModel):
    """What a person said about one passage, with both texts at that moment.

    A judgement about the English concerns the two texts, not their place. So acts are looked up by
    the texts, and remain valid for a passage that was moved, restored or copied into another
    period.
    """

    class Kind(models.TextChoices):
        TRANSLATED = "translated", _("translated")
        CONFIRMED = "confirmed", _("said that the English still says the same")
        REVIEWED = "reviewed", _("approved the English")
        RETURNED = "returned", _("sent the English back")
        REMARKED = "remarked", _("commented")
        SETTLED = "settled", _("settled the comments")
        WAIVED = "waived", _("waived a check")
        UNWAIVED = "unwaived", _("took back a waiver")
        FILLED = "filled", _("filled the English from the memory")
        REWRITE = "rewrite", _("sent the Indonesian back")
        # Of a change note, which is no passage: the texts are the note's.
        PROPOSED = "proposed", _("proposed a change note")
        USED = "used", _("used the proposed change note")

    APPROVING = (Kind.TRANSLATED, Kind.CONFIRMED, Kind.REVIEWED)

    # None: it came with the official text, or is older than the first act that was recorded.
    revision = models.ForeignKey(
        Revision,
        on_delete=models.PROTECT,
        related_name="acts",
        verbose_name=_("history entry"),
        null=True,
    )
    act = models.CharField(_("action"), max_length=10, choices=Kind)
    kind = models.CharField(_("kind"), max_length=10)  # as in a version; "" if not known
    row = models.PositiveBigIntegerField(_("row"))
    anchor = models.CharField(_("anchor"), max_length=320)
    field = models.CharField(_("field"), max_length=20)
    source = models.TextField(_("Indonesian"))
    target = models.TextField(_("English"))
    # Both marks are of ``editorial.translation.passages.fingerprint``.
    source_mark = models.CharField(max_length=64)
    target_mark = models.CharField(max_length=64, db_index=True)
    # The remark, the reason, or a record of ``editorial.translation.memory.origins``
    words = models.TextField(_("words"), blank=True)
    check_name = models.CharField(_("check"), max_length=50, blank=True)
    # Which finding of the check, or to whom the Indonesian goes back
    detail = models.CharField(max_length=320, blank=True)

    class Meta:
        verbose_name = _("act")
        verbose_name_plural = _("acts")
        ordering = ["pk"]
        default_permissions = []
        indexes = [models.Index(fields=["kind", "row", "field"], name="act_passage")]

    def __str__(self):
        return f"{self.get_act_display()}: {self.key}"

    @property
    def what(self):
        """The act in words, with the person to whom a text goes back."""
        if self.act == self.Kind.REWRITE:
            return gettext("sent the Indonesian back to %(name)s") % {"name": self.detail}
        return self.get_act_display()

    @property
    def shown_words(self):
        """The words as a page shows them: of a fill, where the English comes from."""
        return words_of(self.words) if self.act == self.Kind.FILLED else self.words

    @property
    def key(self):
        """The key of its passage at that moment."""
        return f"{self.anchor}.{self.field}"

    @property
    def place(self):
        """Its passage, also after the numbers changed."""
        return self.kind, self.row, self.field


class ImportedUnit(models.Model):
    """A text and its translation from a memory of another tool; a source of the memory here.

    Both texts are cleaned as texts of the vision are.
    """

    source = models.CharField(_("source"), max_length=100)  # its name, as people gave it
    indonesian = models.TextField(_("Indonesian"))
    english = models.TextField(_("English"))
    # Both marks are of ``editorial.translation.passages.fingerprint``.
    source_mark = models.CharField(max_length=64, db_index=True)
    target_mark = models.CharField(max_length=64)
    at = models.DateTimeField(_("time"))
    author = models.CharField(_("person"), max_length=150)

    class Meta:
        verbose_name = _("imported translation")
        verbose_name_plural = _("imported translations")
        ordering = ["source", "pk"]
        default_permissions = []
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_mark", "target_mark"],
                name="imported_unit_once_per_source",
                violation_error_message=_("This pair of texts is in this source already."),
            ),
            *(
                models.CheckConstraint(
                    condition=GreaterThan(Length(Trim(name)), 0),
                    name=f"imported_unit_{name}_not_blank",
                    violation_error_message=_("The memory keeps no pair in which a text is empty."),
                )
                for name in ("source", "indonesian", "english")
            ),
            *(
                models.CheckConstraint(
                    condition=LessThanOrEqual(Length(name), PROSE_LENGTH),
                    name=f"imported_unit_{name}_length",
                    violation_error_message=_("This text is too long. Shorten it or divide it."),
                )
                for name in ("indonesian", "english")
            ),
        ]

    def __str__(self):
        return f"{self.source}: {Truncator(self.indonesian).chars(60)}"


class Receipt(models.Model):
    """Proof that a form added a row, so that it adds none when sent again; see ``receipts``."""

    mark = models.CharField(_("mark"), max_length=64)
    path = models.TextField(_("address"))  # the address of the redirect
    at = models.DateTimeField(_("time"), db_index=True)
    # The added row; empty in receipts that an older release made.
    model = models.TextField(_("kind"), blank=True, default="", db_default="")
    row = models.BigIntegerField(_("row"), null=True, blank=True)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        default_permissions = []
        constraints = [
            models.UniqueConstraint(
                fields=["mark"],
                name="receipt_once_per_form",
                violation_error_message=_("This form was sent already."),
            ),
        ]

    def __str__(self):
        return self.path

    @property
    def is_of_a_row(self):
        """Whether the added row still exists."""
        return not self.model or apps.get_model(self.model).objects.filter(pk=self.row).exists()


class Version(PermanentModel):
    """How one revision changed one row.

    ``before`` is None for an added row, ``after`` for a deleted one; otherwise they are the result
    of ``editorial.history.recording.columns_of``. The numbers of a row rise by one, and ``before``
    equals the former ``after``: lost or overwritten work would show as a gap.
    """

    revision = models.ForeignKey(
        Revision, on_delete=models.PROTECT, related_name="versions", verbose_name=_("history entry")
    )
    kind = models.CharField(_("kind"), max_length=10)  # a key of ``editions.fields.MODELS``
    row = models.PositiveBigIntegerField(_("row"))
    number = models.PositiveIntegerField(_("number"))
    anchor = models.CharField(_("anchor"), max_length=320)  # of ``editorial.rows.anchor_of``
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)
    fields = models.JSONField(_("fields"))  # the names of the changed columns, sorted
    touches_id = models.BooleanField(_("Indonesian"))
    touches_en = models.BooleanField(_("English"))

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["pk"]
        default_permissions = []
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "row", "number"],
                name="version_number_once_per_row",
                violation_error_message=_(
                    "Someone else saved this at the same moment. Look, then save again."
                ),
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.row}, {self.number}"


class Event(PermanentModel):
    """One entry of the audit log; made by ``editorial.audit.recording``."""

    class Kind(models.TextChoices):
        LOGIN = "login", _("logged in")
        LOGOUT = "logout", _("logged out")
        EXPIRED = "expired", _("was logged out at the time limit")
        LOGIN_FAILED = "login-failed", _("failed to log in")
        LOCKED_OUT = "locked-out", _("was locked out")
        PASSWORD_RIGHT = "password-right", _("typed the right password")
        PROVIDER_RIGHT = "provider-right", _("was recognised by the login provider")
        PROVIDER_REFUSED = "provider-refused", _("was refused on return from the login provider")
        CODE_FAILED = "code-failed", _("typed a wrong code")
        CODE_USED = "code-used", _("used a recovery code")
        FACTOR_SET = "factor-set", _("set up a second factor")
        FACTOR_RESET = "factor-reset", _("reset a second factor")
        CODES_MADE = "codes-made", _("made recovery codes")
        PASSWORD = "password", _("set a password")
        PASSWORD_TAKEN = "password-taken", _("made a password unusable")
        IDENTITY = "identity", _("set an identity at the login provider")
        ACCOUNT_ADDED = "account-added", _("made an account")
        REMINDERS = "reminders", _("chose reminders by mail")
        RENAMED = "renamed", _("renamed an account")
        ACTIVATED = "activated", _("activated an account")
        DEACTIVATED = "deactivated", _("deactivated an account")
        SUPERUSER_GIVEN = "superuser-given", _("made a superuser")
        SUPERUSER_TAKEN = "superuser-taken", _("took back superuser status")
        ROLE_GIVEN = "role-given", _("gave a role")
        ROLE_TAKEN = "role-taken", _("took back a role")
        ROLE_PROPOSED = "role-proposed", _("proposed a role")
        ROLE_AGREED = "role-agreed", _("agreed to a role")
        ROLE_REFUSED = "role-refused", _("refused a role")
        ROLE_TAKEN_BACK = "role-taken-back", _("took back the proposal of a role")
        SAVED = "saved", _("saved")
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("withdrew")
        EXPORTED = "exported", _("exported")
        MEMORY_IMPORTED = "memory-imported", _("imported a translation memory")
        MEMORY_DELETED = "memory-deleted", _("deleted an imported memory")
        PREVIEW_SHARED = "preview-shared", _("shared a preview")
        PREVIEW_REVOKED = "preview-revoked", _("revoked a preview link")
        ANSWER_GIVEN = "answer-given", _("answered through a preview link")
        ANSWER_SETTLED = "answer-settled", _("settled an answer through a preview link")
        ANSWER_OPENED = "answer-opened", _("opened an answer through a preview link again")
        BACKED_UP = "backed-up", _("made a backup")
        RESTORED = "restored", _("restored a backup")
        ALARM_ACKNOWLEDGED = "alarm-acknowledged", _("acknowledged an alarm")
        SHORTENED = "log-shortened", _("deleted older events")
        REFUSED = "refused", _("was refused")

    at = models.DateTimeField(_("time"))
    # "": an unknown person
    actor = models.CharField(_("person"), max_length=150, blank=True, db_index=True)
    address = models.CharField(_("address"), max_length=45, blank=True)
    kind = models.CharField(_("event"), max_length=20, choices=Kind, db_index=True)
    row_kind = models.CharField(_("kind"), max_length=40, blank=True)  # such as editorial.account
    row = models.PositiveBigIntegerField(_("row"), null=True)
    # As long as an identity at the login provider, which it holds of a person without an account.
    object = models.CharField(_("object"), max_length=255, blank=True)
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    request_id = models.CharField(_("request"), max_length=16, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("audit log")
        ordering = ["-pk"]
        default_permissions = ["view"]

    def __str__(self):
        return f"{self.actor}: {self.get_kind_display()}"


class Seal(PermanentModel):
    """The place of one event in the chain of hashes; made by ``editorial.audit.chain``.

    A table of its own, so that an event is still written once, and by an older release too.
    """

    id = models.PositiveBigIntegerField(_("number"), primary_key=True)  # without gaps
    event = models.OneToOneField(
        Event, on_delete=models.PROTECT, related_name="seal", verbose_name=_("event")
    )
    previous = models.CharField(_("checksum of the event before"), max_length=64, unique=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, unique=True)

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        ordering = ["pk"]
        default_permissions = []

    def __str__(self):
        return f"{self.pk} {self.sha256}"


class PreviewLink(models.Model):
    """A link that shows a vision's working copy without login; deleting the row revokes it.

    It ends when an edition after ``newest`` (0: none) is made: then the draft is published.
    """

    vision = models.ForeignKey(
        Vision, on_delete=models.CASCADE, related_name="preview_links", verbose_name=_("vision")
    )
    newest = models.PositiveIntegerField(_("newest edition"))
    made_by = models.CharField(_("person"), max_length=150)
    made_at = models.DateTimeField(_("time"))
    until = models.DateTimeField(_("works until"))
    is_for_one = models.BooleanField(_("takes one answer"), default=False, db_default=False)

    class Meta:
        verbose_name = _("preview link")
        verbose_name_plural = _("preview links")
        ordering = ["-pk"]
        default_permissions = []
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("made_at")),
                name="preview_link_ends_after_it_was_made",
                violation_error_message=_("Choose an end that is still to come."),
            ),
        ]

    def __str__(self):
        return f"{self.vision}, {self.made_by}"


class PreviewAnswer(models.Model):
    """What a person without an account says about one passage of a shared preview, or about all.

    One form makes a row for the whole text, with the verdict, and a row for each passage that the
    person commented on. Vision and link are named by their keys, without foreign keys: answers stay
    when those are deleted. A restored database may give a link's key again, so its time is part of
    its name.
    """

    class Verdict(models.TextChoices):
        AGREE = "agree", _("agrees")
        NOT_YET = "not-yet", _("does not agree yet")
        NONE = "", _("only comments")

    vision_id = models.PositiveBigIntegerField(_("vision"), db_index=True)
    period = models.CharField(_("period"), max_length=9)  # such as 2016-2021
    link = models.PositiveBigIntegerField(_("link"))
    link_made_at = models.DateTimeField(_("link made at"))
    link_made_by = models.CharField(_("link made by"), max_length=150)
    is_only = models.BooleanField(_("only answer"))  # its link takes one answer
    form = models.CharField(_("form"), max_length=64)  # the same in all rows of one form
    name = models.CharField(_("name"), max_length=GUEST_NAME_LENGTH)  # as the person typed it
    passage = models.CharField(_("passage"), max_length=400, blank=True)  # its key; "": the whole
    verdict = models.CharField(
        _("verdict"), max_length=7, choices=Verdict, default=Verdict.NONE, blank=True
    )
    words = models.TextField(_("words"), blank=True)
    at = models.DateTimeField(_("time"))
    settled_at = models.DateTimeField(_("settled at"), null=True)
    settled_by = models.CharField(_("settled by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("answer through a preview link")
        verbose_name_plural = _("answers through preview links")
        ordering = ["pk"]
        default_permissions = []
        constraints = [
            models.UniqueConstraint(
                fields=["form", "passage"],
                name="preview_answer_once_per_form",
                violation_error_message=_("This form was sent already."),
            ),
            models.UniqueConstraint(
                fields=["link", "link_made_at"],
                condition=models.Q(is_only=True, passage=""),
                name="preview_answer_once_per_link",
                violation_error_message=_("This link takes one answer, which was given."),
            ),
            models.CheckConstraint(
                condition=models.Q(verdict__in=["agree", "not-yet", ""]),
                name="preview_answer_verdict",
                violation_error_message=_("Choose one of the verdicts."),
            ),
            models.CheckConstraint(
                condition=models.Q(verdict="") | models.Q(passage=""),
                name="preview_answer_verdict_on_the_whole",
                violation_error_message=_("A verdict is about the whole text."),
            ),
            models.CheckConstraint(
                condition=models.Q(passage="") | GreaterThan(Length(Trim("words")), 0),
                name="preview_answer_on_a_passage_has_words",
                violation_error_message=_("Write something about the passage."),
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("words"), GUEST_WORDS_LENGTH),
                name="preview_answer_words_length",
                violation_error_message=_("This text is too long. Shorten it or divide it."),
            ),
            models.CheckConstraint(
                condition=GreaterThan(Length(Trim("name")), 0)
                & LessThanOrEqual(Length("name"), GUEST_NAME_LENGTH),
                name="preview_answer_name_length",
                violation_error_message=_("Write a name of at most 100 characters."),
            ),
            models.CheckConstraint(
                condition=models.Q(settled_at=None, settled_by="")
                | models.Q(settled_at__isnull=False) & ~models.Q(settled_by=""),
                name="preview_answer_is_settled_by_somebody",
                violation_error_message=_("Say who settled it, and when."),
            ),
        ]

    def __str__(self):
        return f"{self.name}, {self.period}"


class CityWord(models.Model):
    """A word that the spelling check accepts although no dictionary has it, in both languages."""

    word = models.CharField(
        _("word"),
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(r"^[^\W\d_]+(?:['’-][^\W\d_]+)*$", _("Write one word, of letters only."))
        ],
        error_messages={"unique": _("This word is in the list already.")},
    )
    added_by = models.CharField(_("added by"), max_length=150)
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("word of the city")
        verbose_name_plural = _("words of the city")
        ordering = ["word"]
        default_permissions = ["view", "add", "delete"]

    def __str__(self):
        return self.word
