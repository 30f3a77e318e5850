"""A form that adds something adds it once, however often it is sent.

Each page carries a number that no other page has. When a form adds something, a receipt is kept in
the same transaction: a mark of what was sent, the row it made, and the address to which it led. The
same form with the same words has the same mark, and the database holds each mark once. Other words
have another mark: a person who goes back to a form and types something else adds that, too. A
receipt ends with its row: a person who deleted the row can go back to the form and add it again.
"""

from datetime import timedelta

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponseRedirect
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.translation import gettext as _

from editions import clock
from editions.document import canonical_json
from editorial.models import Receipt

KEPT = timedelta(days=30)  # as long as the browser keeps what was typed (static/js/draft.js)


def new_form_number():
    """The number of a page that is shown now."""
    return get_random_string(22)


def answer_once(request, add):
    """What ``add()`` answers; where the same was sent before, the way to what that made.

    ``add`` writes in a transaction of its own, and calls ``keep_receipt`` in it.
    """
    if request.method != "POST":
        return add()
    return _way_to_the_first(request) or _answer(request, add)


def _answer(request, add):
    """The first request may not have committed yet; check for its receipt again if this one added
    nothing.
    """
    try:
        response = add()
    except IntegrityError:
        if way := _way_to_the_first(request):
            return way
        raise
    return response if response.status_code == 302 else _way_to_the_first(request) or response


def keep_receipt(request, path, row):
    """Store the address the form leads to, in the same transaction as the new row."""
    now, mark = clock.now(), _mark(request)
    Receipt.objects.filter(at__lt=now - KEPT).delete()
    for receipt in Receipt.objects.filter(mark=mark):
        if not receipt.is_of_a_row:
            receipt.delete()
    Receipt.objects.create(mark=mark, path=path, at=now, model=row._meta.label_lower, row=row.pk)


def was_sent_before(request):
    return _receipt(request) is not None


def _receipt(request):
    """What says that the same was sent before, while the row that it made is there."""
    receipt = Receipt.objects.filter(mark=_mark(request)).first()
    return receipt if receipt and receipt.is_of_a_row else None


def _way_to_the_first(request):
    receipt = _receipt(request)
    if receipt is None:
        return None
    messages.success(request, _("You sent this form twice. The entry was saved only once."))
    return HttpResponseRedirect(receipt.path)


def _mark(request):
    """A mark of the person, the page and what was sent, but not of which button was pressed."""
    left_out = ("_", "csrf")  # buttons, and a token that says nothing of the form
    sent = {name: words for name, words in request.POST.lists() if not name.startswith(left_out)}
    words = canonical_json([request.user.pk, request.path, sent])
    return salted_hmac("editorial.once", words, algorithm="sha256").hexdigest()
