"""``python -m magelang_portal.operations.alarms SERVICE``: tell that a service failed.

systemd starts this by OnFailure=. The cause may be a wrong setting, which stops every command of
manage.py. So this drops the wrong settings, and sends the alarm with the others.
"""

import os
import re
import secrets
import sys

import django
from django.core.exceptions import ImproperlyConfigured

NEEDED = re.compile("PORTAL_(ALARM_.*|EMAIL_.*|DATA_DIR|SITE_URL)(_FILE)?")
MOST_FAULTS = 5


def main(unit):
    causes = settle()

    from magelang_portal.operations.alarms.delivery import deliver
    from magelang_portal.operations.alarms.watching import fail

    fail(unit.removesuffix(".service"), *causes)
    if faults := deliver(leaves_out=bool(causes)):
        sys.exit("\n".join(faults))


def settle():
    """Load the settings, without those that are wrong. Returns what is wrong, as sentences."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "magelang_portal.settings")
    causes = []
    for _attempt in range(MOST_FAULTS):
        try:
            django.setup()
        except ImproperlyConfigured as error:
            causes.append(str(error))
            leave_out(str(error))
        else:
            return causes
    sys.exit("\n".join(causes))


def leave_out(sentence):
    """Take the settings that alarms do not need out of the environment, and those named."""
    named = {name.removesuffix("_FILE") for name in re.findall(r"PORTAL_\w+", sentence)}
    named -= {"PORTAL_DATA_DIR"}
    for name in [name for name in os.environ if name.startswith("PORTAL_")]:
        if name.removesuffix("_FILE") in named or not NEEDED.fullmatch(name):
            del os.environ[name]
    os.environ["PORTAL_SECRET_KEY"] = secrets.token_urlsafe(50)  # no session is read or made


if __name__ == "__main__":
    main(sys.argv[1])
