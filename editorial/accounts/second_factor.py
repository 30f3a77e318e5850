"""The second factor: an authenticator app (TOTP), and ten recovery codes if the phone is lost."""

import re
from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import scrypt

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from editorial.audit.recording import record
from editorial.models import Account, Event

FACTOR_AT_PROVIDER = "factor_at_provider"  # in the session: the login provider asked for it
RECOVERY_CODES = 10
RECOVERY_DIGITS = 12  # digits only: one field with a keypad takes them and the app's codes
SALT_LENGTH = 4  # characters at the beginning of a stored recovery code
ENROL_WITHIN = timedelta(days=7)  # of a new password


class WrongCode(Exception):
    """The code is not this account's present code, or was used before."""


class TooManyCodes(Exception):
    """Codes are refused for a time, which doubles with each wrong code."""

    def __init__(self, wait):
        super().__init__()
        self.seconds = max(1, round(wait.total_seconds()))


def has_factor(account):
    return TOTPDevice.objects.filter(user=account, confirmed=True).exists()


def may_enrol(account):
    """Whether the first factor of this login is new enough: others may know an old one."""
    by_provider = account.is_by_provider and account.identity_set_at
    return timezone.now() - (by_provider or account.password_set_at) < ENROL_WITHIN


class FactorAtProvider:
    """In the place of a device of django-otp, in a session of which the provider asked for it."""


def count_factor_at_provider(request):
    """It counts in this session only, and only while the setting trusts the provider."""
    is_given = settings.OIDC_SECOND_FACTOR and request.session.get(FACTOR_AT_PROVIDER)
    if is_given and request.user.is_authenticated and request.user.otp_device is None:
        request.user.otp_device = FactorAtProvider()


def recovery_codes_left(account):
    device = StaticDevice.objects.filter(user=account).first()
    return device.token_set.count() if device else 0


def verify(account, code):
    """The device that made the code. A code counts once.

    Raises ``WrongCode`` and ``TooManyCodes``, after the transaction: they would roll back the event
    and the count of wrong codes.
    """
    digits = plain(code)
    model = StaticDevice if len(digits) == RECOVERY_DIGITS else TOTPDevice
    with transaction.atomic():
        device = model.objects.select_for_update().filter(user=account, confirmed=True).first()
        is_allowed, refusal = device.verify_is_allowed() if device else (True, None)
        is_right = bool(device) and is_allowed and device.verify_token(stored(device, digits))
        if is_allowed and not is_right:
            record(Event.Kind.CODE_FAILED, row=account, actor=account.get_username())
        elif is_right and model is StaticDevice:
            record(Event.Kind.CODE_USED, row=account, actor=account.get_username())
    if not is_allowed:
        raise TooManyCodes(refusal["locked_until"] - timezone.now())
    if not is_right:
        raise WrongCode
    return device


def stored(device, digits):
    """The code as the device stores it: hashed, but plain if an older release made it."""
    first = device.token_set.first() if isinstance(device, StaticDevice) else None
    is_hashed = first and not first.token.isdecimal()
    return hashed(digits, first.token[:SALT_LENGTH]) if is_hashed else digits


def hashed(code, salt):
    """The salted hash of a recovery code, in the 16 characters of a ``StaticToken``.

    Twelve digits are soon guessed from a stolen database, so each try costs 33 ms and 16 MB. The
    ten codes of an account share a salt: a login hashes once, where Django's password hasher would
    take 1.6 s for ten. No key is used, so the codes on paper outlive a new ``SECRET_KEY``.
    """
    digest = scrypt(code.encode(), salt=salt.encode(), n=2**14, r=8, p=1, dklen=9)
    return salt + urlsafe_b64encode(digest).decode()


def plain(code):
    """The code without spaces and hyphens."""
    return re.sub(r"[\s-]", "", code)


def enrol(account, key, code):
    """Make the app with ``key`` the account's only one; return the device and new recovery codes.

    All sessions of the account end. Raises ``WrongCode``, and then nothing has changed, if ``code``
    is not of this key or another app was set up since ``account`` was read.
    """
    with transaction.atomic():
        now = Account.objects.select_for_update().get(pk=account.pk)
        device = TOTPDevice(user=account, name="TOTP", key=key)
        is_first = now.session_round == account.session_round
        if not is_first or not device.verify_token(plain(code)):
            raise WrongCode  # rolls back the device that ``verify_token`` saved
        TOTPDevice.objects.filter(user=account).exclude(pk=device.pk).delete()
        record(Event.Kind.FACTOR_SET, row=account, actor=account.get_username())
        codes = new_recovery_codes(account)
        account.end_sessions()
    return device, codes


def new_recovery_codes(account):
    """Ten new codes in place of the previous ones."""
    with transaction.atomic():
        device, _created = StaticDevice.objects.get_or_create(
            user=account, defaults={"name": "recovery"}
        )
        device.token_set.all().delete()
        codes = [get_random_string(RECOVERY_DIGITS, "0123456789") for _ in range(RECOVERY_CODES)]
        salt = get_random_string(SALT_LENGTH)
        for code in codes:
            device.token_set.create(token=hashed(code, salt))
        record(Event.Kind.CODES_MADE, row=account, actor=account.get_username())
    return codes


def reset(account):
    """Remove the factor and the password: with the password, others could set up a new factor.

    All sessions of the account end.
    """
    with transaction.atomic():
        for model in (TOTPDevice, StaticDevice):
            model.objects.filter(user=account).delete()
        record(Event.Kind.FACTOR_RESET, row=account)
        account.set_unusable_password()
        account.save()


def in_groups(code, size=4):
    """The code with spaces, to be read and typed."""
    return " ".join(code[start : start + size] for start in range(0, len(code), size))
