"""The manuscript: the working copy on one page, in reading order, Indonesian beside English."""

from dataclasses import dataclass
from functools import cached_property
from itertools import chain, groupby, pairwise

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import capfirst
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from editions.difference import Change
from editions.document import Passage, Text
from editions.fields import MODELS, POINTS
from editorial.accounts.roles import may_remark, may_settle, may_write
from editorial.addresses import (
    comments_path,
    form_path,
    history_path,
    manuscript_path,
    translation_path,
)
from editorial.history.recording import lock
from editorial.models import Act, PreviewAnswer
from editorial.posting import form_page, posted, transaction_if_posted
from editorial.publishing.answers import answers_path, open_comments
from editorial.publishing.proposed_note import ProposedNoteForm, propose
from editorial.rows import anchor_of, rows_by_anchor
from editorial.spelling.words import misspelt
from editorial.translation.remarks import is_about_english
from editorial.translation.states import WORK
from editorial.working_copy import WorkingCopy, staff_release
from public.addresses import LANGUAGES
from public.templatetags.portal import field_name, place
from vision.models import Vision
from vision.text import paragraphs

FILTERS = {
    "": gettext_lazy("All"),
    "changed": gettext_lazy("Changed"),
    "missing": gettext_lazy("English missing"),
    "outdated": gettext_lazy("English outdated"),
    "review": gettext_lazy("English in review"),
    "remarks": gettext_lazy("With comments"),
}
SECTIONS = {
    "vision": gettext_lazy("The vision"),
    "elements": gettext_lazy("Elements"),
    "missions": gettext_lazy("Missions"),
    "legal-basis": gettext_lazy("Legal basis"),
    "in-force": gettext_lazy("Time in force"),
    "glossary": gettext_lazy("Glossary"),
}


@dataclass
class Line:
    """One passage. ``form``, ``translation``, ``answer`` are addresses, "" if not offered."""

    passage: Passage
    change: Change | None
    marks: set[str]  # the filters that find it
    form: str
    translation: str  # on the translation desk, if the English needs work
    # (Indonesian word, message, address to return to after adding it, "" if not offered)
    misspelt: list[tuple[str, str, str]]
    remarks: list[Act]  # the open ones
    answer: str  # where to comment and to answer
    # Open comments of people without an account, each with the address to settle it
    comments: list[tuple[PreviewAnswer, str]]
    more_comments: int  # beyond those
    previous: str = ""  # the keys of the marked passages before and after
    next: str = ""

    @property
    def is_new(self):
        return bool(self.change) and not (self.change.before and self.change.before.text)

    @property
    def work(self):
        """The name of the work that the English needs, or ""."""
        return next((FILTERS[state] for state in WORK if state in self.marks), "")

    @property
    def sides(self):
        """(Language, its paragraphs) of both languages."""
        for language in LANGUAGES:
            words = paragraphs(getattr(self.passage.text, language))
            yield language, [Text(**{language: paragraph}) for paragraph in words]


@dataclass
class Part:
    """The passages of one anchor: a text of the vision, an element, a point, a mission, a term."""

    anchor: str
    section: str
    name: str
    language: str  # of its name
    level: int  # of its heading
    row: Model
    lines: list[Line]

    @property
    def is_numbered(self):
        """Whether it is an element or a mission, which the table of contents lists."""
        return self.level == 3 and self.anchor[0] in "um"

    @property
    def history(self):
        """The address of the row's history. All texts of the vision share one, at its statement."""
        return history_path(self.row) if self.anchor == anchor_of(self.row) else ""


@form_page("vision.view_vision")
def manuscript(request, vision_id):
    """The manuscript, and the form of the proposed change note below it."""
    only = request.GET.get("only", "")
    only = only if only in FILTERS else ""
    with transaction_if_posted(request):
        vision = get_object_or_404(Vision, pk=vision_id)
        if request.method == "POST":
            lock(vision.pk)
        note = (
            ProposedNoteForm(posted(request), vision=vision) if may_remark(request.user) else None
        )
        if request.method == "POST" and propose_note(request, vision, note):
            return HttpResponseRedirect(manuscript_path(vision, only, "note"))
    return admin.site.page(
        request,
        "writing/manuscript",
        title=_("Manuscript"),
        subtitle=vision,
        vision=vision,
        manuscript=Manuscript(request.user, vision, only),
        form=note,
    )


def propose_note(request, vision, form):
    """Whether the proposed note is saved; else the form has the errors."""
    if not form:
        raise PermissionDenied
    if not form.is_valid():
        return False
    if form.is_changed:
        propose(request.user.get_username(), vision, form.note)
    messages.success(request, _("The proposed change note is saved."))
    return True


