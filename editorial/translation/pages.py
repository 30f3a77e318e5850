"""The page of the translators' desk and the acts of its buttons."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from editions.blockers import blocking_errors, obstacles
from editions.working_copy import read_document
from editorial.accounts.visits import note_opened
from editorial.models import Act, Revision
from editorial.posting import form_page
from editorial.receipts import SENT_TWICE, keep_receipt, was_sent_before
from editorial.spelling.words import add_word
from editorial.translation.acts import record_act
from editorial.translation.desk import Desk
from editorial.translation.remarks import NO_REASON, NO_REMARK, cleaned_words
from editorial.translation.saving import save_english, unseal
from editorial.translation.states import State
from vision.models import Vision
from vision.text import as_line

TRANSLATORS_ONLY = (Act.Kind.CONFIRMED, Act.Kind.REVIEWED, Act.Kind.WAIVED, Act.Kind.UNWAIVED)
MOVED = gettext_lazy(
    "Nothing was recorded: the text was changed meanwhile. Look at it, then decide again."
)
NOT_TAKEN = gettext_lazy(
    "Nothing was taken from the memory: you typed something in the field. Save it, or undo it."
)


@form_page("vision.view_vision")
def translation_page(request, vision_id):
    if request.method == "POST":
        return answer(request, vision_id)
    vision = get_object_or_404(Vision, pk=vision_id)
    desk = Desk(request.user, vision, request.GET)
    if desk.may_translate and desk.at in desk.stored:
        note_opened(request.user, vision, desk.at)
    return show(request, desk)


@transaction.atomic
def answer(request, vision_id):
    vision = get_object_or_404(Vision.objects.select_for_update(), pk=vision_id)
    return Submission(request, vision).answer()


def show(request, desk):
    return admin.site.page(
        request,
        "translation/translation",
        title=_("Translation"),
        subtitle=desk.vision,
        vision=desk.vision,
        desk=desk,
    )


class Submission:
    """A form of the desk: the button that was pressed, and the texts of all fields.

    The button's value names the act, the finding or the suggestion it is about, if any, and the
    passage: "confirm::u1.body". Texts that the act does not save are shown again in their fields.
    """

    def __init__(self, request, vision):
        self.request, self.vision = request, vision
        self.desk = Desk(request.user, vision, request.GET)
        self.is_sent_again = was_sent_before(request)
        do = request.POST.get("do", "").split(":", 2)
        self.act, self.finding, self.key = [*do, "", ""][:3]
        self.typed = self._fields("en:")  # English by the keys of the passages
        self.sent_bases = self._fields("base:en:")
        self.bases = {key: unseal(token, key) for key, token in self.sent_bases.items()}
        # Remarks and reasons by the names of their fields, which end with the key of the passage.
        self.words = {
            name: text
            for name, text in request.POST.items()
            if name.startswith(("words:", "reason:")) and text.strip()
        }
        self.errors, self.conflicts, self.saved, self.leads_on = {}, set(), [], False
        self.wrong = ""  # the remark or reason of this passage with the errors

    def _fields(self, prefix):
        """The posted texts whose names begin with the prefix, by the rest of the names."""
        posted = self.request.POST.items()
        return {name[len(prefix) :]: text for name, text in posted if name.startswith(prefix)}

    def answer(self):
        act = getattr(self, f"do_{self.act}", None)
        if act and (self.act == "all" or self.key in self.desk.stored):
            try:
                act()
            except ValidationError as error:
                self.errors[self.key] = error.messages
        else:
            messages.error(
                self.request, _("Nothing was saved: this passage is no longer in the text.")
            )
        self._give_back_texts_of_deleted_passages()
        return self._shown_again() or HttpResponseRedirect(self._next_path())

    # Acts

    def do_all(self):
        self._save([key for key in self.typed if key in self.desk.stored])

    def do_save(self):
        self._save([self.key])

    def do_confirm(self):
        """Confirm or review the English; save it instead if it was edited."""
        card = self._card()
        if not self.is_sent_again and not self.desk.may_confirm(card):
            raise PermissionDenied
        if self._is_edited(self.key):
            return self._save([self.key])
        self._require_unmoved()
        kind = Act.Kind.REVIEWED if card.translation.state == State.REVIEW else Act.Kind.CONFIRMED
        self._record(kind, _("Recorded: the English is right as it is."))
        self.saved.append(self.key)
        self.leads_on = True
        return None

    def do_take(self):
        """Save the English of a suggestion. It is in review until somebody approves it here."""
        if not self.desk.may_translate:
            raise PermissionDenied
        if self.is_sent_again:
            return self._report(SENT_TWICE)
        if self._is_edited(self.key):
            raise ValidationError(NOT_TAKEN)
        self._require_unmoved()
        suggestion, stored = self._suggestion(), self.desk.stored[self.key]
        texts = [(stored, stored.text, suggestion.unit.target)]
        fills, author = {self.key: suggestion.record}, self.request.user.get_username()
        outcome = save_english(author, self.vision, texts, Revision.Action.FILL, fills)
        if outcome.errors:
            raise ValidationError(outcome.errors[self.key])
        if outcome.revision:  # None if the field stores both alike
            keep_receipt(self.request, self.desk.path_to(self.key), outcome.revision)
        self.saved.append(self.key)
        self._report(_("Taken from the memory: the passage is in review."))
        self._warn_of_obstacles([self.key])
        return None

    def do_return(self):
        words = self._take_words("words")
        self._record(Act.Kind.RETURNED, _("Sent back: the passage is in review."), words=words)

    def do_remark(self):
        words = self._take_words("words")
        self._record(Act.Kind.REMARKED, _("The comment was saved."), words=words)

    def do_settle(self):
        words = self._take_words("words") if f"words:{self.key}" in self.words else ""
        self._record(Act.Kind.SETTLED, _("The comments are settled."), words=words)

    def do_waive(self):
        details = self._problem_details()
        self._require_unmoved()
        details["words"] = self._take_words(f"reason:{self.finding}")
        self._record(Act.Kind.WAIVED, _("The check is waived for these texts."), **details)

    def do_unwaive(self):
        details = self._problem_details()
        self._record(Act.Kind.UNWAIVED, _("The waiver is taken back."), **details)

    def do_add_word(self):
        """Add the misspelt word to the city's words, so that no text is warned of it."""
        if not self.request.user.has_perm("editorial.add_cityword"):
            raise PermissionDenied
        if not self.is_sent_again:
            word, author = self._problem_details()["detail"], self.request.user.get_username()
            path = self.desk.path_to(self.key)
            keep_receipt(self.request, path, add_word(word, author))
        sentence = _("The word is now one of the words of the city.")
        self._report(SENT_TWICE if self.is_sent_again else sentence)

    # Parts of acts

    def _save(self, keys):
        if not self.desk.may_translate:
            raise PermissionDenied
        texts = [
            (self.desk.stored[key], self.bases.get(key), self.typed.get(key, "")) for key in keys
        ]
        outcome = save_english(self.request.user.get_username(), self.vision, texts)
        self.errors, self.conflicts = outcome.errors, outcome.conflicts
        self.saved = [key for key in keys if key not in outcome.errors]
        self.leads_on = bool(outcome.saved)
        if count := len(outcome.saved):
            words = ngettext(
                "%(count)d passage was saved.", "%(count)d passages were saved.", count
            )
            self._report(f"{words % {'count': count}} {_('Readers see it when it is published.')}")
            self._warn_of_obstacles(outcome.saved)
        elif not outcome.errors and any(map(self._is_edited, keys)):
            self._report(_("This English was saved already. There was nothing more to save."))
            self.leads_on = True
        elif not outcome.errors:
            messages.info(self.request, _("Nothing was saved: no text was changed."))
        for key in self.saved:
            self._warn_of_moved_source(key)

    def _record(self, kind, sentence, **details):
        """Record the act, unless the same form was sent before, and report it by the sentence."""
        if not self.desk.may_remark or (kind in TRANSLATORS_ONLY and not self.desk.may_translate):
            raise PermissionDenied
        if not self.is_sent_again:
            stored, author = self.desk.stored[self.key], self.request.user.get_username()
            act = record_act(author, kind, stored.passage, stored.row, **details)
            keep_receipt(self.request, self.desk.path_to(self.key), act)
        self._report(SENT_TWICE if self.is_sent_again else sentence)

    def _require_unmoved(self):
        if self.bases.get(self.key) != self.desk.stored[self.key].text:
            raise ValidationError(MOVED)

    def _take_words(self, name):
        """The remark or reason, which is not shown again. Raises ``ValidationError``."""
        field = f"{name}:{self.key}"
        self.wrong = name
        empty = NO_REMARK if self.act == "remark" else NO_REASON
        words = cleaned_words(self.words.get(field, ""), empty)
        self.wrong = ""
        del self.words[field]
        return words

    def _problem_details(self):
        """The check and the detail of the problem. Raises ``ValidationError`` if it is gone."""
        for finding in self._card().findings:
            if finding.name == self.finding:
                return {"check_name": finding.problem.check, "detail": finding.problem.detail}
        raise ValidationError(MOVED)

    def _suggestion(self):
        """The suggestion that was chosen. Raises ``ValidationError`` if it is gone."""
        for suggestion in self.desk.suggestions(self._card()):
            if suggestion.unit.mark == self.finding:
                return suggestion
        raise ValidationError(MOVED)

    def _card(self):
        return next(card for card in self.desk.cards if card.key == self.key)

    # Messages

    def _report(self, sentence):
        """Report a success, or a warning, as on success the browser deletes its draft."""
        if self._unsaved() or self.errors:
            unsaved = _("Anything else you typed here is not saved yet.")
            messages.warning(self.request, f"{sentence} {unsaved}")
        else:
            messages.success(self.request, sentence)

    def _warn_of_obstacles(self, saved):
        """Warn of obstacles to publishing in the saved passages, and of new ones anywhere."""
        before = blocking_errors(self.desk.copy.document)
        for obstacle in obstacles(read_document(self.vision)):
            is_here = obstacle.passage and obstacle.passage.key in saved
            if is_here or obstacle.sentence not in before:
                messages.warning(self.request, obstacle.sentence)

    def _warn_of_moved_source(self, key):
        base = self.bases.get(key)
        if base and self._is_edited(key) and base.id != self.desk.stored[key].text.id:
            sentence = _(
                "Meanwhile the Indonesian was changed: your English is kept, "
                "and the passage is outdated."
            )
            messages.warning(self.request, sentence)

    def _give_back_texts_of_deleted_passages(self):
        """Show the texts in messages, so that their writer can copy them."""
        for key, text in self.typed.items():
            base = self.bases.get(key)
            if key not in self.desk.stored and as_line(text) != as_line(base.en if base else ""):
                sentence = _("“%(key)s” was deleted meanwhile. You had typed: %(words)s")
                messages.warning(self.request, sentence % {"key": key, "words": text})

    # The next page

    def _is_edited(self, key):
        stored, typed = self.desk.stored[key], self.typed.get(key)
        base = self.bases.get(key) or stored.text
        return typed is not None and not stored.is_same(base.en, typed)

    def _is_unsaved(self, key):
        return key in self.typed and key not in self.saved and self._is_edited(key)

    def _unsaved(self):
        """The keys of the passages with unsaved text."""
        with_words = {name.rpartition(":")[2] for name in self.words}
        return [key for key in self.desk.stored if key in with_words or self._is_unsaved(key)]

    def _shown_again(self):
        """The page with unsaved texts in their fields and focus on the first; None without any."""
        unsaved = [*self.errors, *self._unsaved()]
        if not unsaved:
            return None
        query = self.request.GET.copy()
        query["at"] = unsaved[0]
        desk = Desk(self.request.user, self.vision, query)
        desk.always_found = set(unsaved)
        for card in desk.cards:
            if card.key in unsaved:
                self._fill_in(card)
                card.has_focus = card.key == unsaved[0]
        return show(self.request, desk)

    def _fill_in(self, card):
        ending = f":{card.key}"
        card.typed_words = {
            name.removesuffix(ending): text
            for name, text in self.words.items()
            if name.endswith(ending)
        }
        card.errors = self.errors.get(card.key, [])
        card.wrong = self.wrong if card.key == self.key else ""
        if self._is_unsaved(card.key):
            card.typed = self.typed[card.key]
            # In a conflict the writer sees the English of others, so the base is the present text.
            if card.key not in self.conflicts:
                card.sent_base = self.sent_bases.get(card.key, "")

    def _next_path(self):
        """After saving, the next passage that the filters find; after other acts, the same."""
        return self.desk.path_after(self.key) if self.leads_on else self.desk.path_to(self.key)
