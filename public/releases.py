"""The public content at one moment: the editions in force, the archive, and the home page."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property, lru_cache
from pathlib import Path

from django.conf import settings

from editions import clock, fields
from editions.clock import LEAD
from editions.models import DAMAGED, Edition, Withdrawal, document_of, in_force
from editions.promises import shown_in
from public.addresses import Page
from public.formats import checkpoint

SOURCES = (
    "vision",
    "missions",
    "editions",
    "public",
    "magelang_portal",
    "templates",
    "static",
    "locale",
)
SETTINGS = (
    "SITE_URL",
    "CITY_CONTACT",
    "CITY_LICENCE",
    "CITY_LICENCE_URL",
    "CITY_OFFICIAL_SITE",
    "CURRENT_VISION_URL",
    "EMBED_ORIGINS",
    "SECURITY_CONTACT",
    "PRODUCTION",
)


@cache
def code_version():
    """The hash of sources, templates, styles and packages: all of them make public bytes."""
    code = hashlib.sha256((settings.BASE_DIR / "requirements" / "portal.txt").read_bytes())
    for path in sorted(
        path for folder in SOURCES for path in Path(settings.BASE_DIR, folder).rglob("*.*")
    ):
        if path.is_file() and "__pycache__" not in path.parts:
            code.update(f"{path.relative_to(settings.BASE_DIR)}\n".encode() + path.read_bytes())
    return code.hexdigest()


def arms_hash():
    return hashlib.sha256(settings.CITY_ARMS.read_bytes()).hexdigest()


@dataclass(frozen=True, eq=False)
class Release:
    """``editions`` are those of every vision, the newest first; ``now`` is an aware time.

    ``base`` is put before every address on the pages, so that a preview's links stay in the
    preview. ``until`` is when the links of a shared preview stop working.
    """

    editions: tuple[Edition, ...]
    now: datetime
    base: str = ""
    until: datetime | None = None

    @classmethod
    def current(cls):
        """The release at this moment, from two short queries."""
        editions = tuple(Edition.objects.summaries())
        return cls(editions, clock.read(editions).moment)

    @classmethod
    def agreed(cls, ahead=timedelta()):
        """The release of all workers and nodes, now or ``ahead`` of now.

        A withdrawal counts ``LEAD`` later, so that every worker and node learns of it before it
        counts. A clock that is not trusted stands still, so ``ahead`` does nothing.
        """
        reading = clock.read()
        now = reading.moment + (ahead if reading.is_believed else timedelta())
        return cls(tuple(Edition.objects.summaries_at(now - LEAD)), now)

    @cached_property
    def key(self):
        """The hash of everything that decides the public bytes."""
        said = self.text_key + checkpoint.fingerprint()
        return hashlib.sha256(said.encode()).hexdigest()

    @cached_property
    def text_key(self):
        """The hash of everything that decides the public bytes, except signature and timestamps."""
        said = [
            code_version(),
            *(str(getattr(settings, name)) for name in SETTINGS),
            str(self.year),
            *(f"{period} {self.state(edition)}" for period, edition in self.in_force.items()),
            *([settings.CITY_ARMS.suffix, arms_hash()] if settings.CITY_ARMS else []),
        ]
        for edition in self.all_due():
            said += [edition.period, edition.sha256]
            said += (
                [f"{edition.withdrawal.withdrawn_at} {edition.withdrawal.reason}"]
                if edition.is_withdrawn
                else []
            )
        return hashlib.sha256("\n".join(said).encode()).hexdigest()

    def next_change(self):
        """When the next release begins.

        An edition is due, a withdrawal counts, a period begins or has ended, or a year ends.
        """
        days = [date(self.year + 1, 1, 1)]
        for edition in self.in_force.values():
            days += [edition.begins, edition.ends + timedelta(days=1)]
        midnights = [datetime.combine(day, time(), clock.WIB) for day in days if day > self.today]
        scheduled = [
            edition.effective_at for edition in self.editions if edition.effective_at > self.now
        ]
        withdrawn = Withdrawal.objects.filter(withdrawn_at__gt=self.now - LEAD).values_list(
            "withdrawn_at", flat=True
        )
        return min([*midnights, *scheduled, *(moment + LEAD for moment in withdrawn)])

    @cached_property
    def due(self):
        """The editions that took effect by period, the newest first; later periods first."""
        periods = {}
        for edition in self.editions:
            if edition.effective_at <= self.now and not edition.never_took_effect:
                periods.setdefault(edition.period, []).append(edition)
        return dict(sorted(periods.items(), reverse=True))

    @cached_property
    def in_force(self):
        """The edition in force of each period that has one."""
        return {
            period: edition
            for period, editions in self.due.items()
            if (edition := in_force(editions, self.now))
        }

    def edition(self, period, number):
        """The edition with this number, even if withdrawn; None before it takes effect."""
        return next(
            (edition for edition in self.due.get(period, ()) if edition.number == number), None
        )

    def chain(self, period):
        """The editions up to the newest in effect, the oldest first.

        Editions that never took effect are among them.
        """
        newest = self.due[period][0]
        editions = [e for e in self.editions if e.vision_id == newest.vision_id]
        return [e for e in reversed(editions) if e.number <= newest.number]

    @cached_property
    def today(self):
        """The day in Magelang."""
        return self.now.astimezone(clock.WIB).date()

    @property
    def year(self):
        return self.today.year

    def is_archived(self, edition):
        """True from the day after the period's last day in force."""
        return edition.ends < self.today

    def is_upcoming(self, edition):
        return edition.begins > self.today

    def state(self, edition):
        """The state of the edition's period today: "archived", "upcoming", or "" while it runs."""
        if self.is_archived(edition):
            return "archived"
        return "upcoming" if self.is_upcoming(edition) else ""

    def all_due(self):
        return [edition for editions in self.due.values() for edition in editions]

    @cached_property
    def home(self):
        """The edition of the home page, or None before any is in force.

        It is of the vision that is in force today; of two, the one that began later. If there is
        none: of the one that ended last, or else of the next one.
        """
        editions = list(self.in_force.values())
        if covering := [e for e in editions if not self.state(e)]:
            return max(covering, key=lambda e: (e.begins, e.ends))
        if ended := [e for e in editions if self.is_archived(e)]:
            return max(ended, key=lambda e: (e.ends, e.begins))
        return min(editions, key=lambda e: (e.begins, e.ends), default=None)

    def current_besides(self, edition):
        """The vision in force today, unless it is this edition's."""
        home = self.home
        is_current = home and not self.is_archived(home) and not self.is_upcoming(home)
        return home if is_current and home.period != edition.period else None

    @cached_property
    def current_first(self):
        """The editions in force: home's, then later periods before earlier ones."""
        return sorted(self.in_force.values(), key=lambda edition: edition != self.home)

    @cached_property
    def terms(self):
        """The terms of all editions in force by anchor; home's come before others'."""
        terms = {}
        for edition in reversed(self.current_first):
            terms |= {term.anchor: term for term in edition.document.terms}
        return terms

    def changed_at(self, period):
        """When the public text of the period last changed, by an edition or a withdrawal."""
        editions = self.due[period]
        withdrawals = [
            edition.withdrawal.withdrawn_at for edition in editions if edition.is_withdrawn
        ]
        return max([self.in_force[period].effective_at, *withdrawals])

    def replaced_by(self, edition):
        """The edition that replaced this one, or None while it is in force."""
        later = [
            e for e in self.due[edition.period] if e.number > edition.number and not e.is_withdrawn
        ]
        return min(later, key=lambda e: e.number, default=None)

    def pages(self):
        """Every page of the sitemap with the time of its last change, or None."""
        changed = self.changed_at(self.home.period) if self.home else None
        for name in ("home", "periods", "glossary", "data", "embed", "about", "accessibility"):
            yield Page(name), changed
        for period, edition in self.in_force.items():
            document, changed = edition.document, self.changed_at(period)
            for name in ("vision", "bilingual", "figure", "elements", "missions", "editions"):
                yield Page(name, {"period": period}), changed
            for element in document.elements:
                yield Page("element", {"period": period, "slug": element.slug}), changed
            for mission in document.missions:
                yield Page("mission", {"period": period, "number": mission.number}), changed
            standing = [e for e in self.due[period] if not e.is_withdrawn]
            for later, earlier in zip(standing, [*standing[1:], None], strict=True):
                yield (
                    Page("edition", {"period": period, "number": later.number}),
                    later.effective_at,
                )
                if earlier:
                    numbers = {"period": period, "before": earlier.number, "after": later.number}
                    yield Page("difference", numbers), later.effective_at


