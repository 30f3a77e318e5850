"""The open remarks on passages: those that nobody settled."""

from collections import defaultdict
from itertools import chain

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from editions import fields
from editorial.addresses import manuscript_path, translation_path
from editorial.history.recording import kind_of
from editorial.models import Act
from editorial.rows import rows_by_anchor
from vision.fields import LongestValidator
from vision.text import as_line, validate_characters

REMARKS = (Act.Kind.REMARKED, Act.Kind.RETURNED, Act.Kind.REWRITE)
LONGEST_WORDS = 2000  # characters of a remark or a reason
NO_REMARK, NO_REASON = _("Write your comment first."), _("Write why, in a few words.")


def cleaned_words(words, empty):
    """The remark or reason. Raises ``ValidationError``, with the sentence ``empty`` without any."""
    validate_characters(words)
    words = as_line(words)
    if not words:
        raise ValidationError(empty)
    LongestValidator(LONGEST_WORDS)(words)
    return words


def unsettled(acts):
    """The open remarks among the acts on one passage, in the order of time."""
    settled = max((act.pk for act in acts if act.act == Act.Kind.SETTLED), default=0)
    return [act for act in acts if act.act in REMARKS and act.pk > settled]


def open_remarks(vision):
    """The open remarks of the vision by the keys of their passages. One query if there are none."""
    acts = acts_by_text(vision, act__in=[*REMARKS, Act.Kind.SETTLED])
    remarks = {text: its for text, every in acts.items() if (its := unsettled(every))}
    return _by_key(vision, remarks) if remarks else {}


def path_to_remarks(vision, remarks):
    """Where people answer: the translation desk if all of it is about the English there."""
    is_on_desk = all(map(is_about_english, chain(*remarks.values())))
    if is_on_desk:
        return translation_path(vision, state="remarks")
    return manuscript_path(vision, "remarks")


def is_about_english(act):
    field = fields.find(act.kind, act.field)
    return act.act != Act.Kind.REWRITE and bool(field and field.is_translated and act.source)


def acts_by_text(vision, **filters):
    """The acts on each text of the vision: {(kind, key of the row, field): acts}. One query."""
    acts = defaultdict(list)
    found = Act.objects.filter(revision__vision_id=vision.pk, **filters)
    for act in found.select_related("revision"):
        acts[act.kind, act.row, act.field].append(act)
    return acts


def _by_key(vision, remarks):
    anchors = {(kind_of(row), row.pk): anchor for anchor, row in rows_by_anchor(vision).items()}
    return {
        f"{its[-1].anchor if kind == 'vision' else anchors[kind, row]}.{field}": its
        for (kind, row, field), its in remarks.items()
        if (kind, row) in anchors
    }