class Manuscript:
    """The working copy for this person; ``only`` is the chosen filter, "" for all passages."""

    def __init__(self, user, vision, only):
        self.user, self.only = user, only
        self.copy = WorkingCopy(vision, staff_release())
        self.rows = rows_by_anchor(vision)
        self.misspelt = misspelt("id", self.copy.document)
        self.comments = open_comments(vision)
        self.may_remark, self.may_settle = may_remark(user), may_settle(user)
        self.may_add_words = user.has_perm("editorial.add_cityword")
        self.numbers = dict(numbered(self.copy.document))
        self.keys = {passage.key for passage in self.copy.document.passages()}
        self.changes = {
            change.after.key: change for change in self.copy.difference.changes if change.after
        }
        self.found = {
            "changed": self.changes.keys(),
            "remarks": self.copy.remarks.keys() | self.comments.keys() & self.keys,
        } | {state.value: {passage.key for passage in self.copy.in_state(state)} for state in WORK}
        self.may_change = {
            kind: user.has_perm(f"{model._meta.app_label}.change_{model._meta.model_name}")
            for kind, model in MODELS.items()
        }

    def filters(self):
        """(Words, address, count of passages, is_chosen)."""
        counts = {name: len(keys) for name, keys in self.found.items()}
        counts["changed"] = len(self.copy.difference.changes)  # including deleted passages
        for name, words in FILTERS.items():
            address = manuscript_path(self.copy.vision, name)
            yield words, address, counts.get(name), name == self.only

    @cached_property
    def sections(self):
        """(Name, title, parts) of each section."""
        parts = {name: [] for name in SECTIONS}
        for part in self._parts():
            parts[part.section].append(part)
        marked = [line for part in chain(*parts.values()) for line in part.lines if line.marks]
        for earlier, later in pairwise(marked):
            earlier.next, later.previous = later.passage.key, earlier.passage.key
        return [(name, title, parts[name]) for name, title in SECTIONS.items()]

    @cached_property
    def taken_out(self):
        """The changes that deleted passages, if the filter shows changes."""
        gone = [change for change in self.copy.difference.changes if change.after is None]
        return gone if self._shows_changes else []

    @property
    def new_order(self):
        """The lists with a new order, if the filter shows changes."""
        return self.copy.difference.moves if self._shows_changes else ()

    @property
    def is_empty(self):
        return not (
            self.taken_out or self.new_order or any(parts for _name, _title, parts in self.sections)
        )

    @property
    def _shows_changes(self):
        return self.only in ("", "changed")

    def _parts(self):
        for anchor, passages in groupby(
            self.copy.document.passages(), key=lambda passage: passage.anchor
        ):
            passages = list(passages)
            if lines := [line for passage in passages if (line := self._line(passage))]:
                yield self._part(anchor, passages[0], lines)

    def _part(self, anchor, first, lines):
        row, section, language = self._row(first), first.section, get_language()
        if self.only:  # the filter may hide the parts above, so the heading names the whole place
            return Part(anchor, section, place(first), language, 3, row, lines)
        if first.kind == "term":
            language = first.heading.language_shown(language)
        name, level = name_of(first, self.numbers.get(anchor)), level_of(first)
        return Part(anchor, section, name, language, level, row, lines)

    def _line(self, passage):
        """None if the filter does not find the passage, or it is empty."""
        marks = {name for name, keys in self.found.items() if passage.key in keys}
        is_hidden = passage.field == "marker" or not passage.text  # the heading has the marker
        if (self.only and self.only not in marks) or (is_hidden and not marks):
            return None
        comments = self.comments.get(passage.key, [])
        return Line(
            passage,
            self.changes.get(passage.key),
            marks,
            self._form(passage),
            self._translation(passage, marks),
            self._misspelt(passage),
            self.copy.remarks.get(passage.key, []),
            self._answer(passage),
            [(comment, self._settling(comment)) for comment in comments],
            comments[0].count - len(comments) if comments else 0,
        )

    def _form(self, passage):
        """The address of the passage's input in its form, which returns to the passage."""
        if not self.may_change[passage.kind]:
            return ""
        back = manuscript_path(self.copy.vision, self.only, passage.key)
        return f"{form_path(self._row(passage), back)}#id_{self._column(passage)}"

    def _misspelt(self, passage):
        back = self.may_add_words and manuscript_path(self.copy.vision, self.only, passage.key)
        words = self.misspelt.get(passage, ())
        return [(word, message, word and (back or "")) for word, message in words]

    def _translation(self, passage, marks):
        state = next(iter(marks & set(WORK)), "")
        return translation_path(self.copy.vision, passage.key, state=state) if state else ""

    def _answer(self, passage):
        """The translation desk, if all that is open is about the English there."""
        vision, remarks = self.copy.vision, self.copy.remarks.get(passage.key)
        if remarks and all(map(is_about_english, remarks)):
            return translation_path(vision, passage.key, state="remarks")
        if not (remarks or self.may_remark):
            return ""
        return comments_path(vision, passage.key, manuscript_path(vision, self.only, passage.key))

    def _settling(self, comment):
        return answers_path(self.copy.vision, comment) if self.may_settle else ""

    def _row(self, passage):
        # The row may have been deleted since the document was read.
        return self.rows.get(passage.anchor, self.copy.vision)

    def _column(self, passage):
        """The first column of the passage that the person may write."""
        columns = passage.definition.columns
        written = (column for column in columns if may_write(self.user, column, passage.kind))
        return next(written, columns[-1])


def numbered(document):
    """(Anchor, number in its list) of each point and item, for those without a marker."""
    for _anchor, points in document.lists():
        yield from ((point.anchor, number) for number, point in enumerate(points, start=1))


def name_of(passage, number):
    """The heading of the part whose first passage this is."""
    match passage.kind:
        case "vision":
            return capfirst(field_name(passage))
        case "point" | "goal":
            is_item = passage.anchor.count("-") == 2
            return (_("Item %(marker)s") if is_item else _("Point %(marker)s")) % {
                "marker": passage.text.id or number
            }
        case "term":
            return passage.heading.plain(get_language())
    return place(passage)


def level_of(passage):
    """The level of the part's heading: points below their part, items below their point."""
    return 3 + passage.anchor.count("-") if passage.kind in POINTS else 3
