"""Remarks on a translation that wait for somebody: until one says that they are settled."""

from collections import defaultdict

from editorial.history.recording import kind_of
from editorial.models import Act
from editorial.rows import rows_by_anchor

REMARKS = (Act.Kind.REMARKED, Act.Kind.RETURNED)


def unsettled(acts):
    """Of what was said of one passage, in the order of time, the remarks since they were last settled."""
    settled = max((act.pk for act in acts if act.act == Act.Kind.SETTLED), default=0)
    return [act for act in acts if act.act in REMARKS and act.pk > settled]


def open_remarks(vision):
    """The unsettled remarks on what stands in the vision, by the keys of the passages. One query where nothing is."""
    acts = defaultdict(list)
    said = Act.objects.filter(revision__vision_id=vision.pk, act__in=[*REMARKS, Act.Kind.SETTLED])
    for act in said.select_related("revision"):
        acts[act.kind, act.row, act.field].append(act)
    remarks = {passage: its for passage, every in acts.items() if (its := unsettled(every))}
    return _by_key(vision, remarks) if remarks else {}


def _by_key(vision, remarks):
    anchors = {(kind_of(row), row.pk): anchor for anchor, row in rows_by_anchor(vision).items()}
    return {
        f"{its[-1].anchor if kind == 'vision' else anchors[kind, row]}.{field}": its
        for (kind, row, field), its in remarks.items()
        if (kind, row) in anchors
    }
