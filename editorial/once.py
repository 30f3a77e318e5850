"""A form that adds something adds it once, however often it is sent.

Each page carries a number that no other page has. When a form adds something, a receipt is kept in
the same transaction: a mark of what was sent, and the address to which it led. The same form with
the same words has the same mark, and the database holds each mark once. Other words have another
mark: a person who goes back to a form and types something else adds that, too.
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


def fresh() -> str:
    """The number of a page that is shown now."""
    return get_random_string(22)


def once(request, add):
    """What ``add()`` answers; where the same was sent before, the way to what that made.

    ``add`` writes in a transaction of its own, and calls ``keep`` in it.
    """
    if request.method != "POST":
        return add()
    return _way_to_the_first(request) or _answer(request, add)


def _answer(request, add):
    """The first may still have been under way: so look again if nothing was added."""
    try:
        response = add()
    except IntegrityError:
        if way := _way_to_the_first(request):
            return way
        raise
    return response if response.status_code == 302 else _way_to_the_first(request) or response


def keep(request, path):
    """Keep, in the transaction in which the form adds something, where it leads."""
    now = clock.now()
    Receipt.objects.filter(at__lt=now - KEPT).delete()
    Receipt.objects.create(mark=_mark(request), path=path, at=now)


def was_sent_before(request) -> bool:
    return _receipt(request) is not None


def _receipt(request):
    return Receipt.objects.filter(mark=_mark(request)).first()


def _way_to_the_first(request):
    receipt = _receipt(request)
    if receipt is None:
        return None
    messages.success(request, _("The form was sent more than once: what it holds was added once."))
    return HttpResponseRedirect(receipt.path)


def _mark(request):
    """A mark of the person, the page and what was sent, but not of which button was pressed."""
    left_out = ("_", "csrf")  # buttons, and a token that says nothing of the form
    sent = {name: words for name, words in request.POST.lists() if not name.startswith(left_out)}
    words = canonical_json([request.user.pk, request.path, sent])
    return salted_hmac("editorial.once", words, algorithm="sha256").hexdigest()
