"""The pages of the second factor: setting it up, looking after one's own, and taking away that of somebody else."""

from base64 import b32encode
from contextlib import nullcontext
from functools import partial
from time import time
from urllib.parse import quote

import segno
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from editorial.accounts.login import (
    PROVEN,
    CodeForm,
    code_view,
    complete,
    half_logged_in,
    with_next,
)
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
from editorial.posting import fields_to_send_again, posted

KEY = (
    "factor_key"  # in the session: the key that is offered, until a code shows that an app holds it
)
MAY_REPLACE = (
    "may_replace_factor"  # in the session: when a code was given to replace the factor by another
)
MAY_REPLACE_LASTS = 600  # seconds
PROVEN_LASTS = 600  # seconds


@code_view
def enrol_page(request):
    """A key for the app, as a picture and in letters; then the code that shows that the app has it."""
    account, is_inside = enrolling(request), admin.site.has_permission(request)
    if account is None:
        return HttpResponseRedirect(
            with_next(request, "admin:second_factor" if is_inside else "admin:login_code")
        )
    if not is_inside and not may_enrol(account):
        return admin.site.page(
            request,
            "accounts/enrol_too_late",
            title=_("Your password is too old"),
            days=ENROL_WITHIN.days,
        )
    key = request.session.setdefault(KEY, default_key())
    form = CodeForm(partial(enrol, account, key), posted(request))
    if form.is_valid():
        device, codes = form.result
        for name in (KEY, MAY_REPLACE):
            request.session.pop(name, None)
        complete(request, account, device)
        return codes_page(request, codes)
    device = TOTPDevice(user=account, key=key)
    return admin.site.page(
        request,
        "accounts/enrol",
        title=_("Set up the second factor"),
        form=form,
        picture=segno.make(device.config_url, error="m").svg_data_uri(light="#fff"),
        key=in_groups(b32encode(device.bin_key).decode()),
        address=device.config_url,
    )


def enrolling(request):
    """Who may set up a factor now: whoever has none and gave the password, or has one and gave a code of it."""
    account = request.user if admin.site.has_permission(request) else half_logged_in(request)
    if account is None or not has_factor(account):
        return account
    is_proven = time() - request.session.get(MAY_REPLACE, 0) < MAY_REPLACE_LASTS
    return account if is_proven and account == request.user else None


def codes_page(request, codes):
    """The recovery codes, this once: the answer to the form, so that they stand nowhere else."""
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
    """One's own factor: new recovery codes, or another app, either for a code."""
    account = request.user
    if not has_factor(account):
        return HttpResponseRedirect(reverse("admin:enrol"))
    form = CodeForm(partial(verify, account), posted(request))
    if form.is_valid():
        if request.POST.get("do") == "codes":
            return codes_page(request, new_recovery_codes(account))
        request.session[MAY_REPLACE] = time()
        return HttpResponseRedirect(reverse("admin:enrol"))
    left = recovery_codes_left(account)
    return form.shown(
        admin.site.page(
            request, "accounts/second_factor", title=_("Second factor"), form=form, left=left
        )
    )


@code_view
def confirm_page(request):
    """A code once more, before what lets somebody into an account."""
    form = CodeForm(partial(verify, request.user), posted(request))
    if form.is_valid() or not has_factor(request.user):
        request.session[PROVEN] = time()
        return HttpResponseRedirect(next_of(request) or reverse("admin:index"))
    return confirmation(request, form)


def confirmation(request, form, fields=()):
    """The page that asks for the code; ``fields`` are sent again with it."""
    title = _("A code once more")
    return form.shown(
        admin.site.page(request, "accounts/confirm", title=title, form=form, fields=fields)
    )


def code_first(request):
    """Ask for a code; return None where one was given a short time ago, or no code is needed.

    An unlocked computer or a stolen session must not take over an account. So GET and POST have the
    same limit. A form that comes too late is not lost: it is sent again with the code.
    """
    proven_at = request.session.get(PROVEN, 0)
    if settings.SECOND_FACTOR == "off" or time() - proven_at < PROVEN_LASTS:
        return None
    if request.method != "POST":
        path = quote(request.get_full_path())
        return HttpResponseRedirect(f"{reverse('admin:confirm')}?next={path}")
    form = CodeForm(partial(verify, request.user), request.POST if "code" in request.POST else None)
    if form.is_valid():
        request.session[PROVEN] = time()
        return None
    return confirmation(request, form, fields_to_send_again(request))


def reset_page(model_admin, request, object_id):
    """Take away the factor of somebody who lost it. One's own is replaced on one's own page, for a code."""
    with transaction.atomic() if request.method == "POST" else nullcontext():
        return answer_of_reset(model_admin, request, object_id)


def answer_of_reset(model_admin, request, object_id):
    if not model_admin.has_change_permission(request):
        raise PermissionDenied  # before the look-up: the answer must not tell which accounts exist
    account = model_admin.get_object(request, str(object_id))
    if account is None:
        raise Http404
    if not model_admin.has_change_permission(request, account):
        raise PermissionDenied
    if account == request.user:
        return HttpResponseRedirect(reverse("admin:second_factor"))
    if answer := code_first(request):
        return answer
    if request.method == "POST" and has_factor(account):
        reset(account)
        words = gettext(
            "The second factor and the password of %(name)s are taken away. Set a new password here and tell it to "
            "them in person: with it they set up a new factor."
        )
        messages.success(request, words % {"name": account.get_username()})
        return HttpResponseRedirect(reverse("admin:auth_user_password_change", args=[account.pk]))
    return admin.site.page(
        request,
        "accounts/reset_factor",
        title=_("Take the second factor away"),
        subtitle=account,
        opts=model_admin.opts,
        account=account,
        has_factor=has_factor(account),
        days=ENROL_WITHIN.days,
    )
