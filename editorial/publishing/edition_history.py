"""What was done to one edition, and what it was used for, in the order of time."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext as _

from editions.clock import in_wib
from editions.models import Edition
from editorial.models import Revision
from public.releases import Release
from vision.text import years_of


def edition_history(request, edition):
    return admin.site.page(
        request,
        "publishing/edition_history",
        title=_("History"),
        subtitle=edition,
        opts=Edition._meta,
        edition=edition,
        doings=sorted(doings(edition), key=lambda doing: doing[0]),
    )


def doings(edition):
    """(Time, person or "", words, reason as ``Text`` or None) of each."""
    editions = list(Edition.objects.filter(vision_id=edition.vision_id).summaries())
    now = Release.current().now
    yield edition.published_at, edition.publisher, published(edition, editions), edition.note
    if edition.is_withdrawn:
        yield withdrawn(edition)
    if not edition.never_took_effect and edition.effective_at <= now:
        yield edition.effective_at, "", _("It took effect."), None
        yield from replaced(edition, editions, now)
    yield from used(edition)


def published(edition, editions):
    words = [_("Published, to take effect on %(time)s.") % {"time": in_wib(edition.effective_at)}]
    before = next((each for each in editions if each.number == edition.number - 1), None)
    if before and before.never_took_effect:
        known = _("The edition before this one, %(number)d, was withdrawn before it took effect.")
        words.append(known % {"number": before.number})
    if edition.missing_english:
        known = _("The publisher knew of passages without English: %(count)d.")
        words.append(known % {"count": edition.missing_english})
    if edition.without_second_reader:
        words.append(_("Without a second reader."))
    return " ".join(words)


def withdrawn(edition):
    withdrawal = edition.withdrawal
    words = _("Withdrawn before it took effect.") if withdrawal.before_its_time else _("Withdrawn.")
    reason = withdrawal.reason if withdrawal.reason_ind else None
    return withdrawal.withdrawn_at, withdrawal.withdrawn_by, words, reason


def replaced(edition, editions, now):
    later = [
        each for each in editions if each.number > edition.number and not each.never_took_effect
    ]
    if later and later[-1].effective_at <= now:
        words = _("Edition %(number)d took its place.") % {"number": later[-1].number}
        yield later[-1].effective_at, "", words, None


def used(edition):
    """The working copies that were begun from this edition or reset to it."""
    made = {
        Revision.Action.COPY: _("Copied for %(period)s."),
        Revision.Action.RESET: _("The working copy was reset to it."),
    }
    is_reset = Q(action=Revision.Action.RESET, vision_id=edition.vision_id)
    is_copied = Q(action=Revision.Action.COPY, source_period=edition.period)
    for revision in Revision.objects.filter(is_reset | is_copied, source_edition=edition.number):
        words = made[revision.action] % {"period": years_of(revision.period)}
        yield revision.at, revision.author, words, None
