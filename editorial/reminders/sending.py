"""Send the reminders, each at most once, even if this is started twice or killed.

The database says that a mail is sent before the mail server gets it. If the server refuses the
mail, that is taken back. If the connection breaks while the server has the mail, nobody knows
whether it arrives: then it is not sent again that day, and the next reminder says the same.
"""

from contextlib import contextmanager, suppress
from smtplib import SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused

from django.conf import settings
from django.core.mail import mailers

from editorial.reminders.due import reminders


class NoMailServer(Exception):
    """The mail server does not do its work; with a sentence for the operator."""


def send_reminders():
    """Yields (user name, "" or why the mail was refused) of each person. Raises ``NoMailServer``.

    Each mail has its own connection, so that a mail that goes wrong harms no other.
    """
    for reminder in reminders():
        with connected() as server:
            if reminder.claim():
                yield reminder.account.get_username(), sent(reminder, server)


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


def sent(reminder, server):
    """ "", or why the mail was refused."""
    try:
        server.send_messages([reminder.message])
    except SMTPSenderRefused as error:
        reminder.give_back()
        raise NoMailServer(
            f"The mail server refuses mail from {settings.DEFAULT_FROM_EMAIL} ({answer(error)}): "
            "correct PORTAL_EMAIL_FROM, or the user in PORTAL_EMAIL_URL."
        ) from error
    except SMTPRecipientsRefused as error:
        reminder.give_back()
        (code, _words), *_others = error.recipients.values()  # the words may name the address
        return f"the mail server refuses the address ({code})"
    except SMTPResponseException as error:
        reminder.give_back()
        return f"the mail server refuses the mail ({error.smtp_code})"
    except ValueError:
        reminder.give_back()
        return "this is not an address"
    except OSError as error:
        raise NoMailServer(
            f"The mail server stopped while it got the mail to {reminder.account.get_username()} "
            f"({error}). Nobody knows whether that mail arrives, so it is not sent again today. "
            "The others get theirs when you run this again."
        ) from error
    return ""


def unusable(error):
    options = settings.MAILERS["default"].get("OPTIONS", {})
    port = f":{options['port']}" if options.get("port") else ""
    return (
        f"The mail server {options.get('host')}{port} cannot be used ({answer(error)}). Start it, "
        "or correct PORTAL_EMAIL_URL; then run this again."
    )


def answer(error):
    """The server's answer in words, or the error's."""
    if isinstance(error, SMTPResponseException):
        words = error.smtp_error
        words = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        return f"{error.smtp_code} {words}"
    return str(error)
