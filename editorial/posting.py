"""Helpers of pages with forms: methods and permission, posted fields, transaction."""

import re
from contextlib import nullcontext

from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.views.decorators.http import require_http_methods

SECRET = re.compile("password|otp|code")  # names of fields that no page shows again


def form_page(*permissions):
    """Show and accept the form only for people with the permissions."""

    def decorate(view):
        view = require_http_methods(["GET", "HEAD", "POST"])(view)
        return permission_required(permissions, raise_exception=True)(view)

    return decorate


def posted(request):
    """The data of a form: the posted fields, or None for a form that is only shown."""
    return request.POST if request.method == "POST" else None


def has_secret(request):
    return any(SECRET.search(name) for name in request.POST)


def fields_to_send_again(request):
    """(Name, value) of each posted field, without secrets and the CSRF token."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken" and not SECRET.search(name)
    ]


def transaction_if_posted(request):
    """A transaction around a form that was sent; none around a page that is only shown."""
    return transaction.atomic() if request.method == "POST" else nullcontext()
