"""``/livez`` and ``/readyz``: for whoever watches the portal, whatever the Host header. Strangers learn no detail."""

import logging
import os
import shutil

from django.conf import settings
from django.db import Error
from django.http import HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from editions.models import Edition
from public.front import IS_LOST

logger = logging.getLogger(__name__)
NEEDED_BYTES = 100_000_000


class HealthMiddleware:
    """Answers before ``CommonMiddleware`` looks at the Host header, but after those that set the security headers."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return VIEWS.get(request.path_info, self.get_response)(request)


@require_safe
@cache_control(no_store=True)
def livez(request):
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@cache_control(no_store=True)
def readyz(request):
    if problem := "the database is lost" if request.META.get(IS_LOST) else why_not_ready():
        logger.warning("not ready: %s", problem)
        return HttpResponse("not ready\n", content_type="text/plain", status=503)
    return HttpResponse("ok\n", content_type="text/plain")


VIEWS = {"/livez": livez, "/readyz": readyz}


def why_not_ready():
    """What keeps the portal from serving and editing, or None."""
    try:
        if not Edition.objects.exists():
            return "no edition is published"
        if shutil.disk_usage(settings.DATA_DIR).free < NEEDED_BYTES:
            return f"less than {NEEDED_BYTES} bytes are free in {settings.DATA_DIR}"
        if not os.access(settings.DATA_DIR, os.W_OK):
            return f"{settings.DATA_DIR} cannot be written"
    except (Error, OSError) as error:
        return error
    return None
