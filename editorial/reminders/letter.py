"""The mail to one person: the steps of their desk, and the editions that took effect.

It is in the active language.
"""

from django.conf import settings
from django.core.mail import EmailMessage, make_msgid
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from editions.clock import in_wib
from public.addresses import Page


def letter(account, editions, steps):
    return EmailMessage(
        subject=f"{subject(editions, steps)} – {_('Vision of Kota Magelang')}",
        body="\n\n".join(paragraphs(account, editions, steps)) + "\n",
        to=[account.email],
        headers={
            "Auto-Submitted": "auto-generated",  # so that no program answers it
            "Message-ID": make_msgid(domain=settings.SITE_HOST),  # not the machine's own name
        },
    )


def subject(editions, steps):
    if not steps:
        words = ngettext("An edition took effect", "%(count)d editions took effect", len(editions))
        return words % {"count": len(editions)}
    words = ngettext("%(count)d task waits for you", "%(count)d tasks wait for you", len(steps))
    return words % {"count": len(steps)}


def paragraphs(account, editions, steps):
    yield _("Dear %(name)s,") % {"name": account.get_full_name() or account.get_username()}
    if editions:
        yield _("Editions that took effect:")
        yield from map(words_of_edition, editions)
    if steps:
        yield _("This waits for you on the vision portal:")
        yield from (f"* {sentence}\n  {link}:\n  {full(path)}" for sentence, link, path in steps)
    yield ending()


def words_of_edition(edition):
    page = Page("edition", {"period": edition.period, "number": edition.number})
    words = _("%(edition)s, on %(time)s")
    line = words % {"edition": edition, "time": in_wib(edition.effective_at)}
    return f"* {line}\n  {full(page.path(get_language()))}"


def ending():
    words = _("The portal sends this mail by itself, and nobody reads replies to it.")
    change = _("To get less mail, or none:")
    return f"-- \n{words}\n{change} {full(reverse('admin:reminders'))}"


def full(path):
    return settings.SITE_URL + path
