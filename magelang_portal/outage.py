"""503: what is answered while the database cannot, with the reason, the way on, and what was typed.

It asks neither the database nor the session. A reader's language is that of the address, an account's is known once
the account was read; where neither is, the page speaks both.
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
from magelang_portal import health
from public.addresses import UNPUBLISHED
from public.delivery.front import IS_LOST
from public.pages import style, views
from public.pages.rendering import RELEASE
from public.releases import Release

logger = logging.getLogger(__name__)
RETRY_AFTER = 10  # seconds
MAY_WAIT = 2  # of the threads of a worker; the others go on answering from memory
LANGUAGES = [code for code, _name in settings.LANGUAGES]


class Outage(StrEnum):
    LOST = "lost"
    BUSY = "busy"  # somebody else holds what is to be written, or it takes too long
    FULL = "full"


# By SQLSTATE, and by the first two words of SQLite's error names; what is in neither list depends on the database.
POSTGRESQL = {
    "25006": Outage.LOST,  # only reads: it is, or became, a standby
    "25P03": Outage.BUSY,  # the transaction waited too long
    "40001": Outage.BUSY,
    "40P01": Outage.BUSY,
    "53100": Outage.FULL,
    "55P03": Outage.BUSY,
    "57014": Outage.BUSY,
}
SQLITE = {
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
    """What ails the database; None where the error is the program's own."""
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

    Requests that may do without the database, such as a search, go on, but at most ``MAY_WAIT`` at
    a time: each may have to wait for it.
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
    """Since this worker began, the database has not answered: only the copy knows what is published."""
    try:
        resolve(request.path_info)
    except Resolver404 as error:
        request.release = Release((), datetime.now(UTC))
        return views.not_found(request, error)
    return unavailable(request, Outage.LOST, is_unsaved=True)


class AnsweredMiddleware(MessageMiddleware):
    """Mark the request as answered: what fails later, such as writing the session, fails after the
    view has saved. An outage keeps no message, because the save that it reports was rolled back.
    """

    def process_response(self, request, response):
        request.is_answered = True
        if response.status_code == 503:
            return response
        return super().process_response(request, response)


def server_error(request):
    """Django's handler of whatever was raised and not caught, in a view or a middleware."""
    error = sys.exception()
    outage = error and outage_of(error)
    if not outage:
        return views.server_error(request)
    logger.warning("503, the database is %s: %s", outage, error)
    is_unsaved = outage != Outage.LOST and not getattr(request, "is_answered", False)
    return unavailable(request, outage, is_unsaved)


def unavailable(request, outage, is_unsaved):
    """``is_unsaved``: nothing of the request was saved, for certain."""
    languages, fields = languages_of(request), fields_given_back(request)
    context = {
        "languages": languages,
        "outage": outage,
        "is_unsaved": is_unsaved,
        "is_post": request.method == "POST",
        "is_public": not request.path_info.startswith(UNPUBLISHED),
        "address": request.get_full_path(),
        "fields": fields,
        "texts": [(language_of(name), value) for name, value in fields if is_read(name, value)],
        "csrf_token": fields and get_token(request),
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
    """The fields of the form; none where something in it is secret, or a file, or where the form is not ours.

    A stranger's page could otherwise put its own words into this one, with a button that sends them in our name.
    """
    if request.method != "POST" or not is_from_our_form(request):
        return []
    return [] if request.FILES or has_secret(request) else fields_to_send_again(request)


def is_read(name, value):
    """Whether a person would know the value as their words, rather than as a button's or a seal."""
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
    check = CsrfCheck(lambda request: None)
    check.process_request(request)
    return check.process_view(request, None, (), {}) is None
