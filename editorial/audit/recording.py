"""Records an act with person and address: an ``Event``, which is permanent, and a log line."""

import logging

from django.db import transaction

from editions import clock
from editorial.audit.chain import seal_after_commit
from editorial.current_request import current_request
from editorial.models import Event
from vision.text import one_line

logger = logging.getLogger("audit")
SERVER = "server"  # the actor outside of requests: a command, a timer


def record(kind, *, row=None, object="", detail="", actor=None):
    """Record this act of ``actor`` on ``row``, or on the thing that ``object`` names.

    Without ``actor`` it is the user of the current request, or the server. ``detail`` is translated
    when it is shown, if the catalogues have it. Never pass a secret.
    """
    request = current_request.get()
    event = Event(
        at=clock.now(),
        actor=plain(actor_of(request) if actor is None else actor)[:150],
        address=request.META.get("REMOTE_ADDR", "")[:45] if request else "",
        kind=kind,
        row_kind=row._meta.label_lower if row else "",
        row=row.pk if row else None,
        object=plain(object or str(row or ""))[:255],
        detail=plain(detail)[:500],
        request_id=request.id if request else "",
    )
    event.save()
    seal_after_commit(event)
    transaction.on_commit(lambda: logger.info("%s", event.kind, extra={"event": log_fields(event)}))
    return event


def plain(text):
    """One line without NUL, which a hostile address may hold and PostgreSQL refuses."""
    return one_line(text.replace("\0", ""))


def actor_of(request):
    if request is None:
        return SERVER
    user = getattr(request, "user", None)
    return user.get_username() if user and user.is_authenticated else ""


def log_fields(event):
    """The fields that are not empty, untranslated, for the log."""
    names = ["kind", "actor", "address", "row_kind", "row", "object", "detail", "request_id"]
    return {name: value for name in names if (value := getattr(event, name))}
