"""A form that adds a row adds it once, however often it is sent.

Each page carries a unique number. A form that adds a row stores a receipt in the same transaction:
a mark of the posted fields, the row, and the address of the redirect. The database allows each mark
once. The same form posted again has the same mark and gets the same redirect; other words have
another mark and add another row. A receipt ends with its row: the form can add a deleted row again.
"""

from datetime import timedelta

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponseRedirect
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.translation import gettext_lazy

from editions import clock
from editions.document import canonical_json
from editorial.models import Receipt

SENT_TWICE = gettext_lazy("This was done already: the form was sent twice, and counted once.")
KEPT = timedelta(days=30)  # as long as static/js/draft.js keeps the typed text


def new_form_number():
    """A number for one page, which makes its form unique."""
    return get_random_string(22)


def answer_once(request, add):
    """The response of the view ``add``; for a form sent twice, the redirect of the first time.

    ``add`` writes in a transaction, and calls ``keep_receipt`` within it.
    """
    if request.method != "POST":
        return add()
    return _first_redirect(request) or _answer(request, add)


def _answer(request, add):
    """Look for a receipt again if nothing was added: the first request commits meanwhile."""
    try:
        response = add()
    except IntegrityError:
        if redirect := _first_redirect(request):
            return redirect
        raise
    return response if response.status_code == 302 else _first_redirect(request) or response


def keep_receipt(request, path, row):
    """Store the address of the redirect, in the same transaction as the new row."""
    now, mark = clock.now(), _mark(request)
    Receipt.objects.filter(at__lt=now - KEPT).delete()
    for receipt in Receipt.objects.filter(mark=mark):
        if not receipt.is_of_a_row:
            receipt.delete()
    Receipt.objects.create(mark=mark, path=path, at=now, model=row._meta.label_lower, row=row.pk)


def was_sent_before(request):
    return _receipt(request) is not None


def _receipt(request):
    """The receipt of the same form, while the row it added exists."""
    receipt = Receipt.objects.filter(mark=_mark(request)).first()
    return receipt if receipt and receipt.is_of_a_row else None


def _first_redirect(request):
    receipt = _receipt(request)
    if receipt is None:
        return None
    messages.success(request, SENT_TWICE)
    return HttpResponseRedirect(receipt.path)


def _mark(request):
    """A hash of the person, the page and the posted fields without the button."""
    left_out = ("_", "csrf")  # buttons and the CSRF token
    posted = {name: texts for name, texts in request.POST.lists() if not name.startswith(left_out)}
    form = canonical_json([request.user.pk, request.path, posted])
    return salted_hmac("editorial.once", form, algorithm="sha256").hexdigest()
