"""Who gets a reminder, and what it says. The limits are days and weeks in Magelang."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.db.models import Q
from django.utils import translation

from editions.clock import WIB
from editorial.desk.steps import tasks
from editorial.models import Account
from editorial.reminders.letter import letter
from editorial.working_copy import WorkingCopy, staff_release
from vision.models import Vision

# A publication that began before this may still be invisible; the next reminder has it.
UNSETTLED = timedelta(minutes=1)
LONGEST_NEWS = timedelta(days=7)  # an older edition is no news, even for a new choice


@dataclass(frozen=True)
class Reminder:
    account: Account
    moment: datetime  # the state of the portal that it describes
    since: datetime  # only for a person who was not reminded since then
    message: object

    def claim(self):
        """Say in the database that it is sent; False if another run did, or the person changed."""
        rows = Account.objects.filter(
            Q(reminded_at=None) | Q(reminded_at__lt=self.since),
            pk=self.account.pk,
            is_active=True,
            email=self.account.email,
            reminders=self.account.reminders,
        )
        return bool(rows.update(reminded_at=self.moment))

    def give_back(self):
        """It was not sent: the next run may send it."""
        rows = Account.objects.filter(pk=self.account.pk, reminded_at=self.moment)
        rows.update(reminded_at=self.account.reminded_at)


def reminders():
    """The reminders that are due now."""
    release = staff_release()
    # For each language, because a copy keeps some sentences.
    copies = cache(lambda _language: [WorkingCopy(one, release) for one in Vision.objects.all()])
    accounts = Account.objects.filter(is_active=True, is_staff=True).exclude(email="")
    for account in accounts.exclude(reminders=Account.Reminders.NONE).order_by("pk"):
        with translation.override(account.language):
            reminder = reminder_of(account, release, copies)
        if reminder:
            yield reminder


def reminder_of(account, release, copies):
    """The reminder that this person gets now, or None."""
    moment = release.now - UNSETTLED
    editions = news_of(account, release.editions, moment)
    since = beginning(moment, is_daily=editions or account.reminders == Account.Reminders.DAILY)
    if account.reminded_at and account.reminded_at >= since:
        return None
    found = [task for copy in copies(account.language) for task in tasks(account, copy)]
    if not (editions or found):
        return None
    return Reminder(account, moment, since, letter(account, editions, found))


def beginning(moment, *, is_daily):
    """The first moment of the day, or of the week."""
    day = moment.astimezone(WIB).replace(hour=0, minute=0, second=0, microsecond=0)
    return day if is_daily else day - timedelta(days=day.weekday())


def news_of(account, editions, moment):
    """The editions that took effect since this publisher was reminded, the oldest first."""
    if not account.has_perm("editions.publish_edition"):
        return []
    since = max(account.reminded_at or account.date_joined, moment - LONGEST_NEWS)
    found = [
        edition
        for edition in editions
        if since < edition.effective_at <= moment and not edition.is_withdrawn
    ]
    return sorted(found, key=lambda edition: edition.effective_at)
