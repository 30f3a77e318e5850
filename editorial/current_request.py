"""The admin request that this thread answers, for code that records or logs without a request."""

import secrets
from contextlib import contextmanager
from contextvars import ContextVar

current_request = ContextVar("current_request", default=None)


@contextmanager
def identified(request):
    """Give the request an id, which its answer, its audit records and its log lines share."""
    request.id = secrets.token_hex(8)
    token = current_request.set(request)
    try:
        yield
    finally:
        current_request.reset(token)


def acting_person():
    """The account that is logged in and sent this thread's request; None in a command."""
    user = getattr(current_request.get(), "user", None)
    return user if user and user.is_authenticated else None
