"""Reads the PORTAL_… variables for settings.py, and refuses a wrong value with a sentence."""

import re
from ipaddress import ip_address, ip_network
from os import environ
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

WEBHOOK = re.compile(r"https://[^/@?#\s]+(?:[/?][!-~]*)?", re.ASCII)
MAILBOX = r"[\w.+-]+@[\w-]+(\.[\w-]+)+"
ORIGIN = r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]{1,5})?"
IN_A_FILE = "_FILE"  # ends the name of a variable that names a file with the value
READ_VARIABLES = set()  # the names of all variables that settings.py reads


def env(name, default=""):
    """The value of ``PORTAL_NAME``, or of the file that ``PORTAL_NAME_FILE`` names."""
    variable = f"PORTAL_{name}"
    READ_VARIABLES.add(variable)
    if path := environ.get(variable + IN_A_FILE):
        return value_in_file(variable, path)
    return environ.get(variable, default).strip()


def value_in_file(variable, path):
    if environ.get(variable):
        raise ImproperlyConfigured(
            f"{variable} and {variable}{IN_A_FILE} are both set: unset one of them."
        )
    try:
        value = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise ImproperlyConfigured(
            f"The file {path} of {variable}{IN_A_FILE} cannot be read ({reason}). "
            "Name a file that the portal's user may read."
        ) from error
    if not value:  # a secret that was never written must not turn into the default
        raise ImproperlyConfigured(
            f"The file {path} of {variable}{IN_A_FILE} is empty. Write the value into it, or unset "
            f"{variable}{IN_A_FILE}."
        )
    return value


def env_required(name, hint):
    if value := env(name):
        return value
    raise ImproperlyConfigured(f"PORTAL_PRODUCTION=1 needs PORTAL_{name}: {hint}")


def env_switch(name):
    value = env(name) or "0"
    if value not in ("0", "1"):
        raise refusal(name, value, "write 1 to turn it on, 0 or nothing to leave it off.")
    return value == "1"


def env_choice(name, default, meanings):
    """One of the keys of ``meanings``, whose values explain each to the operator."""
    value = env(name) or default
    if value not in meanings:
        choices = ", or ".join(f"{choice}, {meaning}" for choice, meaning in meanings.items())
        raise refusal(name, value, f"write {choices}.")
    return value


def env_count(name, default, most):
    value = env(name) or default
    if not (re.fullmatch(r"[0-9]{1,3}", value) and 1 <= int(value) <= most):
        raise refusal(name, value, f"write a whole number from 1 to {most}, such as {default}.")
    return int(value)


def env_bind(name, default):
    """The address of gunicorn: “unix:/path”, or “address:port” (an IPv6 address in brackets)."""
    value = env(name)
    if not value:
        return default  # manage.py serve checks the port that PORT names
    if re.fullmatch(r"unix:/\S+", value):
        return value
    host, _, port = value.rpartition(":")
    try:
        address = ip_address(host.strip("[]"))
        is_written_so = host == (f"[{address}]" if address.version == 6 else f"{address}")
        if is_written_so and port.isdecimal() and int(port) < 65536:
            return value
    except ValueError:
        pass
    raise refusal(
        name,
        value,
        "write an address of this machine and a port, such as 10.0.0.2:8000, 0.0.0.0:8000 for all "
        "its addresses, or unix:/run/portal/gunicorn.sock.",
    )


def env_networks(name, default):
    """Networks, as gunicorn reads them, too; an address is a network of one."""
    value = env(name) or default
    try:
        return [ip_network(word) for word in value.replace(",", " ").split()]
    except ValueError as error:
        raise ImproperlyConfigured(
            f"PORTAL_{name} is “{value}” ({error}): write addresses, or networks such as "
            "10.0.0.0/24, with commas between them."
        ) from error


def env_web_address(name):
    value = env(name)
    if value and not re.fullmatch(r"https?://[!-~]+", value):
        raise refusal(name, value, "write an address that begins with https://.")
    return value


def env_origins(name):
    """Sites, as a browser names them: https://, a host, and a port if it is not 443."""
    value = env(name)
    origins = value.replace(",", " ").split()
    if not all(re.fullmatch(ORIGIN, origin) for origin in origins):
        raise refusal(
            name,
            value,
            "write https:// and a host name for each site, such as "
            "https://magelangkota.go.id https://www.magelangkota.go.id.",
        )
    return origins


def env_webhook(name):
    """An address that may hold a password or a token, so no refusal repeats it."""
    value = env(name)
    if value and not (WEBHOOK.fullmatch(value) and can_be_asked(value)):
        raise ImproperlyConfigured(
            f"PORTAL_{name} is not an address that alarms can be sent to: write https://, a host "
            "and a path, without a user name."
        )
    return value


def can_be_asked(address):
    """False for a host or a port that no network knows, such as “a..b”."""
    try:
        parts = urlsplit(address)
        return parts.port != 0 and parts.hostname.encode("idna") != b""
    except (ValueError, AttributeError):
        return False


def env_picture(name):
    """The path of an SVG or PNG file, or None."""
    value = env(name)
    if not value:
        return None
    path = Path(value)
    if path.suffix not in (".svg", ".png") or not path.is_file():
        raise refusal(name, value, "write the path of a file that ends with .svg or .png.")
    return path


def env_program(name):
    """The path of a program, or None; public/mirror/hook.py says which it refuses to run."""
    value = env(name)
    if value and not Path(value).is_absolute():
        raise refusal(name, value, "write the whole path of the program, from / on.")
    return Path(value) if value else None


def env_folder(name):
    """The path of a folder that another user writes, or None. It may be missing."""
    value = env(name)
    if value and not Path(value).is_absolute():
        raise refusal(name, value, "write the whole path of the folder, from / on.")
    return Path(value) if value else None


def env_file(name):
    """The path of a file, or None."""
    value = env(name)
    if value and not Path(value).is_file():
        raise refusal(name, value, "write the path of a file.")
    return Path(value) if value else None


def env_mailbox(name):
    value = env(name)
    if value and not re.fullmatch(MAILBOX, value, re.ASCII):
        raise refusal(name, value, "write one e-mail address, such as visi@magelangkota.go.id.")
    return value


def refusal(name, value, hint):
    return ImproperlyConfigured(f"PORTAL_{name} is “{value}”: {hint}")


def contact_address(text):
    """The contact as a URI, for security.txt; "" for a sentence or a postal address."""
    if re.fullmatch(MAILBOX, text, re.ASCII):
        return f"mailto:{text}"
    return text if re.fullmatch(r"(https://|mailto:|tel:\+)[!-~]+", text) else ""
