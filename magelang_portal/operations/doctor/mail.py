"""Does the mail server let the portal in? Nothing is sent."""

from django.conf import settings
from django.core.checks import Error

from editorial.reminders.sending import NoMailServer, connected


def look(answer):
    if not settings.HAS_MAIL_SERVER:
        return answer.could_not_ask("PORTAL_EMAIL_URL is not set: the portal sends no mail")
    host = settings.MAILERS["default"]["OPTIONS"]["host"]
    try:
        with connected():
            answer.say(f"{host} takes mail from the portal")
    except NoMailServer as error:
        yield Error(
            str(error),
            hint="Only the reminders and alarms by mail wait for it: the portal serves without.",
            id="mail.E001",
        )
