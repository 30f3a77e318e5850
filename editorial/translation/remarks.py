"""The open remarks on a translation: those that nobody settled."""

from collections import defaultdict

from editorial.history.recording import kind_of
from editorial.models import Act
from editorial.rows import rows_by_anchor

REMARKS = (Act.Kind.REMARKED, Act.Kind.RETURNED)


def unsettled(acts):
    """The open remarks among the acts on one passage, in the order of time."""
    settled = max((act.pk for act in acts if act.act == Act.Kind.SETTLED), default=0)
    return [act for act in acts if act.act in REMARKS and act.pk > settled]


def open_remarks(vision):
    """The open remarks of the vision by the keys of their passages. One query if there are none."""
    acts = acts_by_text(vision, act__in=[*REMARKS, Act.Kind.SETTLED])
    remarks = {text: its for text, every in acts.items() if (its := unsettled(every))}
    return _by_key(vision, remarks) if remarks else {}


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
