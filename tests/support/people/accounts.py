"""Log accounts in with a password, the codes of an app, or recovery codes."""

import re

from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.support.factories import make_account

PASSWORD = "tiga kuda di alun-alun"
LOGIN, CODE, ENROL, FACTOR = (
    "/admin/login/",
    "/admin/login/kode/",
    "/admin/login/pasang/",
    "/admin/faktor-kedua/",
)


def make_holder(name="sri", *roles, **fields):
    """An account with a password and an app: (account, device)."""
    account = make_account(name, *roles, password=PASSWORD, **fields)
    return account, TOTPDevice.objects.create(user=account, name="TOTP")


def code_of(device, drift=0):
    """The app's code now, or so many half minutes from now."""
    return f"{totp(device.bin_key, drift=drift):06d}"


def wrong_code(device):
    shown = {code_of(device, drift) for drift in range(-3, 4)}
    return next(
        code
        for code in ("000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777")
        if code not in shown
    )


def give_password(client, name="sri", password=PASSWORD, next="", **options):
    query = f"?next={next}" if next else ""
    return client.post(LOGIN + query, {"username": name, "password": password}, **options)


def give_code(client, code, address=CODE, **data):
    return client.post(address, {"code": code} | data)


def logged_in_by_code(account, device):
    """A client logged in with both factors. Its code cannot be used again."""
    client = Client()
    give_password(client, account.get_username())
    give_code(client, code_of(device))
    TOTPDevice.objects.filter(pk=device.pk).update(last_t=-1)
    return client


def shown_codes(response):
    """The recovery codes on the page."""
    return re.findall(r"<li>(\d{4} \d{4} \d{4})</li>", response.text)
