"""Logging in: the password or the city's login provider, then a code. Only both log somebody in.

In between, the session stores for ten minutes who gave the first. Only the two pages that ask
for the second factor read it, so no other page takes half a login for a whole one.
"""

from functools import partial
from time import time
from urllib.parse import quote

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp import login as store_device
from django_otp.plugins.otp_static.models import StaticDevice

from editorial.accounts.second_factor import (
    FACTOR_AT_PROVIDER,
    TooManyCodes,
    WrongCode,
    has_factor,
    recovery_codes_left,
    verify,
)
from editorial.addresses import next_of
from editorial.audit.recording import record
from editorial.models import Account, Event
from editorial.posting import posted

BACKEND = "django.contrib.auth.backends.ModelBackend"
# In the session:
HALF_LOGIN = "half_login"  # the account that gave the first factor, how, and the time
CODE_GIVEN_AT = "proven"
BY_PROVIDER = "by_provider"  # the first factor was a login at the provider
STEP_LASTS = 600  # seconds: time to find the phone
FEW_CODES = 3


class PasswordView(LoginView):
    authentication_form = AdminAuthenticationForm
    template_name = "admin/login.html"
    next_page = "admin:index"

    def form_valid(self, form):
        if settings.SECOND_FACTOR == "off":
            return super().form_valid(form)
        begin_login(self.request, form.get_user(), Event.Kind.PASSWORD_RIGHT)
        return HttpResponseRedirect(with_next(self.request, "admin:login_code"))


def begin_login(request, account, kind):
    """``kind`` is the event: how the account gave the first factor."""
    request.session.flush()  # a new key, and an empty session
    request.session[HALF_LOGIN] = {
        "account": account.pk,
        "hash": account.get_session_auth_hash(),
        "at": time(),
        "is_by_provider": kind == Event.Kind.PROVIDER_RIGHT,
    }
    record(kind, row=account, actor=account.get_username())


def is_recent(moment):
    return time() - moment < STEP_LASTS


def account_after_first_factor(request):
    """The account that gave its first factor a short time ago; activates its language."""
    half = request.session.get(HALF_LOGIN)
    if not half or not is_recent(half["at"]):
        return None
    account = Account.objects.filter(pk=half["account"], is_active=True, is_staff=True).first()
    if account is None or not constant_time_compare(account.get_session_auth_hash(), half["hash"]):
        return None
    account.is_by_provider = half.get("is_by_provider", False)  # an older release wrote none
    translation.activate(account.language)
    return account


def finish_login(request, account, device):
    """Log in with this device; an account that is logged in already keeps its session."""
    if request.user.is_authenticated:
        update_session_auth_hash(request, account)
        store_device(request, device)
        return
    account.otp_device = device  # django-otp's signal stores it in the session
    log_in(request, account, {CODE_GIVEN_AT: time(), BY_PROVIDER: account.is_by_provider})


def log_in(request, account, marks):
    """Log in with a new session, which holds these marks."""
    request.session.flush()
    login(request, account, backend=BACKEND)
    request.session.update(marks)


def log_in_by_provider(request, account, has_factor, is_new):
    """Log in without a code; a person who is logged in already keeps the session and its forms.

    An old login at the provider (``is_new`` is False) does not count as a code given now.
    """
    marks = {BY_PROVIDER: True}
    if has_factor:
        marks |= {FACTOR_AT_PROVIDER: True} | ({CODE_GIVEN_AT: time()} if is_new else {})
    if request.user == account and admin.site.has_permission(request):
        request.session.update(marks)
    else:
        log_in(request, account, marks)


class CodeForm(forms.Form):
    """``verify_code`` takes the code, and raises ``WrongCode`` or ``TooManyCodes``.

    ``result`` is its return value.
    """

    code = forms.CharField(
        label=_("code"),
        max_length=40,
        widget=forms.TextInput(
            {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
        error_messages={"required": _("Type the code.")},
    )

    def __init__(self, verify_code, data=None):
        super().__init__(data)
        self.verify_code, self.result, self.wait = verify_code, None, 0

    def clean_code(self):
        try:
            self.result = self.verify_code(self.cleaned_data["code"])
        except WrongCode:
            raise ValidationError(WRONG) from None
        except TooManyCodes as error:
            self.wait = error.seconds
            raise ValidationError(WAIT % {"seconds": self.wait}) from None


WRONG = _(
    "This code is not right. Each code works once and for half a minute: type the one that is "
    "shown now."
)
WAIT = ngettext_lazy(
    "Too many wrong codes. Wait %(seconds)d second, then type the code that is shown then.",
    "Too many wrong codes. Wait %(seconds)d seconds, then type the code that is shown then.",
    "seconds",
)


def code_form_page(request, name, title, form, **context):
    """The page with the form; 429 while throttled."""
    response = admin.site.page(request, f"accounts/{name}", title=title, form=form, **context)
    if form.wait:
        response.status_code = 429
        response.headers["Retry-After"] = str(form.wait)
    return response


def code_view(view):
    view = require_http_methods(["GET", "HEAD", "POST"])(view)
    return never_cache(csrf_protect(sensitive_post_parameters("code")(view)))


@code_view
def code_page(request):
    account = account_after_first_factor(request)
    if account is None:
        return HttpResponseRedirect(with_next(request, "admin:login"))
    if not has_factor(account):
        return HttpResponseRedirect(with_next(request, "admin:enrol"))
    form = CodeForm(partial(verify, account), posted(request))
    if form.is_valid():
        finish_login(request, account, form.result)
        warn_of_few_codes(request, form.result)
        return HttpResponseRedirect(next_of(request) or reverse("admin:index"))
    return code_form_page(request, "login_code", _("Code"), form, account=account)


def warn_of_few_codes(request, device):
    if not isinstance(device, StaticDevice):
        return
    left = recovery_codes_left(device.user)
    if left <= FEW_CODES:
        words = ngettext(
            "You have %(left)d recovery code left. Make new ones under “Second factor”.",
            "You have %(left)d recovery codes left. Make new ones under “Second factor”.",
            left,
        )
        messages.warning(request, words % {"left": left})


def with_next(request, name):
    return path_with_next(name, next_of(request))


def path_with_next(name, path):
    return reverse(name) + (f"?next={quote(path)}" if path else "")
