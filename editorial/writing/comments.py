"""The page of the comments on one passage, where its Indonesian is also sent back."""

from functools import cached_property

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from editorial.accounts.roles import may_remark
from editorial.addresses import back_of, comments_path, form_path, manuscript_path
from editorial.history.merging import last_version
from editorial.history.recording import kind_of, lock
from editorial.models import Act
from editorial.posting import form_page, transaction_if_posted
from editorial.publishing.second_reader import name_of
from editorial.receipts import SENT_TWICE, keep_receipt, was_sent_before
from editorial.rows import rows_by_anchor
from editorial.translation.acts import record_act
from editorial.translation.remarks import (
    NO_REASON,
    NO_REMARK,
    REMARKS,
    acts_by_text,
    cleaned_words,
    unsettled,
)
from editorial.working_copy import WorkingCopy, staff_release
from vision.models import Vision

SHOWN = (*REMARKS, Act.Kind.SETTLED)
NOT_OFFERED = gettext_lazy(
    "Nothing was sent back: meanwhile this text was published, or its author changed. "
    "Look at it, then decide again."
)


@form_page("vision.view_vision")
def comments_page(request, vision_id, key):
    with transaction_if_posted(request):
        vision = get_object_or_404(Vision, pk=vision_id)
        if request.method == "POST":
            lock(vision.pk)
        comments = Comments(request.user, vision, key)
        if comments.passage is None:
            messages.warning(request, _("This passage is no longer in the text."))
            return HttpResponseRedirect(manuscript_path(vision))
        errors = act(request, comments) if request.method == "POST" else []
        return show(request, comments, errors) if errors is not None else leave(request, comments)


def show(request, comments, errors):
    return admin.site.page(
        request,
        "writing/comments",
        title=_("Comments"),
        subtitle=name_of(comments.passage),
        vision=comments.vision,
        comments=comments,
        errors=errors,
        words=request.POST.get("words", ""),
    )


def leave(request, comments):
    back = manuscript_path(comments.vision, anchor=comments.passage.key)
    return back_of(request) or HttpResponseRedirect(back)


class Comments:
    """The comments on the passage with this key, for a user."""

    def __init__(self, user, vision, key):
        self.user, self.vision, self.key = user, vision, key
        self.copy = WorkingCopy(vision, staff_release())
        passages, rows = self.copy.document.passages(), rows_by_anchor(vision)
        self.here = [each for each in passages if each.anchor in rows]
        self.passage = next((each for each in self.here if each.key == key), None)
        self.row = self.passage and rows[self.passage.anchor]
        self.may_remark = may_remark(user)

    @cached_property
    def acts(self):
        """What was said about the passage, in the order of time."""
        filters = {"kind": self.passage.kind, "row": self.row.pk, "act__in": SHOWN}
        acts = acts_by_text(self.vision, field=self.passage.field, **filters)
        return acts[kind_of(self.row), self.row.pk, self.passage.field]

    @property
    def remarks(self):
        return unsettled(self.acts)

    @cached_property
    def change(self):
        """The difference from the standing edition, or None."""
        changes = self.copy.difference.changes
        return next((each for each in changes if each.after and each.passage.key == self.key), None)

    @cached_property
    def author(self):
        """The other person to whom this publisher may send the Indonesian back, or ""."""
        may_publish = self.user.has_perm("editions.publish_edition")
        if not (may_publish and self.change and self.change.touches("id")):
            return ""
        version = last_version(self.row, self.passage.definition.columns[0])
        author = version.revision.author if version else ""
        return "" if author == self.user.get_username() else author

    @property
    def form(self):
        """The address of the row's form, which leads back here, or ""."""
        opts = self.row._meta
        may_change = self.user.has_perm(f"{opts.app_label}.change_{opts.model_name}")
        return form_path(self.row, comments_path(self.vision, self.key)) if may_change else ""

    @property
    def others(self):
        """(Name, address, count of open comments) of the other texts of the same row."""
        for passage in self.here:
            is_other = passage.anchor == self.passage.anchor and passage != self.passage
            if is_other and passage.text:
                count = len(self.copy.remarks.get(passage.key, ()))
                yield name_of(passage), comments_path(self.vision, passage.key), count


def act(request, comments):
    """Record what the button says. The errors, or None if it is done."""
    if not comments.may_remark:
        raise PermissionDenied
    if was_sent_before(request):
        return messages.success(request, SENT_TWICE)
    try:
        kind, sentence, details = asked(request, comments)
    except ValidationError as error:
        return error.messages
    author = request.user.get_username()
    made = record_act(author, kind, comments.passage, comments.row, **details)
    keep_receipt(request, request.get_full_path(), made)
    return messages.success(request, sentence)


def asked(request, comments):
    """(Kind, the sentence that reports it, details) of the act that the button asks for."""
    words = request.POST.get("words", "")
    match request.POST.get("do"):
        case "settle":
            details = {"words": cleaned_words(words, "")} if words.strip() else {}
            return Act.Kind.SETTLED, _("The comments are settled."), details
        case "rewrite":
            if not comments.author:
                raise ValidationError(NOT_OFFERED)
            details = {"words": cleaned_words(words, NO_REASON), "detail": comments.author}
            sentence = _("Sent back: %(name)s finds it on the desk.") % {"name": comments.author}
            return Act.Kind.REWRITE, sentence, details
    return (
        Act.Kind.REMARKED,
        _("The comment was saved."),
        {"words": cleaned_words(words, NO_REMARK)},
    )
