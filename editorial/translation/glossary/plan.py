"""What a file, or the glossary of another period, would change in a glossary."""

from dataclasses import dataclass, field

from django.core import signing
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from editions import fields
from editions.difference import word_segments
from editions.document import TermText, Text, canonical_json
from editorial.history.recording import column_names, validate
from editorial.translation.files import Effect
from editorial.translation.passages import fingerprint
from vision.models import Term
from vision.text import as_line

SALT = "editorial.translation.glossary"
MOST_TERMS = 1000
LISTS = ("variants", "everyday_words")
NO_TERM = gettext_lazy("The Indonesian text is missing. It is the authority and must not be blank.")


@dataclass
class PlannedTerm:
    """One term, and the effect of taking it. ``row`` has its texts already, but is not saved."""

    term: TermText
    effect: Effect
    reason: str = ""
    row: Term | None = None
    before: dict[str, str] = field(default_factory=dict)  # the columns that change, as they stand

    @property
    def name(self):
        return self.row.term_ind if self.effect.is_import else as_line(self.term.term.id)

    @property
    def after(self):
        return {column: getattr(self.row, column) for column in self.before}

    @property
    def changes(self):
        """(name of the text, its language, from what stands here to what would) of each change."""
        for column, text in self.after.items():
            language = "en" if column.endswith("_en") else "id"
            yield fields.label("term", column), language, word_segments(self.before[column], text)


def terms_of(vision):
    """The terms of the working copy, with translators' notes."""
    rows = sorted(vision.terms.all(), key=lambda row: (row.term_ind.casefold(), row.term_ind))
    return tuple(TermText(**dict(_texts(row))) for row in rows)


def _texts(row):
    for each in fields.of("term"):
        yield each.name, Text(*(getattr(row, column) for column in each.columns))


def plan_for(vision, terms, *, only_new=False):
    """The plan for each term, in order. ``only_new`` leaves terms alone that stand here."""
    rows = {row.term_ind.casefold(): row for row in vision.terms.all()}
    first, plan = {}, []
    for term in terms:
        name = as_line(term.term.id)
        if name.casefold() in first:
            plan.append(_stands_twice(term, first[name.casefold()]))
        elif not name:
            plan.append(PlannedTerm(term, Effect.REFUSED, NO_TERM))
        else:
            first[name.casefold()] = name
            row = rows.get(name.casefold())
            plan.append(_planned(term, row, Term(vision=vision), only_new))
    return plan


def _stands_twice(term, first):
    sentence = _(
        "This term is already in the file, as “%(first)s”; capitals make no difference. Delete "
        "one of the two."
    )
    return PlannedTerm(term, Effect.REFUSED, sentence % {"first": first})


def _planned(term, row, new, only_new):
    if row and only_new:
        return PlannedTerm(term, Effect.UNCHANGED, _("It is in this glossary, and stays as it is."))
    if row and row.term_ind != as_line(term.term.id):
        sentence = _(
            "The glossary has this term as “%(term)s”; capitals make no difference. Write it in "
            "the file as it is here."
        )
        return PlannedTerm(term, Effect.REFUSED, sentence % {"term": row.term_ind})
    effect = Effect.CHANGED if row else Effect.NEW
    row = row or new
    before = _put(term, row)
    if not before:
        return PlannedTerm(term, Effect.UNCHANGED)
    try:
        _validate(row)
    except ValidationError as error:
        return PlannedTerm(term, Effect.REFUSED, _reason_of(error))
    return PlannedTerm(term, effect, row=row, before=before)


def _validate(row):
    """Check the constraints, a query each, only where one may fail: a file has many terms."""
    if any(each.is_translated and _has_english_alone(row, each) for each in fields.of("term")):
        validate(row)
    written = column_names(Term)
    row.clean_fields(exclude=[each.name for each in Term._meta.fields if each.name not in written])


def _has_english_alone(row, text):
    indonesian, english = (getattr(row, column) for column in text.columns)
    return english and not indonesian


def _reason_of(error):
    """The sentences of the error, each behind the name of its text."""
    said = error.message_dict
    of_row = said.pop(NON_FIELD_ERRORS, [])
    named = [f"{fields.label('term', name)}: {' '.join(its)}" for name, its in said.items()]
    return " ".join([*map(capfirst, named), *of_row])


def _put(term, row):
    """Put the texts into the row; an empty one takes nothing away. Returns what stood there."""
    before = {}
    for each in fields.of("term"):
        texts = getattr(term, each.name)
        for column, text in zip(each.columns, (texts.id, texts.en), strict=True):
            stands, to_python = getattr(row, column), row._meta.get_field(column).to_python
            compared = _compared(column, to_python(text))
            if compared and compared != _compared(column, to_python(stands)):
                before[column] = stands
                setattr(row, column, text)
    return before


def _compared(column, cleaned):
    """What counts in the cleaned text: of a list its words. Empty if nothing is seen."""
    if column.startswith(LISTS):
        return [each.strip() for each in cleaned.split(";") if each.strip()]
    return cleaned


# The plan between the dry run and the import


@dataclass(frozen=True)
class Sealed:
    terms: tuple[TermText, ...]
    mark: str  # of the plan that the page shows
    period: str  # of the glossary that is copied; "" for a file


def mark_of(plan):
    effects = [[each.effect, each.before, each.after if each.row else {}] for each in plan]
    return fingerprint(canonical_json(effects).decode())


def seal(plan, *, period=""):
    names = [each.name for each in fields.of("term")]
    terms = [
        [[text.id, text.en] for text in (getattr(planned.term, name) for name in names)]
        for planned in plan
    ]
    return signing.dumps([terms, mark_of(plan), period], salt=SALT, compress=True)


def unseal(token):
    names = [each.name for each in fields.of("term")]
    terms, mark, period = signing.loads(token, salt=SALT)
    rows = [{name: Text(*pair) for name, pair in zip(names, row, strict=True)} for row in terms]
    return Sealed(tuple(TermText(**row) for row in rows), mark, period)
