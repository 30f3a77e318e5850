"""The second factor of an account: an authenticator app (TOTP), and ten recovery codes for when it is lost."""

import re
from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import scrypt

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from editorial.audit.recording import record
from editorial.models import Account, Event

RECOVERY_CODES = 10
RECOVERY_DIGITS = (
    12  # digits only, so that one field with a keypad takes them and the codes of the app
)
SALT = 4  # characters at the beginning of what is kept of a recovery code
ENROL_WITHIN = timedelta(days=7)  # of a new password
DEVICES = (TOTPDevice, StaticDevice)


class WrongCode(Exception):
    """The code is not of this moment and of this account, or was used before."""


class TooManyCodes(Exception):
    """After each wrong code the next is heard later, twice as late each time."""

    def __init__(self, wait):
        super().__init__()
        self.seconds = max(1, round(wait.total_seconds()))


def has_factor(account):
    return TOTPDevice.objects.filter(user=account, confirmed=True).exists()


def may_enrol(account):
    """Whether the password is new enough to set up the first factor: an old one others may have learnt since."""
    return timezone.now() - account.password_set_at < ENROL_WITHIN


def recovery_codes_left(account):
    device = StaticDevice.objects.filter(user=account).first()
    return device.token_set.count() if device else 0


def verify(account, code):
    """The device whose code it is. A code counts once. Raises ``WrongCode`` and ``TooManyCodes``."""
    digits = plain(code)
    model = StaticDevice if len(digits) == RECOVERY_DIGITS else TOTPDevice
    with transaction.atomic():
        device = model.objects.select_for_update().filter(user=account, confirmed=True).first()
        is_allowed, refusal = device.verify_is_allowed() if device else (True, None)
        is_right = bool(device) and is_allowed and device.verify_token(kept_of(device, digits))
        if is_allowed and not is_right:
            record(Event.Kind.CODE_FAILED, row=account, actor=account.get_username())
        elif is_right and model is StaticDevice:
            record(Event.Kind.CODE_USED, row=account, actor=account.get_username())
    if (
        not is_allowed
    ):  # what is raised, is raised out here, as it would take back the event and the count
        raise TooManyCodes(refusal["locked_until"] - timezone.now())
    if not is_right:
        raise WrongCode
    return device


def kept_of(device, digits):
    """The code as the device keeps it: as it is, where an older release made it after an update."""
    kept = device.token_set.first() if isinstance(device, StaticDevice) else None
    return mark(digits, kept.token[:SALT]) if kept and not kept.token.isdecimal() else digits


def mark(code, salt):
    """What is kept of a recovery code, in the 16 characters of a ``StaticToken``.

    Whoever has the database would soon have tried all codes of twelve digits: so each try costs them 33 ms and 16 MB.
    The ten codes of an account share their salt, so it costs us that once, where Django's hasher of passwords takes
    1.6 s. And no key is in it, so the codes on paper outlive a new ``SECRET_KEY``.
    """
    return (
        salt
        + urlsafe_b64encode(
            scrypt(code.encode(), salt=salt.encode(), n=2**14, r=8, p=1, dklen=9)
        ).decode()
    )


def plain(code):
    """The code without the spaces and hyphens that make it readable."""
    return re.sub(r"[\s-]", "", code)


def enrol(account, key, code):
    """Make the app that holds ``key``, as ``code`` shows, the account's only one: the device and new recovery codes.

    Whoever is logged in to the account elsewhere logs in anew, and whoever sets up another at this moment is too late.
    Raises ``WrongCode``, and then nothing has changed.
    """
    with transaction.atomic():
        is_first = (
            Account.objects.select_for_update().get(pk=account.pk).session_round
            == account.session_round
        )
        device = TOTPDevice(user=account, name="TOTP", key=key)
        if not is_first or not device.verify_token(plain(code)):
            raise WrongCode  # which takes back the row of the device, too
        TOTPDevice.objects.filter(user=account).exclude(pk=device.pk).delete()
        record(Event.Kind.FACTOR_SET, row=account, actor=account.get_username())
        codes = new_recovery_codes(account)
        account.end_sessions()
    return device, codes


def new_recovery_codes(account):
    """Ten new codes; those from before no longer work."""
    with transaction.atomic():
        device, _made = StaticDevice.objects.get_or_create(
            user=account, defaults={"name": "recovery"}
        )
        device.token_set.all().delete()
        codes = [get_random_string(RECOVERY_DIGITS, "0123456789") for _ in range(RECOVERY_CODES)]
        salt = get_random_string(SALT)
        for code in codes:
            device.token_set.create(token=mark(code, salt))
        record(Event.Kind.CODES_MADE, row=account, actor=account.get_username())
    return codes


def reset(account):
    """Take the factor away, and the password with it: else whoever knows that sets up the next. All sessions end."""
    with transaction.atomic():
        for model in DEVICES:
            model.objects.filter(user=account).delete()
        record(Event.Kind.FACTOR_RESET, row=account)
        account.set_unusable_password()
        account.save()


def in_groups(code, size=4):
    """The code in groups of four, to be read and typed."""
    return " ".join(code[start : start + size] for start in range(0, len(code), size))
