"""Logging in: the password first, then a code. Until both were right nobody is logged in.

Between the two only the session knows whose password was right, and for ten minutes. So no page but the two that ask
for the second factor can mistake half a login for a whole one.
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
from django_otp import login as verified_by
from django_otp.plugins.otp_static.models import StaticDevice

from editorial.accounts.second_factor import (
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
HALF = "half_login"  # in the session: whose password was right, and when
HALF_LASTS = 600  # seconds: time to find the phone
PROVEN = "proven"  # in the session: when a code was given last
FEW_CODES = 3


class PasswordView(LoginView):
    authentication_form = AdminAuthenticationForm
    template_name = "admin/login.html"
    next_page = "admin:index"

    def form_valid(self, form):
        if settings.SECOND_FACTOR == "off":
            return super().form_valid(form)
        begin(self.request, form.get_user())
        return HttpResponseRedirect(with_next(self.request, "admin:login_code"))


def begin(request, account):
    request.session.flush()  # its key is new, and nothing of what was before is in it
    request.session[HALF] = {
        "account": account.pk,
        "hash": account.get_session_auth_hash(),
        "at": time(),
    }
    record(Event.Kind.PASSWORD_RIGHT, row=account, actor=account.get_username())


def half_logged_in(request):
    """Whose password was right in this session, a short time ago; from here on the page speaks their language."""
    half = request.session.get(HALF)
    if not half or time() - half["at"] > HALF_LASTS:
        return None
    account = Account.objects.filter(pk=half["account"], is_active=True, is_staff=True).first()
    if account is None or not constant_time_compare(account.get_session_auth_hash(), half["hash"]):
        return None
    translation.activate(account.language)
    return account


def complete(request, account, device):
    """Log in whose password and code were right; whoever is logged in already is now so by this device."""
    if request.user.is_authenticated:
        update_session_auth_hash(request, account)
        verified_by(request, device)
        return
    request.session.flush()
    account.otp_device = device  # which django-otp keeps in the session
    login(request, account, backend=BACKEND)
    request.session[PROVEN] = time()


class CodeForm(forms.Form):
    """Asks for a code. ``check`` is given it, and raises what ``second_factor`` raises; ``result`` is what it gave."""

    code = forms.CharField(
        label=_("code"),
        max_length=40,
        widget=forms.TextInput(
            {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
        error_messages={"required": _("Type the code.")},
    )

    def __init__(self, check, data=None, help_text=""):
        super().__init__(data)
        self.check, self.result, self.wait = check, None, 0
        self.fields["code"].help_text = help_text

    def clean_code(self):
        try:
            self.result = self.check(self.cleaned_data["code"])
        except WrongCode:
            raise ValidationError(WRONG) from None
        except TooManyCodes as error:
            self.wait = error.seconds
            raise ValidationError(WAIT % {"seconds": self.wait}) from None

    def shown(self, response):
        """The page with the form; with the status of who is to wait, where they are."""
        if self.wait:
            response.status_code = 429
            response.headers["Retry-After"] = str(self.wait)
        return response


WRONG = _(
    "This code is not right. Each code works once and for half a minute: type the one that is shown now."
)
WAIT = ngettext_lazy(
    "Too many wrong codes. Wait %(seconds)d second, then type the code that is shown then.",
    "Too many wrong codes. Wait %(seconds)d seconds, then type the code that is shown then.",
    "seconds",
)


def code_view(view):
    """What every page that asks for a code has around it."""
    view = require_http_methods(["GET", "HEAD", "POST"])(view)
    return never_cache(csrf_protect(sensitive_post_parameters("code")(view)))


@code_view
def code_page(request):
    account = half_logged_in(request)
    if account is None:
        return HttpResponseRedirect(with_next(request, "admin:login"))
    if not has_factor(account):
        return HttpResponseRedirect(with_next(request, "admin:enrol"))
    form = CodeForm(partial(verify, account), posted(request))
    if form.is_valid():
        complete(request, account, form.result)
        warn_of_few_codes(request, form.result)
        return HttpResponseRedirect(next_of(request) or reverse("admin:index"))
    return form.shown(
        admin.site.page(request, "accounts/login_code", title=_("Code"), form=form, account=account)
    )


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


# Where one wanted to go


def with_next(request, name):
    path = next_of(request)
    return reverse(name) + (f"?next={quote(path)}" if path else "")
