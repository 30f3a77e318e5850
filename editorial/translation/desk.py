"""The translator's desk: what needs work and why, Indonesian beside English, and all that helps to decide."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, partial
from urllib.parse import quote

from django.core.paginator import Paginator
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from editions import clock
from editions.blockers import obstacles
from editions.difference import word_segments
from editions.document import TermText
from editorial.addresses import (
    form_path,
    history_path,
    preview_path,
    translation_file_path,
    translation_path,
)
from editorial.models import Act, Revision, Version
from editorial.rows import rows_by_anchor
from editorial.translation.exchange.formats import FORMATS
from editorial.translation.progress import progress
from editorial.translation.remarks import unsettled
from editorial.translation.saving import Slot, seal
from editorial.translation.states import State, Translation, review_is_required
from editorial.translation.terms import terms_in
from editorial.translation.waivers import Checked, checked
from editorial.working_copy import WorkingCopy, staff_release
from public.templatetags.portal import place
from vision.fields import ProseField

ON_A_PAGE = 20
AGES = {
    "7": _("for a week or more"),
    "30": _("for a month or more"),
    "90": _("for three months or more"),
}  # days
STATES = {
    "": _("what needs work"),
    "all": _("all passages"),
    **{state.value: state.label for state in State},
    "checks": _("what a check found"),
    "remarks": _("with remarks that are not settled"),
}


@dataclass
class Card:
    """One passage on the desk. ``typed`` is the English that was sent and not saved, ``errors`` say why; ``sent_base``
    is the sealed base it was sent with, where its writer has not seen what stands there now."""

    slot: Slot
    translation: Translation
    checked: list[Checked]
    acts: list[Act]
    since: Revision | None  # the last save of either text
    part: str
    obstacles: list[str]  # why it cannot be published so
    typed: str | None = None
    sent_base: str | None = None
    typed_words: dict[str, str] = field(
        default_factory=dict
    )  # a remark or reasons, not kept, by the field's name
    errors: list[str] = field(default_factory=list)
    wrong: str = (
        ""  # which remark or reason the errors are about: "words", or "reason:" and its name
    )
    has_focus: bool = False
    may_confirm: bool = False
    terms: list[TermText] = field(default_factory=list)
    term_forms: dict[str, str] = field(default_factory=dict)  # the addresses of their forms
    before: str = ""  # the key of the passage before it, of those that the filters find
    after: str = ""
    previous: str = ""  # the address of that one
    next: str = ""

    @property
    def key(self):
        return self.translation.key

    @property
    def passage(self):
        return self.slot.passage

    @property
    def english(self):
        return self.passage.text.en if self.typed is None else self.typed

    @property
    def base(self):
        return seal(self.slot) if self.sent_base is None else self.sent_base

    @property
    def is_prose(self):
        return isinstance(self.slot.row._meta.get_field(self.slot.column), ProseField)

    @property
    def source_segments(self):
        """The Indonesian that the English was made from against that of now; nothing where it is the same."""
        if self.translation.state != State.OUTDATED:
            return []
        return word_segments(self.translation.source, self.passage.text.id)

    @property
    def words(self):
        return self.typed_words.get("words", "")

    @property
    def checks(self):
        """What was found, each with the reason that was typed for letting it stand, whether that is
        wrong, and the form of its term."""
        return [
            (
                each,
                self.typed_words.get(f"reason:{each.name}", ""),
                self.wrong == f"reason:{each.name}",
                self.term_forms.get(each.problem.detail, ""),
            )
            for each in self.checked
        ]

    @property
    def open_problems(self):
        return [each for each in self.checked if each.waiver is None]

    @property
    def remarks(self):
        return unsettled(self.acts)

    @property
    def person(self):
        return self.since.author if self.since else ""

    @property
    def history(self):
        return history_path(self.slot.row)

    def previews(self):
        for language in ("id", "en"):
            yield language, preview_path(self.slot.row, language)


class Desk:
    """The desk of one vision as this person asked for it: ``query`` are the filters, as in the address."""

    def __init__(self, user, vision, query):
        self.user, self.vision = user, vision
        self.copy = WorkingCopy(vision, staff_release())
        self.filters = {name: query.get(name, "") for name in ("state", "part", "age", "person")}
        self.at, self.number = query.get("at", ""), query.get("page")
        self.kept = set()  # keys of passages that are shown whatever the filters find
        self.may_translate = user.has_perm("vision.write_english")
        self.may_remark = self.may_translate or user.has_perm("vision.write_indonesian")

    @cached_property
    def rows(self):
        return rows_by_anchor(self.vision)

    @cached_property
    def slots(self):
        passages = [translation.passage for translation in self.copy.translations.values()]
        return {
            each.key: Slot(each, self.rows[each.anchor])
            for each in passages
            if each.anchor in self.rows
        }

    @cached_property
    def cards(self):
        """Every passage, in reading order."""
        found, acts, saves = checked(self.copy.document), self._acts(), self._saves()
        stops = defaultdict(list)
        for obstacle in obstacles(self.copy.document):
            stops[obstacle.passage and obstacle.passage.key].append(obstacle.message)
        return [
            Card(
                slot,
                self.copy.translations[key],
                found[key],
                acts[slot.passage.kind, slot.row.pk, slot.passage.field],
                saves.get((slot.passage.kind, slot.row.pk, slot.passage.field)),
                part_of(slot.passage),
                stops[key],
            )
            for key, slot in self.slots.items()
        ]

    def _acts(self):
        acts = defaultdict(list)
        keys = defaultdict(set)
        for slot in self.slots.values():
            keys[slot.passage.kind].add(slot.row.pk)
        rows = Q(pk=None)
        for kind, own in keys.items():
            rows |= Q(kind=kind, row__in=own)
        for act in (
            Act.objects.filter(rows).filter(revision__isnull=False).select_related("revision")
        ):
            acts[act.kind, act.row, act.field].append(act)
        return acts

    def _saves(self):
        """The last save of each passage, in either language: {(kind, key of the row, field): revision}."""
        saves = {}
        versions = Version.objects.filter(revision__vision_id=self.vision.pk).select_related(
            "revision"
        )
        for version in versions.defer("before", "after").order_by("-pk").iterator():
            for column in version.fields:
                saves.setdefault(
                    (version.kind, version.row, column.rpartition("_")[0]), version.revision
                )
        return saves

    # What is shown

    @cached_property
    def found(self):
        """The cards that the filters find, on all pages."""
        return [card for card in self.cards if self._is_found(card)]

    @cached_property
    def page(self):
        """The cards that are found, of one page, with their neighbours."""
        cards = self.found
        for earlier, later in zip(cards, cards[1:], strict=False):
            earlier.after, later.before = later.key, earlier.key
        pages = Paginator(cards, ON_A_PAGE)
        keys = [card.key for card in cards]
        number = keys.index(self.at) // ON_A_PAGE + 1 if self.at in keys else self.number
        page = pages.get_page(number)
        here = {card.key for card in page}
        for card in page:
            self.with_terms(card)
            card.term_forms = self._term_forms(card)
            card.may_confirm = self.may_confirm(card)
            card.previous, card.next = (
                f"#{quote(f'en-{key}')}" if key in here else key and self.way_to(key)
                for key in (card.before, card.after)
            )
        return page

    @property
    def has_errors(self):
        return any(card.errors for card in self.cards)

    @property
    def previous_page(self):
        return translation_path(self.vision, **self.filters, page=self.page.previous_page_number())

    @property
    def next_page(self):
        return translation_path(self.vision, **self.filters, page=self.page.next_page_number())

    def files(self):
        """(Name, address) of the file in each format, with the passages that are found."""
        for name, form in FORMATS.items():
            yield form.name, translation_file_path(self.vision, name, **self.filters)

    def with_terms(self, card):
        """The card, with the terms of the glossary that its Indonesian uses."""
        card.terms = terms_in(card.passage.text.id, self.copy.document)
        return card

    def _term_forms(self, card):
        """The address of the form of each of its terms, from which one returns to the passage."""
        if not self.may_translate:
            return {}
        back = self.way_to(card.key)
        rows = {term.term.id: self.rows.get(term.anchor) for term in card.terms}
        return {words: form_path(row, back) for words, row in rows.items() if row}

    def way_to(self, key):
        """The address of the field of the passage, under the filters of now; of the whole page without a key."""
        return translation_path(self.vision, key, **self.filters).replace("#", "#en-")

    def _is_found(self, card):
        state, part, age, person = self.filters.values()
        if card.key in self.kept:
            return True
        oldest = clock.now() - timedelta(days=int(age)) if age in AGES else None
        return (
            is_in_state(card, state)
            and (not part or card.part == part)
            and (not oldest or self._is_unchanged_since(oldest, card))
            and (not person or card.person == person)
        )

    def _is_unchanged_since(self, moment, card):
        """What has no history was loaded: it is as old as its first edition, or of unknown age."""
        first = self.copy.editions[-1].effective_at if self.copy.editions else moment
        return (card.since.at if card.since else first) <= moment

    # Counts and filters

    @cached_property
    def progress(self):
        return progress(self.copy.translations.values(), partial(translation_path, self.vision))

    def parts(self):
        """(Name, its words, its bar, whether it is chosen) of each part of the text."""
        cards = defaultdict(list)
        for card in self.cards:
            cards[card.part].append(card)
        for part, its in cards.items():
            address = partial(translation_path, self.vision, part=part)
            bar = progress([card.translation for card in its], address)
            yield (
                part,
                part_name(its[0]),
                translation_path(self.vision, part=part, state="all"),
                bar,
            )

    @property
    def choices(self):
        """(Name of the filter, its words, [(value, words, whether it is chosen)])."""
        people = sorted({card.person for card in self.cards if card.person})
        choices = {
            "state": (_("State"), STATES.items()),
            "part": (
                _("Part"),
                [("", _("the whole text")), *((part, name) for part, name, *_rest in self.parts())],
            ),
            "age": (_("Unchanged"), [("", _("of any age")), *AGES.items()]),
            "person": (
                _("Last written by"),
                [("", _("anybody")), *((name, name) for name in people)],
            ),
        }
        return [
            (name, words, [(value, label, value == self.filters[name]) for value, label in values])
            for name, (words, values) in choices.items()
        ]

    @property
    def needs_work(self):
        return sum(1 for card in self.cards if card.translation.needs_work)

    # What this person may do

    def may_confirm(self, card):
        """Whether this person's word would make the passage done, or bring it nearer to that."""
        state = card.translation.state
        if not self.may_translate or state not in (State.OUTDATED, State.REVIEW):
            return False
        has_spoken = self.user.get_username() in card.translation.authors
        return not (state == State.REVIEW and has_spoken and review_is_required())


def is_in_state(card, state):
    match state:
        case "all":
            return True
        case "checks":
            return bool(card.obstacles or card.open_problems)
        case "remarks":
            return bool(card.remarks)
    return card.translation.state == state if state in State else card.translation.needs_work


def part_of(passage):
    """The part of the text a passage stands in, by the anchor that begins it: "v", "u3", "m" or "t"."""
    letter = passage.anchor[0]
    return passage.anchor.partition("-")[0] if letter == "u" else letter


PARTS = {"v": _("The vision"), "m": _("Missions"), "t": _("Glossary")}


def part_name(card):
    """The name of the part that the card begins."""
    return PARTS.get(card.part) or place(card.passage)
