"""Answers through preview links, as staff see them: the open ones, and the page that settles them.

They never reach a public page, a data file or an edition.
"""

from collections import Counter, defaultdict
from datetime import timedelta

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Min, Window
from django.db.models.functions import RowNumber
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from editions import clock
from editions.working_copy import read_document
from editorial.accounts.roles import may_settle
from editorial.addresses import manuscript_path, next_of
from editorial.audit.recording import record
from editorial.models import Event, PreviewAnswer
from editorial.posting import form_page
from editorial.translation.passages import name_of
from vision.models import Vision
from vision.text import years_of

MOST_OPEN, MOST_SETTLED = 50, 100  # answers and rows on the page
MOST_ON_PASSAGE = 10  # comments in the manuscript
KEPT = timedelta(days=365)  # after an answer was settled


def answers_path(vision, row=None):
    """The address of the page of answers, at this row."""
    place = f"?answer={row.pk}#answer-{row.pk}" if row else ""
    return reverse("admin:answers", args=[vision.pk]) + place


def answers_of(vision):
    return PreviewAnswer.objects.filter(vision_id=vision.pk)


def counts_by_link(vision):
    """{(key of the link, when it was made): count of its answers}."""
    links = answers_of(vision).filter(passage="").values_list("link", "link_made_at")
    counts = links.annotate(Count("pk"))
    return Counter({(link, made_at): count for link, made_at, count in counts})


def open_rows(vision):
    return answers_of(vision).filter(settled_at=None)


def first_rows(vision):
    """The first unsettled row of each answer that has any, without its words; the oldest first."""
    firsts = open_rows(vision).values("form").annotate(first=Min("pk")).values("first")
    return answers_of(vision).filter(pk__in=firsts).defer("words")


def open_answers(vision, key=""):
    """[The unsettled rows of each answer that has any], the oldest ones, at most ``MOST_OPEN``.

    The answer with the row of this ``key`` is always among them.
    """
    forms = {row.form for row in first_rows(vision)[:MOST_OPEN]}
    if row := row_of(open_rows(vision), key):
        forms.add(row.form)
    return by_answer(open_rows(vision).filter(form__in=forms))


def by_answer(rows):
    answers = defaultdict(list)
    for row in rows:
        answers[row.form].append(row)
    return list(answers.values())


def open_comments(vision):
    """{key of the passage: its oldest unsettled comments, at most ``MOST_ON_PASSAGE``}.

    Each comment has the ``count`` of all on its passage.
    """
    rows = open_rows(vision).exclude(passage="")
    numbered = rows.annotate(
        number=Window(RowNumber(), partition_by="passage", order_by="pk"),
        count=Window(Count("pk"), partition_by="passage"),
    )
    comments = defaultdict(list)
    for row in numbered.filter(number__lte=MOST_ON_PASSAGE):
        comments[row.passage].append(row)
    return comments


def delete_old_answers():
    """Delete what was settled long ago: it holds names of people."""
    PreviewAnswer.objects.filter(settled_at__lte=clock.now() - KEPT).delete()


@form_page("vision.view_vision")
def answers_page(request, vision_id):
    """The answers of people without an account, with buttons to settle them and to open them."""
    vision = get_object_or_404(Vision, pk=vision_id)
    if request.method == "POST":
        if not may_settle(request.user):
            raise PermissionDenied
        act = open_again if "open" in request.POST else settle
        act(request, vision)
        return HttpResponseRedirect(next_of(request) or answers_path(vision))
    settled = answers_of(vision).exclude(settled_at=None).order_by("-settled_at", "pk")
    passages = {passage.key: passage for passage in read_document(vision).passages()}

    def placed(rows):
        return [(row, *place_of(row, vision, passages)) for row in rows]

    shown = open_answers(vision, request.GET.get("answer", ""))
    return admin.site.page(
        request,
        "publishing/answers",
        title=_("Answers through links"),
        subtitle=vision,
        vision=vision,
        open_answers=[placed(rows) for rows in shown],
        more=first_rows(vision).count() - len(shown),
        settled=placed(settled[:MOST_SETTLED]),
        may_settle=may_settle(request.user),
    )


def place_of(row, vision, passages):
    """(Name of the passage, its address in the manuscript or "")."""
    if not row.passage:
        return _("The whole text"), ""
    if passage := passages.get(row.passage):
        return name_of(passage), manuscript_path(vision, anchor=row.passage)
    return _("A passage that was removed (%(key)s)") % {"key": row.passage}, ""


def settle(request, vision):
    """Settle one row; with the row of the whole text the rest of its answer, too."""
    with transaction.atomic():
        rows = open_rows(vision)
        row = row_of(rows, request.POST.get("settle", ""))
        if row is None:
            messages.warning(request, _("This was settled already."))
            return
        chosen = rows.filter(pk=row.pk) if row.passage else rows.filter(form=row.form)
        if chosen.update(settled_at=clock.now(), settled_by=request.user.get_username()):
            record(Event.Kind.ANSWER_SETTLED, row=row, object=years_of(row.period))
    messages.success(request, _("The answer of %(name)s is settled.") % {"name": row.name})


def open_again(request, vision):
    """Open one row; with the row of the whole text what was settled together with it, too."""
    with transaction.atomic():
        rows = answers_of(vision).exclude(settled_at=None)
        row = row_of(rows, request.POST["open"])
        if row is None:
            messages.warning(request, _("This is open already."))
            return
        together = rows.filter(form=row.form, settled_at=row.settled_at)
        chosen = rows.filter(pk=row.pk) if row.passage else together
        if chosen.update(settled_at=None, settled_by=""):
            record(Event.Kind.ANSWER_OPENED, row=row, object=years_of(row.period))
    messages.success(request, _("The answer of %(name)s is open again.") % {"name": row.name})


def row_of(rows, key):
    """The row whose key was sent, or None."""
    return rows.filter(pk=key if key.isdecimal() and len(key) < 19 else 0).first()
