"""The key by which django-axes counts guesses, and the page of a lockout."""

from datetime import timedelta
from ipaddress import ip_address, ip_network

from axes.helpers import get_client_username, get_cool_off
from axes.models import AccessAttempt
from django.contrib import admin
from django.db.models import Max
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


def network_of(request):
    """The client's address; for IPv6 its /64 network, all of which one client can use."""
    found = request.META.get("REMOTE_ADDR")
    try:
        address = ip_address(found)
    except ValueError:
        return found  # no address, or that of a Unix socket
    if address.version == 6 and not address.ipv4_mapped:
        return str(ip_network((address, 64), strict=False).network_address)
    return found


def hashed_name(request, credentials):
    """The typed name as it is stored: hashed, because people type passwords into that field."""
    name = (credentials or request.POST).get("username") or ""
    return salted_hmac("editorial.accounts.lockout", name, algorithm="sha256").hexdigest()


def locked_out(request, response, credentials):
    username = get_client_username(request, credentials)
    attempts = AccessAttempt.objects.filter(username=username, ip_address=request.axes_ip_address)
    last = attempts.aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    until = last + get_cool_off(request)
    # The page shows hours and minutes: the first whole minute after the lockout.
    page = admin.site.page(
        request,
        "accounts/locked_out",
        title=_("Too many attempts"),
        until=until + timedelta(seconds=59),
    )
    page.status_code = 429
    page.headers["Retry-After"] = str(max(1, round((until - timezone.now()).total_seconds())))
    return page.render()
