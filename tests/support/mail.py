"""A mail server for tests, which speaks SMTP."""

from contextlib import contextmanager
from email import message_from_bytes, policy
from unittest.mock import patch

from tests.support.servers.ports import free_port

# aiosmtpd imports a decorator from a package that has the name of our room.
with patch("public.public", lambda decorated: decorated, create=True):
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult

SENDER = "visi@kota.test"


class Inbox:
    """Keeps the mail that the server got, unless it refuses the address or the mail.

    ``refused`` maps an address to the server's answer; ``on_mail`` runs before a mail is kept, and
    may return another answer.
    """

    def __init__(self):
        self.mail, self.refused, self.on_mail = [], {}, lambda: None

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = await server.loop.run_in_executor(None, self.on_mail)
        if answer:
            return answer
        self.mail.append((envelope, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"

    @property
    def messages(self):
        return [message for _envelope, message in self.mail]

    def texts(self):
        return [message.get_content().replace("\r\n", "\n") for message in self.messages]

    def recipients(self):
        return [address for envelope, _message in self.mail for address in envelope.rcpt_tos]


def login_of(user, password):
    """What aiosmtpd calls to let only this user in."""
    expected = user.encode(), password.encode()

    def judge(server, session, envelope, mechanism, given):
        return AuthResult(success=(given.login, given.password) == expected, handled=False)

    return judge


@contextmanager
def mail_server(**options):
    """(Inbox, the server's port); ``options`` are those of aiosmtpd, such as for TLS."""
    inbox, port = Inbox(), free_port()
    server = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    server.start()
    try:
        yield inbox, port
    finally:
        server.stop()


def use_mail_server(settings, port, **options):
    """As ``PORTAL_EMAIL_URL`` sets it."""
    settings.HAS_MAIL_SERVER, settings.DEFAULT_FROM_EMAIL = True, SENDER
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": port, "timeout": 5} | options,
        }
    }
