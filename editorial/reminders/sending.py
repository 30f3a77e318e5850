"""Send the reminders, each at most once, even if this is started twice or killed.

The database says that a mail is sent before the mail server gets it. If the server refuses the
mail, that is taken back. If the connection breaks while the server has the mail, nobody knows
whether it arrives: then it is not sent again. The next reminder, a day or a week later, has the
same tasks, but not the news of an edition.

If one mail fails, the command names that person and sends the other mails. Only a server that takes
no connection, or no mail from the portal, ends the run.
"""

from contextlib import contextmanager, suppress
from smtplib import (
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from django.conf import settings
from django.core.mail import mailers

from editorial.reminders.due import reminders

# After these errors the server certainly has no mail. ``ValueError``: the address is malformed.
REFUSALS = (SMTPResponseException, SMTPRecipientsRefused, SMTPNotSupportedError, ValueError)


class NoMailServer(Exception):
    """The mail server does not do its work; with a sentence for the operator."""


def send_reminders():
    """Yields (user name, "" or what went wrong) of each person. Raises ``NoMailServer``.

    Each mail has its own connection, so that a mail that goes wrong harms no other.
    """
    for reminder in reminders():
        with connected() as server:
            if reminder.claim():
                yield reminder.account.get_username(), send_one(reminder, server)


@contextmanager
def connected():
    server = mailers.default
    try:
        open_(server)
        yield server
    finally:
        with suppress(OSError):  # the mail is sent, whatever the server answers to a goodbye
            server.close()


def open_(server):
    try:
        server.open()
    except (OSError, UnicodeError) as error:  # the latter: a wrong host name
        raise NoMailServer(unusable(error)) from error


def send_one(reminder, server):
    """ "", or what went wrong, in whole sentences."""
    try:
        server.send_messages([reminder.message])
    except REFUSALS as error:
        reminder.give_back()
        return refusal(error)
    except OSError as error:
        return (
            f"The mail server stopped while it got the mail ({error}). Nobody knows whether that "
            "mail arrives, so it is not sent again."
        )
    return ""


def refusal(error):
    """Why the server did not get the mail, and what to do."""
    match error:
        case SMTPSenderRefused():
            raise NoMailServer(refused_sender(error)) from error
        case SMTPRecipientsRefused():
            # Without the words of the answer, because they may name the address.
            (code, _words), *_others = error.recipients.values()
            return refused("the address", code, "Correct it on the page of the account.")
        case SMTPResponseException():
            return refused("the mail", error.smtp_code, "The log of the mail server says why.")
        case SMTPNotSupportedError():
            return f"The mail server lacks an extension that this mail needs ({error})."
    return "This is not an address. Correct it on the page of the account."


def refused(what, code, way_out):
    if is_temporary(code):
        return f"The mail server does not accept {what} now ({code}). Run this again later."
    return f"The mail server refuses {what} ({code}). {way_out}"


def refused_sender(error):
    sender = f"from {settings.DEFAULT_FROM_EMAIL} ({answer(error)})"
    if is_temporary(error.smtp_code):
        return f"The mail server accepts no mail {sender} now. Run this again later."
    return (
        f"The mail server refuses mail {sender}: "
        "correct PORTAL_EMAIL_FROM, or the user in PORTAL_EMAIL_URL."
    )


def unusable(error):
    options = settings.MAILERS["default"].get("OPTIONS", {})
    port = f":{options['port']}" if options.get("port") else ""
    cannot = f"The mail server {options.get('host')}{port} cannot be used ({answer(error)})."
    if is_temporary(getattr(error, "smtp_code", None)):
        return f"{cannot} Run this again later."
    return f"{cannot} Start it, or correct PORTAL_EMAIL_URL; then run this again."


def is_temporary(code):
    """The server asks to try again later."""
    return code in range(400, 500)


def answer(error):
    """The server's answer in words, or the error's."""
    if isinstance(error, SMTPResponseException):
        words = error.smtp_error
        words = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        return f"{error.smtp_code} {words}"
    return str(error)
