"""The progress of the translation, as a bar and in words."""

from collections import Counter

from django.utils.translation import gettext as _

from editorial.translation.states import State

ORDER = (State.DONE, State.REVIEW, State.OUTDATED, State.MISSING)


def progress(translations, address):
    """The total and the parts of a bar, as the template ``bar.html`` takes them.

    ``address(state=…)`` is the address of the desk with the passages in that state.
    """
    counts = Counter(translation.state for translation in translations)
    total, begin, parts = counts.total(), 0, []
    words = {
        State.DONE: _("%(count)d of %(total)d passages are translated and up to date"),
        State.REVIEW: _("%(count)d in review"),
        State.OUTDATED: _("%(count)d outdated"),
        State.MISSING: _("%(count)d missing"),
    }
    for state in ORDER:
        count = counts[state]
        parts.append(
            {
                "kind": state.value,
                "words": words[state] % {"count": count, "total": total},
                "count": count,
                "begin": begin,
                "address": address(state=state.value) if count and state != State.DONE else "",
            }
        )
        begin += count
    return {"total": total, "parts": parts}
