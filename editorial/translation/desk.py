"""The translation desk: Indonesian beside English, with help for each passage."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, partial
from urllib.parse import quote

from django.core.paginator import Paginator
from django.utils.translation import gettext_lazy as _

from editions import clock
from editions.blockers import obstacles
from editions.difference import word_segments
from editions.document import Document, Text
from editorial.accounts.roles import may_remark
from editorial.accounts.visits import other_readers
from editorial.addresses import (
    form_path,
    history_path,
    preview_path,
    translation_file_path,
    translation_path,
)
from editorial.models import Act, Revision, Version, Visit
from editorial.rows import rows_by_anchor
from editorial.translation.exchange.formats import FORMATS
from editorial.translation.memory.matching import Suggestion, memory
from editorial.translation.remarks import acts_by_text, unsettled
from editorial.translation.saving import StoredPassage, seal
from editorial.translation.states import (
    WAITS_FOR_OTHERS,
    State,
    Translation,
    last_done,
    progress,
    review_is_required,
    words_by_state,
)
from editorial.translation.terms import terms_in
from editorial.translation.waivers import Finding, findings
from editorial.working_copy import WorkingCopy, staff_release
from public.templatetags.portal import place
from vision.fields import ProseField

ON_A_PAGE = 20
COMPARED = (State.OUTDATED, State.REVIEW)  # with the last texts that were done
PARTS = {"v": _("The vision"), "m": _("Missions"), "t": _("Glossary")}
AGES = {  # by their days
    "7": _("for a week or more"),
    "30": _("for a month or more"),
    "90": _("for three months or more"),
}
STATES = {
    "": _("what needs work"),
    "all": _("all passages"),
    **{state.value: state.label for state in State},
    "checks": _("what a check found"),
    "remarks": _("with comments that are not settled"),
    WAITS_FOR_OTHERS: _("waiting for another translator"),
}


@dataclass
class Card:
    """One passage on the desk. The fields from ``typed`` on show again what a form sent."""

    document: Document
    stored: StoredPassage
    translation: Translation
    findings: list[Finding]
    acts: list[Act]
    last_save: Revision | None  # of either text
    obstacles: list[str]  # sentences: the reasons against publishing it
    typed: str | None = None  # unsaved English
    sent_base: str | None = None  # the sealed base it was sent with
    # Unsaved remarks and reasons: "words", or "reason:" and the name of the finding
    typed_words: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    wrong: str = ""  # the remark or reason with the errors
    has_focus: bool = False
    # Added by the page
    may_confirm: bool = False
    suggestions: list[Suggestion] = field(default_factory=list)
    term_forms: dict[str, str] = field(default_factory=dict)  # addresses by terms
    previous: str = ""  # address
    next: str = ""
    readers: list[Visit] = field(default_factory=list)  # other people who opened it just now
    # Of a passage in review or outdated:
    last_done: Text | None = None  # the last texts that were done
    is_new: bool = False  # none ever were
    published: str = ""  # the English in force, if it differs

    @property
    def key(self):
        return self.translation.key

    @property
    def passage(self):
        return self.stored.passage

    @property
    def part(self):
        """The part of the text by the anchor that begins it: "v", "u3", "m" or "t"."""
        letter = self.passage.anchor[0]
        return self.passage.anchor.partition("-")[0] if letter == "u" else letter

    @property
    def english(self):
        return self.passage.text.en if self.typed is None else self.typed

    @property
    def base(self):
        return seal(self.stored) if self.sent_base is None else self.sent_base

    @property
    def is_prose(self):
        return isinstance(self.stored.field, ProseField)

    @property
    def source_segments(self):
        """From the Indonesian that was translated to the present one; [] if they are equal.

        In review, from the Indonesian that was last done.
        """
        present = self.passage.text.id
        if self.translation.state == State.OUTDATED:
            return word_segments(self.translation.source, present)
        before = self.last_done.id if self.last_done else present
        return word_segments(before, present) if before != present else []

    @property
    def english_segments(self):
        """From the English that was last done to the saved one; [] if they are equal."""
        present = self.passage.text.en
        before = self.last_done.en if self.last_done else present
        return word_segments(before, present) if before != present else []

    @cached_property
    def terms(self):
        """The terms of the glossary that the Indonesian uses."""
        return terms_in(self.passage.text.id, self.document)

    @property
    def words(self):
        return self.typed_words.get("words", "")

    @property
    def shown_findings(self):
        """(finding, typed reason for a waiver, whether it is wrong, form of its term)."""
        for finding in self.findings:
            name, term = f"reason:{finding.name}", finding.problem.detail
            reason, form = self.typed_words.get(name, ""), self.term_forms.get(term, "")
            yield finding, reason, self.wrong == name, form

    @property
    def has_open_problems(self):
        return bool(self.obstacles) or any(each.waiver is None for each in self.findings)

    @property
    def english_is_wrong(self):
        return bool(self.errors) and not self.wrong

    @property
    def remarks(self):
        return unsettled(self.acts)

    @property
    def opens_remarks(self):
        return bool(self.remarks or self.words or self.wrong == "words")

    @property
    def person(self):
        return self.last_save.author if self.last_save else ""

    @property
    def history(self):
        return history_path(self.stored.row)

    @property
    def preview(self):
        return preview_path(self.stored.row, "en")


class Desk:
    """The desk of a vision for a user. ``query`` holds the filters, as in the address."""

    def __init__(self, user, vision, query):
        self.user, self.vision, self.name = user, vision, user.get_username()
        self.copy = WorkingCopy(vision, staff_release())
        self.filters = {name: query.get(name, "") for name in ("state", "part", "age", "person")}
        self.at, self.number = query.get("at", ""), query.get("page")
        self.always_found = set()  # keys of passages that the filters do not hide
        self.may_translate = user.has_perm("vision.write_english")
        self.may_add_words = user.has_perm("editorial.add_cityword")
        self.may_remark = may_remark(user)

    @cached_property
    def rows(self):
        return rows_by_anchor(self.vision)

    @cached_property
    def stored(self):
        """The stored passages by their keys, in reading order."""
        return {
            key: StoredPassage(translation.passage, self.rows[translation.passage.anchor])
            for key, translation in self.copy.translations.items()
            if translation.passage.anchor in self.rows
        }

    @cached_property
    def cards(self):
        """The card of every passage, in reading order."""
        document, found = self.copy.document, findings(self.copy.document)
        acts, saves, stops = acts_by_text(self.vision), self._last_saves(), defaultdict(list)
        for obstacle in obstacles(document):
            stops[obstacle.passage and obstacle.passage.key].append(obstacle.message)
        cards = []
        for key, stored in self.stored.items():
            texts = (stored.passage.kind, stored.row.pk, stored.passage.field)
            about = (found[key], acts[texts], saves.get(texts), stops[key])
            cards.append(Card(document, stored, self.copy.translations[key], *about))
        return cards

    def _last_saves(self):
        """The last save of each text: {(kind, key of the row, field): revision}."""
        saves, found = {}, Version.objects.filter(revision__vision_id=self.vision.pk)
        found = found.select_related("revision").defer("before", "after").order_by("-pk")
        for version in found.iterator():
            for column in version.fields:
                name = column.rpartition("_")[0]
                saves.setdefault((version.kind, version.row, name), version.revision)
        return saves

    # The passages that are shown

    @cached_property
    def found(self):
        """The cards that the filters find, on all pages."""
        return [card for card in self.cards if self._is_found(card)]

    @cached_property
    def page(self):
        keys = [card.key for card in self.found]
        number = keys.index(self.at) // ON_A_PAGE + 1 if self.at in keys else self.number
        page = Paginator(self.found, ON_A_PAGE).get_page(number)
        here = {card.key for card in page}
        around = ["", *keys, ""]
        self._compare([card for card in page if card.translation.state in COMPARED])
        readers = other_readers(self.user, self.vision, self.copy.release.now)
        for index, card in enumerate(page, start=page.start_index()):
            card.term_forms = self._term_forms(card)
            card.may_confirm = self.may_confirm(card)
            card.suggestions = self.suggestions(card)
            card.readers = readers.get(card.key, [])
            card.previous, card.next = (
                f"#{quote(f'en-{key}')}" if key in here else key and self.path_to(key)
                for key in (around[index - 1], around[index + 1])
            )
        return page

    def _compare(self, cards):
        """Add to the cards the last texts that were done, and the English in force."""
        if not cards:
            return
        pairs = [(card.stored, card.translation) for card in cards]
        done, edition = last_done(self.copy.document, pairs), self.edition
        passages = edition.document.passages() if edition else ()
        in_force = {passage.key: passage.text.en for passage in passages}
        for card in cards:
            card.last_done = done[card.key]
            card.is_new = card.last_done is None and not card.translation.filled
            published = in_force.get(card.key, "")
            card.published = published if published != card.passage.text.en else ""

    @property
    def edition(self):
        """The edition in force, or None."""
        return self.copy.in_force

    @property
    def has_errors(self):
        return any(card.errors for card in self.cards)

    def files(self):
        """(name, address) of the file in each format, with the passages that are found."""
        for name, form in FORMATS.items():
            yield form.name, translation_file_path(self.vision, name, **self.filters)

    def _term_forms(self, card):
        """The addresses of the forms of its terms. The forms lead back to the passage."""
        if not self.may_translate:
            return {}
        rows = {term.term.id: self.rows.get(term.anchor) for term in card.terms}
        return {term: form_path(row, self.path_to(card.key)) for term, row in rows.items() if row}

    def path_to(self, key):
        """The address of the passage's field under these filters; without a key, of the page."""
        return translation_path(self.vision, key, **self.filters).replace("#", "#en-")

    def path_after(self, key):
        """The address of the next passage that the filters find; of the page after the last."""
        keys = [card.key for card in self.found]
        return self.path_to(dict(zip(keys, [*keys[1:], ""], strict=True)).get(key, key))

    def _is_found(self, card):
        state, part, age, person = self.filters.values()
        return card.key in self.always_found or (
            is_in_state(card, state, self.name)
            and part in ("", card.part)
            and person in ("", card.person)
            and (age not in AGES or self._is_unchanged_for(int(age), card))
        )

    def _is_unchanged_for(self, days, card):
        """A passage without history is as old as the first edition; without one, of any age."""
        moment = clock.now() - timedelta(days=days)
        first = self.copy.editions[-1].effective_at if self.copy.editions else moment
        return (card.last_save.at if card.last_save else first) <= moment

    # Counts and filters

    @cached_property
    def progress(self):
        address = partial(translation_path, self.vision)
        return progress(self.copy.translations.values(), address, self.name)

    @cached_property
    def parts(self):
        """(name, its words, address, progress) of each part of the text."""
        cards = defaultdict(list)
        for card in self.cards:
            cards[card.part].append(card)
        path = partial(translation_path, self.vision)
        return [
            (
                part,
                PARTS.get(part) or place(its[0].passage),
                path(part=part, state="all"),
                progress([card.translation for card in its], partial(path, part=part), self.name),
            )
            for part, its in cards.items()
        ]

    @property
    def choices(self):
        """(name of the filter, its words, [(value, words, whether it is chosen)])."""
        people = sorted({card.person for card in self.cards} - {""})
        parts = {part: words for part, words, *_rest in self.parts}
        states = {
            value: words
            for value, words in STATES.items()
            if value != WAITS_FOR_OTHERS or review_is_required()
        }
        choices = {
            "state": (_("State"), states),
            "part": (_("Part"), {"": _("the whole text")} | parts),
            "age": (_("Unchanged"), {"": _("of any age")} | AGES),
            "person": (_("Last written by"), {"": _("anybody")} | {name: name for name in people}),
        }
        return [
            (
                name,
                words,
                [(value, each, value == self.filters[name]) for value, each in its.items()],
            )
            for name, (words, its) in choices.items()
        ]

    @property
    def needs_work(self):
        return any(card.translation.needs_work_of(self.name) for card in self.cards)

    @property
    def waiting_for_others(self):
        return len(self.copy.waiting_for_others(self.name))

    @property
    def path_to_waiting_for_others(self):
        return translation_path(self.vision, state=WAITS_FOR_OTHERS)

    def words(self):
        """(Label, words, words without repeats) of each state and of all."""
        for state, *counts in words_by_state(self.copy.translations.values()):
            yield state.label if state else _("in all"), *counts

    # The memory

    @cached_property
    def memory(self):
        return memory()

    def suggestions(self, card):
        """What the memory offers for a passage that needs work, if this user translates."""
        if not self.may_translate or not card.translation.needs_work:
            return []
        return self.memory.suggestions(card.passage.text)

    @cached_property
    def fillable(self):
        """(stored passage, suggestions of the same Indonesian) of each missing passage with any."""
        missing = [
            self.stored[key]
            for key, translation in self.copy.translations.items()
            if translation.state == State.MISSING and key in self.stored
        ]
        found = [(stored, self.memory.exact(stored.text.id)) for stored in missing]
        return [(stored, suggestions) for stored, suggestions in found if suggestions]

    # Permission

    def may_confirm(self, card):
        """Whether this user's act would complete the passage, or one of its steps."""
        if not self.may_translate or card.translation.state not in COMPARED:
            return False
        return not card.translation.waits_for_others(self.name)


def is_in_state(card, state, name):
    """Whether the filter finds the card for the person of this user name."""
    waits_for_others = card.translation.waits_for_others(name)
    if state == WAITS_FOR_OTHERS:
        return waits_for_others
    match state:
        case "all":
            return True
        case "checks":
            return card.has_open_problems
        case "remarks":
            return bool(card.remarks)
    is_found = card.translation.state == state if state in State else card.translation.needs_work
    return is_found and not waits_for_others
