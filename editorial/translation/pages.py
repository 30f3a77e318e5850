"""The page of the translator's desk, and what its buttons do."""

import re

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from editions.blockers import blocking_errors, obstacles
from editions.working_copy import read_document
from editorial.models import Act
from editorial.receipts import keep_receipt, was_sent_before
from editorial.translation.acts import say
from editorial.translation.desk import Desk
from editorial.translation.saving import save_english, unseal
from editorial.translation.states import State
from vision.models import Vision
from vision.text import as_line, validate_characters

TRANSLATORS_ONLY = (Act.Kind.CONFIRMED, Act.Kind.REVIEWED, Act.Kind.WAIVED, Act.Kind.UNWAIVED)
MOVED = gettext_lazy(
    "Nothing was kept: the text was changed meanwhile. Look at it, then decide again."
)
NO_REMARK = gettext_lazy("Write your remark first.")
NO_REASON = gettext_lazy("Write why, in a few words.")
WORDS = re.compile("words:|reason:")  # what the fields of remarks and reasons are called
LONGEST_WORDS = 2000  # characters of a remark or a reason


@permission_required("vision.view_vision", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def translation_page(request, vision_id):
    if request.method == "POST":
        return Sent(request).answer(vision_id)
    vision = get_object_or_404(Vision, pk=vision_id)
    return show(request, Desk(request.user, vision, request.GET))


def show(request, desk):
    return admin.site.page(
        request,
        "translation/translation",
        title=_("Translation"),
        subtitle=desk.vision,
        vision=desk.vision,
        desk=desk,
    )


class Sent:
    """What the page sent: the button that was pressed, and all that stood in its fields.

    ``do`` names an act, the problem it is about, if any, and its passage: "confirm::u1.body". Texts that the act does
    not save stay in their fields.
    """

    def __init__(self, request):
        self.request = request
        self.do, self.problem, self.key = [*request.POST.get("do", "").split(":", 2), "", ""][:3]
        self.typed = {
            name[3:]: text for name, text in request.POST.items() if name.startswith("en:")
        }
        self.sent_bases = {
            name[8:]: token for name, token in request.POST.items() if name.startswith("base:en:")
        }
        self.bases = {key: unseal(token, key) for key, token in self.sent_bases.items()}
        self.words = {
            name: text for name, text in request.POST.items() if WORDS.match(name) and text.strip()
        }
        self.errors, self.conflicts, self.saved, self.leads_on = {}, set(), [], False
        self.wrong = {}  # the name of the remark or reason that the errors of a passage are about

    @transaction.atomic
    def answer(self, vision_id):
        self.vision = get_object_or_404(Vision.objects.select_for_update(), pk=vision_id)
        self.desk = Desk(self.request.user, self.vision, self.request.GET)
        self.is_sent_again = was_sent_before(self.request)
        act = getattr(self, f"do_{self.do}", None)
        if act and (self.do == "all" or self.key in self.desk.slots):
            act()
        else:
            messages.error(
                self.request, _("Nothing was saved: this passage no longer stands in the text.")
            )
        self._give_back_what_has_no_place()
        return self._shown_again() or HttpResponseRedirect(self._way_on())

    # The acts

    def do_all(self):
        self._save([key for key in self.typed if key in self.desk.slots])

    def do_save(self):
        self._save([self.key])

    def do_confirm(self):
        """“English still valid”, or read and found right. Where another text was typed, that is what is saved."""
        slot, base = self.desk.slots[self.key], self.bases.get(self.key)
        card = self._card()
        if not self.is_sent_again and not self.desk.may_confirm(card):
            raise PermissionDenied
        if self._is_typed(self.key):
            return self._save([self.key])
        if base != slot.base:
            return self._refuse(MOVED)
        kind = Act.Kind.REVIEWED if card.translation.state == State.REVIEW else Act.Kind.CONFIRMED
        self._say(kind, _("Kept: the English is right as it stands."))
        self.saved.append(self.key)
        self.leads_on = True
        return None

    def do_return(self):
        self._say(
            Act.Kind.RETURNED, _("Sent back: the passage is in review."), words=self._words("words")
        )

    def do_remark(self):
        self._say(Act.Kind.REMARKED, _("The remark is kept."), words=self._words("words"))

    def do_settle(self):
        words = self._words("words") if f"words:{self.key}" in self.words else ""
        self._say(Act.Kind.SETTLED, _("The remarks are settled."), words=words)

    def do_waive(self):
        problem = self._problem()
        if problem and self._is_as_seen():
            words = self._words(f"reason:{self.problem}")
            self._say(
                Act.Kind.WAIVED, _("The check is waived for these texts."), words=words, **problem
            )

    def do_unwaive(self):
        problem = self._problem()
        if problem:
            self._say(Act.Kind.UNWAIVED, _("The waiver is taken back."), **problem)

    # What they have in common

    def _save(self, keys):
        if not self.desk.may_translate:
            raise PermissionDenied
        texts = [
            (self.desk.slots[key], self.bases.get(key), self.typed.get(key, "")) for key in keys
        ]
        outcome = save_english(self.request.user.get_username(), self.vision, texts)
        self.errors |= outcome.errors
        self.conflicts |= outcome.conflicts
        self.saved += [key for key in keys if key not in outcome.errors]
        self.leads_on = bool(outcome.saved)
        count = len(outcome.saved)
        if count:
            words = ngettext(
                "%(count)d passage was saved.", "%(count)d passages were saved.", count
            )
            self._tell(f"{words % {'count': count}} {_('Readers see it when it is published.')}")
            self._warn_of_obstacles(outcome.saved)
        elif not outcome.errors:
            messages.info(self.request, _("Nothing was saved: no text was changed."))
        for key in keys:
            self._warn_of_moved_source(key)

    def _tell(self, sentence):
        """As a success, which lets the browser forget its draft, only where nothing stays unsaved."""
        if self._unsaved() or self.errors:
            return messages.warning(
                self.request, f"{sentence} {_('What else you typed here is not saved yet.')}"
            )
        return messages.success(self.request, sentence)

    def _warn_of_obstacles(self, saved):
        """Of what keeps the text from being published, what stands in these passages or was brought about by them."""
        before = blocking_errors(self.desk.copy.document)
        for obstacle in obstacles(read_document(self.vision)):
            if obstacle.sentence not in before or (
                obstacle.passage and obstacle.passage.key in saved
            ):
                messages.warning(self.request, obstacle.sentence)

    def _warn_of_moved_source(self, key):
        base = self.bases.get(key)
        if (
            base
            and key in self.saved
            and self._is_typed(key)
            and base.id != self.desk.slots[key].base.id
        ):
            messages.warning(
                self.request,
                _(
                    "Meanwhile the Indonesian was changed: your English is kept, and the passage is outdated."
                ),
            )

    def _give_back_what_has_no_place(self):
        """What was typed for passages that somebody deleted meanwhile, so that its writer can copy it."""
        for key, text in self.typed.items():
            base = self.bases.get(key)
            if key not in self.desk.slots and as_line(text) != as_line(base.en if base else ""):
                words = {"key": key, "words": text}
                messages.warning(
                    self.request,
                    _("“%(key)s” was deleted meanwhile. You had typed: %(words)s") % words,
                )

    def _say(self, kind, sentence, **details):
        if not self.desk.may_remark or (kind in TRANSLATORS_ONLY and not self.desk.may_translate):
            raise PermissionDenied
        if details.get("words") is None and "words" in details:
            return
        if not self.is_sent_again:
            slot = self.desk.slots[self.key]
            act = say(self.request.user.get_username(), kind, slot.passage, slot.row, **details)
            keep_receipt(self.request, self.desk.way_to(self.key), act)
        self._tell(sentence)

    def _words(self, name):
        """The remark or reason that was typed; None, with an error beside the field, where it cannot be kept."""
        words = self.words.get(f"{name}:{self.key}", "")
        try:
            validate_characters(words)
            words = as_line(words)
            if not words:
                raise ValidationError(NO_REMARK if self.do == "remark" else NO_REASON)
            if len(words) > LONGEST_WORDS:
                raise ValidationError(_("At most %(count)d characters.") % {"count": LONGEST_WORDS})
        except ValidationError as error:
            self.errors[self.key], self.wrong[self.key] = error.messages, name
            return None
        del self.words[f"{name}:{self.key}"]  # they are kept
        return words

    def _problem(self):
        """The check and the detail of the problem whose button was pressed; None where it is not found any more."""
        for checked in self._card().checked:
            if checked.name == self.problem:
                return {"check_name": checked.problem.check, "detail": checked.problem.detail}
        return self._refuse(MOVED)

    def _is_as_seen(self):
        is_same = self.bases.get(self.key) == self.desk.slots[self.key].base
        if not is_same:
            self._refuse(MOVED)
        return is_same

    def _refuse(self, sentence):
        self.errors[self.key] = [str(sentence)]

    def _card(self):
        return next(card for card in self.desk.cards if card.key == self.key)

    # What is shown then

    def _is_typed(self, key):
        base, slot = self.bases.get(key), self.desk.slots[key]
        typed = self.typed.get(key)
        return typed is not None and not slot.holds((base or slot.base).en, typed)

    def _is_unsaved(self, key):
        return key in self.typed and key not in self.saved and self._is_typed(key)

    def _unsaved(self):
        """The keys of the passages in whose fields something stands that was not kept."""
        with_words = {name.rpartition(":")[2] for name in self.words}
        return [key for key in self.desk.slots if key in with_words or self._is_unsaved(key)]

    def _shown_again(self):
        """The page with what was typed and not kept, the first of it in focus; None where nothing was."""
        unsaved = [*self.errors, *self._unsaved()]
        if not unsaved:
            return None
        query = self.request.GET.copy()
        query["at"] = unsaved[0]
        desk = Desk(self.request.user, self.vision, query)
        for card in desk.cards:
            if card.key in unsaved:
                self._put_back(card)
                card.errors = self.errors.get(card.key, [])
                card.wrong = self.wrong.get(card.key, "")
                card.has_focus = card.key == unsaved[0]
        desk.kept = set(unsaved)
        return show(self.request, desk)

    def _put_back(self, card):
        """What was typed stands in its fields again, English on the texts that its writer has seen."""
        ending = f":{card.key}"
        card.typed_words = {
            name.removesuffix(ending): t for name, t in self.words.items() if name.endswith(ending)
        }
        if self._is_unsaved(card.key):
            card.typed = self.typed[card.key]
            if card.key not in self.conflicts:
                card.sent_base = self.sent_bases.get(card.key, "")

    def _way_on(self):
        """After saving, to the next passage that the filters find; after any other act, back to the same one."""
        shown = {card.key: card for card in self.desk.page}
        if self.leads_on and self.key in shown:
            return self.desk.way_to(shown[self.key].after)
        return self.desk.way_to(self.key)
