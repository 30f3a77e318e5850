"""The 503 page of an outage of the database: the reason, the next step, and the form's fields.

Making it queries neither the database nor the session. Its language is that of the address, or of
the account once that was read; otherwise the page is in both languages.
"""

import logging
import sys
from datetime import UTC, datetime
from enum import StrEnum
from threading import BoundedSemaphore

from django.conf import settings
from django.contrib.messages.middleware import MessageMiddleware
from django.db import InterfaceError, InternalError, OperationalError
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import gettext as _

from editorial.posting import fields_to_send_again, has_secret
from editorial.publishing.shared_preview import is_form_of_link
from magelang_portal import health
from public.addresses import UNPUBLISHED, is_admin
from public.delivery.front import IS_LOST
from public.pages import style, views
from public.pages.rendering import RELEASE
from public.releases import Release

logger = logging.getLogger(__name__)
RETRY_AFTER = 10  # seconds
MAY_WAIT = 2  # of a worker's threads; the others go on answering from memory
LANGUAGES = [code for code, _name in settings.LANGUAGES]


class Outage(StrEnum):
    LOST = "lost"
    BUSY = "busy"  # another transaction holds the rows, or the statement takes too long
    FULL = "full"


POSTGRESQL = {  # by SQLSTATE
    "25006": Outage.LOST,  # read-only: the server is a standby
    "25P03": Outage.BUSY,  # idle_in_transaction_session_timeout
    "40001": Outage.BUSY,  # serialization failure
    "40P01": Outage.BUSY,  # deadlock
    "53100": Outage.FULL,
    "55P03": Outage.BUSY,  # lock_timeout
    "57014": Outage.BUSY,  # statement_timeout
}
SQLITE = {  # by the first two words of the error's name
    "SQLITE_BUSY": Outage.BUSY,
    "SQLITE_LOCKED": Outage.BUSY,
    "SQLITE_FULL": Outage.FULL,
    "SQLITE_CANTOPEN": Outage.LOST,
    "SQLITE_CORRUPT": Outage.LOST,
    "SQLITE_IOERR": Outage.LOST,
    "SQLITE_NOTADB": Outage.LOST,
    "SQLITE_READONLY": Outage.LOST,
}


def outage_of(error):
    """The outage that raised this error of Django, or None for a fault of the code."""
    cause = error.__cause__
    if name := getattr(cause, "sqlite_errorname", ""):
        return SQLITE.get("_".join(name.split("_")[:2]))
    is_of_database = isinstance(error, (OperationalError, InterfaceError))
    if is_of_database or isinstance(error, InternalError):
        return POSTGRESQL.get(
            getattr(cause, "sqlstate", None), Outage.LOST if is_of_database else None
        )
    return None


class AvailabilityMiddleware:
    """Answer ``/livez`` and ``/readyz``, and 503 at once while the database is known to be lost.

    Requests that may not need the database, such as a search, go on, but at most ``MAY_WAIT`` at
    a time, because each may have to wait for it.
    """

    def __init__(self, get_response):
        self.get_response, self.turns = get_response, BoundedSemaphore(MAY_WAIT)

    def __call__(self, request):
        if request.path_info in health.VIEWS:
            return health.VIEWS[request.path_info](request)
        if not request.META.get(IS_LOST):
            return self.get_response(request)
        if request.META.get(RELEASE, True) is None:
            return without_release(request)
        if request.path_info.startswith(UNPUBLISHED) or not self.turns.acquire(blocking=False):
            return unavailable(request, Outage.LOST, is_unsaved=True)
        try:
            return self.get_response(request)
        finally:
            self.turns.release()


def without_release(request):
    """The database has not answered since this worker started, so no edition is known."""
    try:
        resolve(request.path_info)
    except Resolver404 as error:
        request.release = Release((), datetime.now(UTC))
        return views.not_found(request, error)
    return unavailable(request, Outage.LOST, is_unsaved=True)


class AnsweredMiddleware(MessageMiddleware):
    """Mark the request as answered: failures after it, such as in the session, follow the save.

    An outage keeps no message, because the save that it reports was rolled back.
    """

    def process_response(self, request, response):
        request.is_answered = True
        if response.status_code == 503:
            return response
        return super().process_response(request, response)


def server_error(request):
    """handler500: called for any uncaught error of a view or a middleware."""
    error = sys.exception()
    outage = error and outage_of(error)
    if not outage:
        return views.server_error(request)
    logger.warning("503, the database is %s: %s", outage, error)
    is_unsaved = outage != Outage.LOST and not getattr(request, "is_answered", False)
    return unavailable(request, outage, is_unsaved)


def unavailable(request, outage, is_unsaved):
    """``is_unsaved``: it is certain that nothing of the request was saved."""
    languages, fields = languages_of(request), fields_given_back(request)
    context = {
        "languages": languages,
        "outage": outage,
        "is_unsaved": is_unsaved,
        "is_post": request.method == "POST",
        "is_public": not request.path_info.startswith(UNPUBLISHED),
        "address": request.get_full_path(),
        "fields": fields,
        "texts": [(language_of(name), value) for name, value in fields if is_text(name, value)],
        "csrf_token": fields and is_admin(request) and get_token(request),  # it sets a cookie
    }
    head = {"language": languages[0], "full_title": title_in(languages)}
    response = style.page(render_to_string("503.html", context), head, status=503)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = ", ".join(languages)
    return response


def title_in(languages):
    titles = []
    for language in languages:
        with translation.override(language):
            titles.append(_("The portal is out of order at the moment"))
    return " – ".join(titles)


def languages_of(request):
    of_address = translation.get_language_from_path(request.path_info)
    known = of_address or getattr(request, "account_language", None)
    return [known] if known else LANGUAGES


def fields_given_back(request):
    """The fields of the form, or none if it holds a secret or a file, or fails the CSRF check.

    Otherwise a stranger's page could put its own words into this one, with a button that sends
    them in the portal's name.
    """
    if request.method != "POST" or not is_from_our_form(request):
        return []
    return [] if request.FILES or has_secret(request) else fields_to_send_again(request)


def is_text(name, value):
    """Whether a person typed the value, unlike buttons and signed fields."""
    return not name.startswith("_") and len(value.split()) > 1


def language_of(name):
    if name.endswith("_ind"):
        return "id"
    return "en" if name.endswith("_en") or name.startswith("en:") else ""


class CsrfCheck(CsrfViewMiddleware):
    """Give the reason instead of a 403 page; no public name of Django 6.1 does."""

    def _reject(self, request, reason):
        return reason


def is_from_our_form(request):
    if not is_admin(request):
        return is_form_of_link(request)
    check = CsrfCheck(lambda request: None)
    check.process_request(request)
    return check.process_view(request, None, (), {}) is None
