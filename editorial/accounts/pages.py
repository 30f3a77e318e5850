"""The pages of the second factor: set it up, change one's own, reset another person's."""

from base64 import b32encode
from functools import partial
from time import time
from urllib.parse import quote

import segno
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from editorial.accounts.login import (
    CODE_GIVEN_AT,
    CodeForm,
    account_after_first_factor,
    code_form_page,
    code_view,
    finish_login,
    is_recent,
    with_next,
)
from editorial.accounts.second_administrator import withhold
from editorial.accounts.second_factor import (
    ENROL_WITHIN,
    enrol,
    has_factor,
    in_groups,
    may_enrol,
    new_recovery_codes,
    recovery_codes_left,
    reset,
    verify,
)
from editorial.addresses import next_of
from editorial.posting import fields_to_send_again, posted, transaction_if_posted

# In the session:
OFFERED_KEY = "factor_key"  # until a code proves that an app has it
MAY_REPLACE_SINCE = "may_replace_factor"  # when a code was given to set up another app


@code_view
def enrol_page(request):
    """A key for the app, as a picture and in letters; then a code proves that the app has it."""
    account, is_logged_in = account_to_enrol(request), admin.site.has_permission(request)
    if account is None:
        way = "admin:second_factor" if is_logged_in else "admin:login_code"
        return HttpResponseRedirect(with_next(request, way))
    if is_logged_in and not has_factor(account) and (answer := code_first(request)):
        return answer
    if not is_logged_in and not may_enrol(account):
        title = _("Your password is too old")
        return admin.site.page(
            request,
            "accounts/enrol_too_late",
            title=_("Your account has waited too long") if account.is_by_provider else title,
            account=account,
            days=ENROL_WITHIN.days,
        )
    key = request.session.setdefault(OFFERED_KEY, default_key())
    form = CodeForm(partial(enrol, account, key), posted(request))
    if form.is_valid():
        device, codes = form.result
        for name in (OFFERED_KEY, MAY_REPLACE_SINCE):
            request.session.pop(name, None)
        finish_login(request, account, device)
        return codes_page(request, codes)
    device = TOTPDevice(user=account, key=key)
    return code_form_page(
        request,
        "enrol",
        _("Set up the second factor"),
        form,
        picture=segno.make(device.config_url, error="m").svg_data_uri(light="#fff"),
        key=in_groups(b32encode(device.bin_key).decode()),
        address=device.config_url,
    )


def account_to_enrol(request):
    """The account that may set up a factor now, or None.

    An account without a factor needs its password; one with a factor, a code of that.
    """
    is_logged_in = admin.site.has_permission(request)
    account = request.user if is_logged_in else account_after_first_factor(request)
    if account is None or not has_factor(account):
        return account
    may_replace = is_recent(request.session.get(MAY_REPLACE_SINCE, 0))
    return account if may_replace and is_logged_in else None


def codes_page(request, codes):
    """The recovery codes, shown once: as the answer to a form they have no address."""
    return admin.site.page(
        request,
        "accounts/recovery_codes",
        title=_("Your recovery codes"),
        codes=[in_groups(code) for code in codes],
        account=request.user,
        next=next_of(request) or reverse("admin:index"),
    )


@code_view
def factor_page(request):
    """One's own factor: a code gives new recovery codes, or leads to setting up another app."""
    account = request.user
    if not has_factor(account):
        return HttpResponseRedirect(reverse("admin:enrol"))
    form = CodeForm(partial(verify, account), posted(request))
    if form.is_valid():
        if request.POST.get("do") == "codes":
            return codes_page(request, new_recovery_codes(account))
        request.session[MAY_REPLACE_SINCE] = time()
        return HttpResponseRedirect(reverse("admin:enrol"))
    left = recovery_codes_left(account)
    return code_form_page(request, "second_factor", _("Second factor"), form, left=left)


@code_view
def confirm_page(request):
    """Ask for a code again before a page that gives access to an account."""
    if not has_factor(request.user):
        return code_first(request) or HttpResponseRedirect(
            next_of(request) or reverse("admin:index")
        )
    form = CodeForm(partial(verify, request.user), posted(request))
    if form.is_valid():
        request.session[CODE_GIVEN_AT] = time()
        return HttpResponseRedirect(next_of(request) or reverse("admin:index"))
    return confirm_form_page(request, form)


def confirm_form_page(request, form, fields=()):
    """``fields`` are sent again with the code."""
    return code_form_page(request, "confirm", _("A code once more"), form, fields=fields)


def code_first(request):
    """Ask for a code; return None if one was given a short time ago, or no code is needed.

    An unlocked computer or a stolen session must not take over an account. So GET and POST have the
    same limit. A form that is sent too late is not lost: it is sent again with the code.
    """
    if settings.SECOND_FACTOR == "off" or is_recent(request.session.get(CODE_GIVEN_AT, 0)):
        return None
    if not has_factor(request.user):
        return provider_first(request)
    if request.method != "POST":
        path = quote(request.get_full_path())
        return HttpResponseRedirect(f"{reverse('admin:confirm')}?next={path}")
    form = CodeForm(partial(verify, request.user), request.POST if "code" in request.POST else None)
    if form.is_valid():
        request.session[CODE_GIVEN_AT] = time()
        return None
    return confirm_form_page(request, form, fields_to_send_again(request))


def provider_first(request):
    """Ask for a new login at the provider: the only second factor of this account is there."""
    start = reverse("admin:provider_start")
    if request.method != "POST":
        return HttpResponseRedirect(f"{start}?again=1&next={quote(request.get_full_path())}")
    return admin.site.page(
        request,
        "accounts/confirm_at_provider",
        title=_("Log in once more"),
        fields=fields_to_send_again(request),
        start=f"{start}?again=1",
    )


def reset_page(model_admin, request, object_id):
    """Remove the factor of somebody who lost it; people replace their own on ``factor_page``."""
    with transaction_if_posted(request):
        account = account_to_reset(model_admin, request, object_id)
        if account == request.user:
            return HttpResponseRedirect(reverse("admin:second_factor"))
        if answer := code_first(request):
            return answer
        if request.method == "POST" and has_factor(account):
            return reset_factor(request, account)
    return admin.site.page(
        request,
        "accounts/reset_factor",
        title=_("Remove the second factor"),
        subtitle=account,
        opts=model_admin.opts,
        account=account,
        has_factor=has_factor(account),
        days=ENROL_WITHIN.days,
    )


def account_to_reset(model_admin, request, object_id):
    # Before the look-up, so that the answer does not reveal which accounts exist.
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    account = model_admin.get_object(request, str(object_id))
    if account is None:
        raise Http404
    if not model_admin.has_change_permission(request, account):
        raise PermissionDenied
    return account


def reset_factor(request, account):
    """An identity at the provider still logs in, and could set up another phone: so roles wait."""
    reset(account)
    withhold(account, gettext_noop("a removed second factor"))
    words = gettext(
        "The second factor and the password of %(name)s have been removed. Set a new password "
        "here and tell it to them in person: with it they set up a new factor."
    )
    messages.success(request, words % {"name": account.get_username()})
    return HttpResponseRedirect(reverse("admin:auth_user_password_change", args=[account.pk]))
