"""The second reader: an edition should not be published by the last writer of its text.

The setting ``required`` refuses it; with ``recorded`` the edition records it.
"""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from editions.difference import difference
from editions.publishing import Refused, held, publish, standing
from editions.working_copy import read_document
from editorial.history.changes import copied_edition, copying, halves_of_moves
from editorial.history.recording import rows_of
from editorial.models import Version
from editorial.publishing.proposed_note import use
from editorial.rows import anchor_of
from editorial.translation.passages import name_of
from vision.text import one_line

NAMED = 3  # passages in the sentence; the page shows all
ORDER = "order of the points"  # in place of a list's column, which a move changes


def publish_working_copy(vision, *, publisher, replaces=None, **options):
    """``editions.publishing.publish`` under the rule of the second reader. Raises ``Refused``."""
    with transaction.atomic():
        vision = held(vision)  # the checked text is the published text
        own = own_passages(publisher, last_writers(vision, unpublished(vision, replaces)))
        if own and is_required():
            raise Refused(warning(own))
        options |= {"replaces": replaces, "without_second_reader": bool(own)}
        edition = publish(vision, publisher=publisher, **options)
        use(publisher, vision)
        return edition


def is_required():
    return settings.SECOND_READER == "required"


def unpublished(vision, replaces=None):
    """The working copy against the newest edition not withdrawn, other than ``replaces``."""
    current = standing(vision.editions.summaries().exclude(number=replaces))
    current = current or copied_edition(vision)
    return difference(current and current.document, read_document(vision))


def last_writers(vision, changes):
    """The writers of the differences: {key of passage or anchor of list: (name, user names)}.

    Text without a history, such as the loaded official text, has no writer.
    """
    authors = _last_authors(vision)
    writers = {}
    for change in changes.changes:
        names = _authors_of(change, authors, anchor_of(vision))
        writers[change.passage.key] = name_of(change.passage), names
    for move in changes.moves:
        author = authors.get((move.anchor, ORDER))
        writers[move.anchor] = list_name(move.anchor), [author] if author else []
    if (copied := copying(vision)) and not vision.editions.exists():
        # Its texts were published, but for other years.
        writers["years"] = _("years of the vision"), [copied.author]
    return writers


def list_name(anchor):
    """The list of points below this anchor in words."""
    names = {
        "u": _("element %(number)s: order of the points"),
        "m": _("mission %(number)s: order of the points"),
    }
    return names[anchor[0]] % {"number": anchor[1:].partition("-")[0]}


def own_passages(publisher, writers):
    """The names of the passages that the publisher changed last."""
    return [name for name, authors in writers.values() if one_line(publisher)[:150] in authors]


def warning(own):
    """The sentence for publishers of their own text, on the page and in a refusal."""
    names, more = "; ".join(own[:NAMED]), len(own) - NAMED
    if more > 0:
        names += " " + ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more}
    if is_required():
        sentence = _(
            "You wrote some of this yourself (%(passages)s): another publisher must publish it."
        )
    else:
        sentence = _(
            "You wrote some of this yourself (%(passages)s): the edition will be recorded as "
            "published without a second reader."
        )
    return sentence % {"passages": names}


def _authors_of(change, authors, anchor_of_vision):
    """The last writers of the columns in which the passage differs."""
    passage = change.passage
    anchor = anchor_of_vision if passage.kind == "vision" else passage.anchor
    columns = list(passage.definition.columns)
    if not passage.definition.is_shared:
        pairs = zip(columns, ("id", "en"), strict=True)
        columns = [column for column, language in pairs if change.touches(language)]
    if not change.before:
        columns.append("anchor")  # the person who moved a point here is its writer
    return sorted({authors[anchor, column] for column in columns if (anchor, column) in authors})


def _last_authors(vision):
    """The last writer of each column of the working copy: {(anchor, column): user name}.

    Deleted rows keep their anchor. A point that is moved to another list becomes another row with
    the same words: the writer of the words there is their writer here.
    """
    anchors = {key: anchor for key, (anchor, _columns) in rows_of(vision.pk).items()}
    versions = Version.objects.filter(revision__vision_id=vision.pk).order_by("-pk")
    halves, authors = halves_of_moves(versions), {}
    for version in versions.select_related("revision").defer("before", "after").iterator():
        key, author = (version.kind, version.row), version.revision.author
        anchor, columns = anchors.get(key, version.anchor), version.fields
        other = halves.get(version.pk)
        if other and other.after is None:
            columns = ["anchor"]
        elif other:
            anchors[key] = anchors.get((other.kind, other.row), other.anchor)
            anchor = version.anchor
        for column in columns:
            authors.setdefault((anchor, column), author)
        # An added or deleted point, which changes its anchor, leaves the order of the others.
        if "position" in columns and "anchor" not in columns:
            authors.setdefault((anchor.rpartition("-")[0], ORDER), author)
    return authors