@dataclass(frozen=True)
class Traces:
    """The values that an edition fixes: anchors in reading order, and elements' numbers by slug."""

    anchors: tuple[str, ...]
    terms: tuple[str, ...]  # the anchors of the glossary
    slugs: dict[str, dict[str, int]]


NO_TRACES = Traces((), (), {"id": {}, "en": {}})


def traces_of(edition):
    if edition.pk is None:  # a preview's
        return _traces(edition.document)
    try:
        return _kept_traces(edition.pk, edition.sha256)
    except DAMAGED:  # a damaged edition must not break the pages of the others
        return NO_TRACES


@lru_cache(maxsize=4096)
def _kept_traces(pk, sha256):
    """Has its own cache, because traces are small and those of many editions fit."""
    return _traces(document_of(pk, sha256))


def _traces(document):
    anchors = []
    for element in document.elements:
        anchors += [element.anchor, *dict(element.paragraphs)]
        anchors += [f"{element.anchor}-butir"] if element.points_lead_in else []
        anchors += anchors_below(element)
    for mission in document.missions:
        anchors += [mission.anchor, *anchors_below(mission)]
    anchors += [field.anchor for field in fields.of("vision") if getattr(document, field.name)]
    terms = tuple(term.anchor for term in document.terms)
    return Traces(tuple(anchors), terms, shown_in(document).words)


def anchors_below(part):
    """The anchors of an element's or a mission's explanation and points."""
    explanation = [f"{part.anchor}-sederhana"] if part.explanation else []
    return [*explanation, *(point.anchor for point in part.all_points())]
