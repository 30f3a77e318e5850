"""What a form sent, for a page that sends it once more."""

import re

SECRET = re.compile("password|otp|code")  # names of fields that no page gives back


def has_secret(request):
    return any(SECRET.search(name) for name in request.POST)


def fields_to_send_again(request):
    """The names and values that were posted, without secrets and without the token of the form."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken" and not SECRET.search(name)
    ]
