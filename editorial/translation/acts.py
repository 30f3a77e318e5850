"""Records what people say about passages, with both texts. An act never changes."""

from django.db import transaction

from editions import clock, fields
from editorial.models import Act, Revision
from editorial.rows import rows_by_anchor, vision_of
from editorial.translation.passages import fingerprint, translated_passages
from vision.text import one_line

ACTION_OF = {
    Act.Kind.CONFIRMED: Revision.Action.CONFIRM,
    Act.Kind.REVIEWED: Revision.Action.REVIEW,
    Act.Kind.RETURNED: Revision.Action.RETURN,
    Act.Kind.REMARKED: Revision.Action.REMARK,
    Act.Kind.SETTLED: Revision.Action.SETTLE,
    Act.Kind.WAIVED: Revision.Action.WAIVE,
    Act.Kind.UNWAIVED: Revision.Action.UNWAIVE,
    Act.Kind.REWRITE: Revision.Action.REWRITE,
    Act.Kind.PROPOSED: Revision.Action.PROPOSE,
    Act.Kind.USED: Revision.Action.USE,
}


def record_translations(revision, seen, fills=None):
    """Record, for each English text that the revision wrote, the Indonesian that it translates.

    ``seen`` are the Indonesian columns that the translator saw, by kind and key of their row: if
    the Indonesian changed meanwhile, the English does not translate the new one. If ``seen``
    lacks a column, the translator saw its saved text. ``fills`` are where English of the memory
    comes from, in words, by the keys of its passages: nobody translated that now.
    """
    for version in revision.versions.all() if revision else ():
        for column in version.fields:
            field = fields.find(version.kind, column.removesuffix("_en"))
            is_translation = field and field.is_translated and column == field.columns[-1]
            if not is_translation or not (version.after or {}).get(column):
                continue
            source_column, name = field.columns[0], field.name
            source = seen.get((version.kind, version.row), version.after).get(
                source_column, version.after[source_column]
            )
            anchor = fields.anchor_of(version.kind, name, version.anchor)
            place = {"kind": version.kind, "row": version.row, "anchor": anchor, "field": name}
            words = (fills or {}).get(f"{anchor}.{name}", "")
            kind = Act.Kind.FILLED if words else Act.Kind.TRANSLATED
            _create(revision, kind, place, source, version.after[column], words=words)


def record_fills_again(revision, vision, source):
    """Record in a copy the fills of its source, translations by key, that nobody approved there."""
    rows = rows_by_anchor(vision)
    for translation in source.values():
        passage, filled = translation.passage, translation.filled
        if filled and passage.anchor in rows:
            place = _place(passage, rows[passage.anchor])
            texts = filled.source, filled.target
            _create(revision, Act.Kind.FILLED, place, *texts, words=filled.words)


def record_act(author, kind, passage, row, **details):
    """Record an act on the passage, with a revision.

    ``details`` are ``words``, the remark or the reason; ``check_name`` and ``detail`` of a waiver;
    and ``detail``, the person to whom the Indonesian goes back.
    """
    vision = vision_of(row)
    with transaction.atomic():
        revision = Revision.objects.create(
            vision_id=vision.pk,
            period=vision.period,
            at=clock.now(),
            author=one_line(author)[:150],
            action=ACTION_OF[kind],
        )
        place, text = _place(passage, row), passage.text
        return _create(revision, kind, place, text.id, text.en, **details)


def accept_loaded_text(sender, vision, documents, **kwargs):
    """Record the shipped English as right, of rows that are still there."""
    rows = rows_by_anchor(vision)
    for document in documents:
        for passage in translated_passages(document):
            if passage.text.en and passage.anchor in rows:
                place = _place(passage, rows[passage.anchor])
                _create(None, Act.Kind.TRANSLATED, place, passage.text.id, passage.text.en)


def _place(passage, row):
    return {"kind": passage.kind, "row": row.pk, "anchor": passage.anchor, "field": passage.field}


def _create(revision, kind, place, source, target, **details):
    marks = {"source_mark": fingerprint(source), "target_mark": fingerprint(target)}
    return Act.objects.create(
        revision=revision, act=kind, source=source, target=target, **marks, **place, **details
    )
