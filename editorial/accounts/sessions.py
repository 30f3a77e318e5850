"""A login ends after ``SESSION_COOKIE_AGE``, and after ``SESSION_IDLE_AGE`` without a page.

settings.py has both values. An hour without a page, because people read and compare a long passage
between two saves, and because NIST SP 800-63B allows it after two factors. A form outlives the
session: ``static/js/draft.js`` keeps the typed text in the browser, and the form offers it after
the next login.
"""

from time import time

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver

from editorial.accounts.visits import note_visit
from editorial.audit.recording import record
from editorial.models import Event

BEGAN, SEEN = "began", "seen"
SEEN_EVERY = 60  # seconds between two writes of the session and of the visit


@receiver(user_logged_in)
def begin_session(request, user, **kwargs):
    request.session.clear_expired()  # for all accounts, so that no timer is needed
    request.session[BEGAN] = request.session[SEEN] = int(time())
    note_visit(user)


def has_ended(session, now):
    is_over = now - session.get(BEGAN, 0) > settings.SESSION_COOKIE_AGE
    return is_over or now - session.get(SEEN, 0) > settings.SESSION_IDLE_AGE


def keep_or_end(request):
    """Log the account out if its session is over; otherwise record the time."""
    now = int(time())
    if has_ended(request.session, now):
        record(Event.Kind.EXPIRED, row=request.user)
        request.session.flush()
        request.user = AnonymousUser()
    elif now - request.session[SEEN] >= SEEN_EVERY:
        request.session[SEEN] = now
        note_visit(request.user)
