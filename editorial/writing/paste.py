"""The page where a pasted list becomes points: first shown, then saved as one revision."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from editorial.addresses import structure_path
from editorial.history.recording import kind_of, recorded
from editorial.models import Revision
from editorial.posting import posted
from editorial.receipts import answer_once, keep_receipt
from editorial.writing.pasted import MOST_LINES, compared, items_of
from editorial.writing.structure import POINTS_BELOW, Structure, may_arrange
from vision.fields import LINE_LENGTH
from vision.models import Vision
from vision.points import TWO_LEVELS

NAMES = {"title": _("title"), "text": _("text")}
WRITTEN = {"marker", "title_ind", "text_ind"}
GONE = _(
    "Nothing was saved: the place for this list was deleted or moved meanwhile. Copy the list, "
    "then open another place in the structure."
)


class PasteForm(forms.Form):
    # No CharField: it would take off the spaces before the first line.
    lines = forms.Field(
        label=_("list"),
        widget=AdminTextareaWidget(attrs={"rows": 14, "lang": "id", "spellcheck": "true"}),
        help_text=_(
            "One item in each line, in Indonesian. Numbers such as 1., (1) or a) become markers; "
            "bullets are left out."
        ),
    )
    column = forms.ChoiceField(
        label=_("save the words of each point as"),
        widget=forms.RadioSelect,
        choices=[("title", _("title, in bold")), ("text", _("text"))],
    )

    def __init__(self, *args, node, **options):
        super().__init__(*args, **options)
        if not self.is_bound:
            self.fields["lines"].widget.attrs["autofocus"] = True
        self.node, self.model = node, POINTS_BELOW[kind_of(node.row)]
        self.fields["column"].initial = usual_column(node)
        if not node.is_point:
            words = _("A line that is indented becomes an item of the point before it.")
            self.fields["lines"].help_text = f"{self.fields['lines'].help_text} {words}"

    def clean(self):
        typed, column = self.cleaned_data.get("lines"), self.cleaned_data.get("column")
        if not (typed and column):
            return
        self.points = items_of(typed, levels=1 if self.node.is_point else 2)
        if errors := self.errors_of_lines():
            self.add_error("lines", errors)

    def all_items(self):
        return [item for point in self.points for item in (point, *point.items)]

    def errors_of_lines(self):
        items = self.all_items()
        if not items:
            return [gettext("Write or paste at least one line.")]
        if len(items) > MOST_LINES:
            words = gettext(
                "A list has at most %(most)d lines. Now there are %(count)d: paste it in parts."
            )
            return [words % {"most": MOST_LINES, "count": len(items)}]
        return [sentence for item in items for sentence in self.errors_of(item)]

    def errors_of(self, item):
        line = {"line": item.line}
        if not item.words:
            return [gettext("Line %(line)d has a marker, but no words.") % line]
        row = self.row_of(item)
        try:
            row.clean_fields(exclude={field.name for field in row._meta.fields} - WRITTEN)
        except ValidationError as error:
            named = gettext("Line %(line)d: %(sentence)s")
            return [named % (line | {"sentence": sentence}) for sentence in error.messages]
        return []

    def column_of(self, item):
        """Items are texts, and so is what is too long for a title."""
        is_point = item in self.points and len(item.words) <= LINE_LENGTH
        return self.cleaned_data["column"] if is_point else "text"

    def row_of(self, item, **place):
        words = {f"{self.column_of(item)}_ind": item.words}
        return self.model(marker=item.marker, **words, **place)

    @property
    def mark(self):
        """A hash of what was shown: what is saved must be the same."""
        shown = repr((self.cleaned_data["lines"], self.cleaned_data["column"]))
        return salted_hmac("editorial.paste", shown, algorithm="sha256").hexdigest()

    @property
    def was_shown(self):
        return constant_time_compare(self.data.get("shown", ""), self.mark)

    def preview(self):
        """The points as they would be saved: [(item, name of its column, words it repeats)]."""
        known = {compared(words_of(child)): child.name for child in all_below(self.node)}
        return [shown_point(self, point, known) for point in self.points]

    def save(self, node):
        """Add the points below the node. Returns the first."""
        part, parent = node.row_and_parent
        place = {self.model.PART: part}
        rows = [self.saved(point, place | {"parent": parent}, place) for point in self.points]
        return rows[0]

    def saved(self, point, place, part):
        row = self.row_of(point, **place)
        row.save()
        for item in point.items:
            self.row_of(item, **part, parent=row).save()
        return row


def usual_column(node):
    """The column of the points that are there; else points have titles, and items texts."""
    if node.children:
        return "title" if node.children[-1].row.title_ind else "text"
    return "text" if node.is_point else "title"


def words_of(node):
    return f"{node.row.title_ind} {node.row.text_ind}"


def all_below(node):
    for child in node.children:
        yield child
        yield from child.children


def shown_point(form, item, known):
    """One item of the preview; ``known`` collects the words that came before."""
    words = compared(item.words)
    repeated = known.get(words, "")
    known.setdefault(words, f"{item.marker} {item.words}".strip())
    return {
        "item": item,
        "column": NAMES[form.column_of(item)],
        "repeated": repeated,
        "items": [shown_point(form, below, known) for below in item.items],
    }


@require_http_methods(["GET", "HEAD", "POST"])
def paste_page(request, vision_id, row_key):
    vision = get_object_or_404(Vision, pk=vision_id)
    model = POINTS_BELOW.get(row_key.partition("-")[0])
    if model is None:
        raise Http404
    if not may_arrange(request.user, model):
        raise PermissionDenied
    return answer_once(request, lambda: paste(request, vision, row_key))


def paste(request, vision, key):
    node = Structure(vision, request.user).node_of(key)
    if node is None or node.is_item:
        return answer_without_place(request, vision, TWO_LEVELS if node else GONE)
    form = PasteForm(posted(request), node=node)
    if form.is_valid() and "_save" in request.POST and form.was_shown:
        try:
            return saved(request, vision, form)
        except ValidationError as refusal:
            return answer_without_place(request, vision, refusal.messages[0])
    return show(request, vision, form)


def saved(request, vision, form):
    with recorded(vision.pk, request.user.get_username(), Revision.Action.ADD):
        structure = Structure(vision, request.user)
        node = structure.node_of(form.node.key)
        if node is None:
            raise ValidationError(GONE)
        first = form.save(node)
        path = structure_path(first)
        keep_receipt(request, path, first)
    messages.success(request, sentence_of(form))
    return HttpResponseRedirect(path)


def sentence_of(form):
    count = len(form.all_items())
    words = ngettext(
        "%(count)d line was added below “%(name)s”. Readers see no change until it is published.",
        "%(count)d lines were added below “%(name)s”. Readers see no change until it is published.",
        count,
    )
    return words % {"count": count, "name": form.node.name}


def show(request, vision, form):
    is_valid = form.is_bound and form.is_valid()
    return admin.site.page(
        request,
        "writing/paste",
        title=_("Paste a list"),
        subtitle=vision,
        vision=vision,
        form=form,
        node=form.node,
        preview=form.preview() if is_valid else [],
        count=len(form.all_items()) if is_valid else 0,
        has_changed="_save" in request.POST and is_valid,
    )


def answer_without_place(request, vision, sentence):
    """The typed list again, to be copied; without one, the structure."""
    if request.method != "POST":
        messages.error(request, sentence)
        return HttpResponseRedirect(structure_path(vision))
    return admin.site.page(
        request,
        "writing/paste_without_place",
        title=_("Paste a list"),
        subtitle=vision,
        vision=vision,
        sentence=sentence,
        lines=request.POST.get("lines", ""),
    )
