"""The second reader: whoever wrote last does not publish it (``required``), or the edition says so (``recorded``)."""

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from editions.difference import difference
from editions.publishing import Refused, held, publish, standing
from editions.working_copy import read_document
from editorial.history.recording import rows_of
from editorial.models import Revision, Version
from editorial.rows import anchor_of
from public.templatetags.portal import field_name, place
from vision.text import one_line

NAMED = 3  # so many passages stand in the sentence; the page shows them all
ORDER = "order of the points"  # beside the columns: what a move changes in the list as a whole


def publish_working_copy(vision, *, publisher, replaces=None, **options):
    """``editions.publishing.publish`` under the rule of the second reader. Raises ``Refused``, as that does."""
    with transaction.atomic():
        vision = held(vision)  # what is looked at is what is published
        own = own_passages(publisher, last_writers(vision, unpublished(vision, replaces)))
        if own and is_required():
            raise Refused(warning(own))
        options |= {"replaces": replaces, "without_second_reader": bool(own)}
        return publish(vision, publisher=publisher, **options)


def is_required():
    return settings.SECOND_READER == "required"


def unpublished(vision, replaces=None):
    """How the working copy differs from the newest edition that stands, apart from the one that it replaces."""
    current = standing(vision.editions.summaries().exclude(number=replaces))
    return difference(current and current.document, read_document(vision))


def last_writers(vision, changes):
    """Who wrote what differs: {key of the passage, or anchor of the list: (its name, the last writer of each text)}.

    What was written outside of the history, such as the official text as loaded, has no writer.
    """
    authors = _last_authors(vision)
    writers = {
        change.passage.key: (
            name_of(change.passage),
            _authors_of(change, authors, anchor_of(vision)),
        )
        for change in changes.changes
    }
    for move in changes.moves:
        name = _("element %(number)s: order of the points") % {
            "number": move.anchor[1:].partition("-")[0]
        }
        writers[move.anchor] = (
            name,
            [authors[move.anchor, ORDER]] if (move.anchor, ORDER) in authors else [],
        )
    return writers


def own_passages(publisher, writers):
    """The names of the passages that the publisher was the last to write."""
    return [name for name, authors in writers.values() if one_line(publisher)[:150] in authors]


def warning(own):
    """What a publisher is told who wrote some of it, before they publish and when they are refused."""
    names, more = "; ".join(own[:NAMED]), len(own) - NAMED
    if more > 0:
        names += " " + ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more}
    sentence = _(
        "You wrote some of this yourself (%(passages)s): the edition will be recorded as published "
        "without a second reader."
    )
    if is_required():
        sentence = _(
            "You wrote some of this yourself (%(passages)s): another publisher must publish it."
        )
    return sentence % {"passages": names}


def name_of(passage):
    """The passage's place and field in words."""
    return f"{place(passage)}: {field_name(passage)}"


def _authors_of(change, authors, anchor_of_vision):
    """The last writers of the columns in which the passage differs."""
    passage = change.passage
    anchor = anchor_of_vision if passage.kind == "vision" else passage.anchor
    columns = list(passage.definition.columns)
    if not passage.definition.is_shared:
        pairs = zip(columns, ("id", "en"), strict=True)
        columns = [column for column, language in pairs if change.touches(language)]
    if not change.before:
        columns.append(
            "anchor"
        )  # a point from elsewhere is new here, and whoever put it here wrote that
    return sorted({authors[anchor, column] for column in columns if (anchor, column) in authors})


def _last_authors(vision):
    """Who last wrote each column of the working copy: {(anchor, column): user name}. What is gone keeps its anchor.

    A point that is put into another list is another row with the same words: who wrote them there wrote them here.
    """
    anchors = {key: anchor for key, (anchor, _columns) in rows_of(vision.pk).items()}
    versions = Version.objects.filter(revision__vision_id=vision.pk).order_by("-pk")
    authors, moved_to = {}, {}
    for version in (
        versions.select_related("revision")
        .defer("before", "after")
        .annotate(is_new=Q(before__isnull=True), is_gone=Q(after__isnull=True))
        .iterator()
    ):
        key = version.kind, version.row
        anchor, columns = anchors.get(key, version.anchor), version.fields
        if version.revision.action == Revision.Action.MOVE and version.is_new:
            moved_to[version.revision_id], columns = anchor, ["anchor"]
        elif version.revision.action == Revision.Action.MOVE and version.is_gone:
            anchors[key], anchor = moved_to.get(version.revision_id, anchor), version.anchor
        for column in columns:
            authors.setdefault((anchor, column), version.revision.author)
        if (
            "position" in columns and "anchor" not in columns
        ):  # an added or deleted point leaves the others' order
            authors.setdefault((anchor.rpartition("-")[0], ORDER), version.revision.author)
    return authors
