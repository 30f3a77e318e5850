"""Answers through preview links, as staff see them: the open ones, and the page that settles them.

They never reach a public page, a data file or an edition.
"""

from collections import Counter, defaultdict

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from editions import clock
from editions.working_copy import read_document
from editorial.addresses import manuscript_path, next_of
from editorial.audit.recording import record
from editorial.models import Event, PreviewAnswer
from editorial.posting import form_page
from editorial.publishing.second_reader import name_of
from vision.models import Vision
from vision.text import years_of

MOST_SETTLED = 100  # rows on the page


def answers_path(vision, row=None):
    """The address of the page of answers, at this row."""
    return reverse("admin:answers", args=[vision.pk]) + (f"#answer-{row.pk}" if row else "")


def answers_of(vision):
    return PreviewAnswer.objects.filter(vision_id=vision.pk)


def counts_by_link(vision):
    """{(key of the link, when it was made): count of its answers}."""
    return Counter(answers_of(vision).filter(passage="").values_list("link", "link_made_at"))


def open_answers(vision):
    """[The rows of each answer that has unsettled ones], the oldest first."""
    return by_answer(answers_of(vision).filter(settled_at=None))


def by_answer(rows):
    answers = defaultdict(list)
    for row in rows:
        answers[row.form].append(row)
    return list(answers.values())


def open_comments(vision):
    """{key of the passage: unsettled comments on it}."""
    comments = defaultdict(list)
    for row in answers_of(vision).filter(settled_at=None).exclude(passage=""):
        comments[row.passage].append(row)
    return comments


@form_page("vision.view_vision")
def answers_page(request, vision_id):
    """The answers of people without an account, with buttons to settle them."""
    vision = get_object_or_404(Vision, pk=vision_id)
    if request.method == "POST":
        settle(request, vision)
        return HttpResponseRedirect(next_of(request) or answers_path(vision))
    settled = answers_of(vision).exclude(settled_at=None).order_by("-settled_at", "pk")
    passages = {passage.key: passage for passage in read_document(vision).passages()}

    def placed(rows):
        return [(row, *place_of(row, vision, passages)) for row in rows]

    return admin.site.page(
        request,
        "publishing/answers",
        title=_("Answers through links"),
        subtitle=vision,
        vision=vision,
        open_answers=[placed(rows) for rows in open_answers(vision)],
        settled=placed(settled[:MOST_SETTLED]),
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
    key = request.POST.get("settle", "")
    with transaction.atomic():
        rows = answers_of(vision).filter(settled_at=None)
        row = rows.filter(pk=key if key.isdecimal() and len(key) < 19 else 0).first()
        if row is None:
            messages.warning(request, _("This was settled already."))
            return
        chosen = rows.filter(pk=row.pk) if row.passage else rows.filter(form=row.form)
        if chosen.update(settled_at=clock.now(), settled_by=request.user.get_username()):
            record(Event.Kind.ANSWER_SETTLED, row=row, object=years_of(row.period))
    messages.success(request, _("The answer of %(name)s is settled.") % {"name": row.name})
