"""The state of a vision's working copy: compared with its editions, and English with Indonesian."""

from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from editions import clock
from editions.blockers import blocking_errors
from editions.clock import in_wib
from editions.difference import Difference, difference
from editions.models import Edition, scheduled
from editions.publishing import standing
from editions.working_copy import read_document
from editorial.history.changes import copied_edition
from editorial.models import Act
from editorial.publishing.answers import first_rows
from editorial.translation.passages import indonesian_address_words
from editorial.translation.remarks import open_remarks
from editorial.translation.states import translations
from public.releases import Release


def staff_release():
    """The release one second ahead: an edition published just now is in force, not scheduled."""
    editions = tuple(Edition.objects.summaries())
    return Release(editions, clock.read(editions).soon)


def state_of_period(edition, release):
    """``Release.state``, or "replaced" if a later period runs at the same time."""
    is_replaced = not release.state(edition) and release.current_besides(edition)
    return "replaced" if is_replaced else release.state(edition)


STATES = {  # each as a tag and a sentence
    "never": (gettext_lazy("Not published"), gettext_lazy("No edition has been public yet.")),
    "archived": (
        gettext_lazy("Archived"),
        gettext_lazy("The period is over. Edition %(number)d of %(date)s can still be read."),
    ),
    "upcoming": (
        gettext_lazy("Upcoming"),
        gettext_lazy(
            "The period has not begun. Edition %(number)d has been public since %(date)s."
        ),
    ),
    "replaced": (
        gettext_lazy("Replaced"),
        gettext_lazy(
            "Vision %(later)s is in force now. Edition %(number)d of %(date)s can still be read."
        ),
    ),
    "in-force": (gettext_lazy("In force"), gettext_lazy("Edition %(number)d since %(date)s.")),
    "withdrawn": (
        gettext_lazy("Withdrawn"),
        gettext_lazy("Nothing is public: every edition was withdrawn."),
    ),
}


class WorkingCopy:
    def __init__(self, vision, release):
        self.vision, self.release = vision, release
        self.document = read_document(vision)
        self.editions = [edition for edition in release.editions if edition.vision_id == vision.pk]
        self.standing = standing(self.editions)
        self.waiting = scheduled(self.editions, release.now)
        self.in_force = release.in_force.get(self.document.period)

    @property
    def years(self):
        return self.document.years

    @cached_property
    def base(self):
        """The edition to compare with: before the first one, that of the period it was begun from.

        None for a text that was begun from an empty form.
        """
        return self.standing or copied_edition(self.vision)

    @property
    def base_name(self):
        """The number of ``base``, with its years if it is of another period."""
        if not self.base or self.standing:
            return self.base and self.base.number
        words = _("%(number)d of %(years)s")
        return words % {"number": self.base.number, "years": self.base.years}

    @cached_property
    def difference(self):
        """The difference from ``base``; empty without one."""
        return (
            difference(self.base.document, self.document) if self.base else Difference((), (), {})
        )

    @cached_property
    def blocking_errors(self):
        return blocking_errors(self.document)

    @property
    def is_over(self):
        return self.document.ends < self.release.today

    @property
    def waits_to_be_published(self):
        is_new = bool(self.difference) if self.standing else True
        return is_new and not self.waiting and not self.blocking_errors

    @cached_property
    def translations(self):
        """{key: translation} of each passage."""
        return translations(self.document)

    @cached_property
    def remarks(self):
        """{key: open remarks} of the passages."""
        remarks, passages = open_remarks(self.vision), self.document.passages()
        keys = {passage.key for passage in passages} if remarks else ()
        return {key: acts for key, acts in remarks.items() if key in keys}

    @cached_property
    def answers(self):
        """How many answers through links are open."""
        return first_rows(self.vision).count()

    @cached_property
    def address_words(self):
        """The unpublished English address words that still equal the Indonesian ones."""
        known = indonesian_address_words(self.standing.document) if self.standing else []
        found = indonesian_address_words(self.document)
        return [passage for passage in found if passage not in known]

    def in_state(self, state, name=""):
        """The passages in this state, without what the person of this name may not review."""
        return [
            each.passage
            for each in self.translations.values()
            if each.state == state and not each.waits_for_others(name)
        ]

    def returned_to(self, name):
        """The passages whose English was sent back to the person of this user name."""
        return [each.passage for each in self.translations.values() if name in each.returned_to]

    def to_rewrite(self, name):
        """The keys of the passages whose Indonesian was sent back to the person of this name."""
        return [
            key
            for key, acts in self.remarks.items()
            if any(act.act == Act.Kind.REWRITE and act.detail == name for act in acts)
        ]

    def waiting_for_others(self, name):
        """The passages in review that the person of this user name may not review."""
        return [each.passage for each in self.translations.values() if each.waits_for_others(name)]

    @property
    def state(self):
        """ "never", "archived", "upcoming", "replaced", "in-force" or "withdrawn"; "" if only
        scheduled."""
        if all(edition.never_took_effect for edition in self.editions):
            return "never"
        if self.in_force:
            return state_of_period(self.in_force, self.release) or "in-force"
        return "" if self.waiting else "withdrawn"

    def states(self):
        """(Tag, sentence) of the state of the period, and of the edition that waits."""
        if self.state:
            yield STATES[self.state][0], STATES[self.state][1] % self._edition_in_force()
        if self.waiting:
            words = _("Edition %(number)d takes effect on %(time)s.")
            yield (
                _("Scheduled"),
                words % {"number": self.waiting.number, "time": in_wib(self.waiting.effective_at)},
            )

    def _edition_in_force(self):
        if not self.in_force:
            return {}
        return {
            "number": self.in_force.number,
            "date": in_wib(self.in_force.effective_at, "DATE_FORMAT"),
            "later": self.release.home.years,
        }
