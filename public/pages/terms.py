"""Terms of the glossary: a page links each where it uses it first, and explains abbreviations.

Every page explains abbreviations (WCAG 3.1.4). Those of one element or mission link all terms that
have a meaning; on others that would cost too many bytes.
"""

import re
from contextvars import ContextVar
from functools import lru_cache

from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe

from public.addresses import Page
from public.search.words import STOP_WORDS

ABBREVIATION = re.compile(r"[A-Z]{2,}")
PAGES_WITH_LINKS = ("element", "mission")
NAMES_OF_PARTS = ("visi", "misi", "unsur")
# The terms that the page being rendered has not used yet: abbreviations as they are, others in
# small letters. Of each (meaning of the abbreviation or "", HTML before it, HTML after it).
# And the pattern of all that the page began with.
unused = ContextVar("unused")


def first_uses(release, document, language, page):
    """The value of ``unused`` at the beginning of a page."""
    shown = document.terms if document else ()
    terms = {term.term.id: term for term in (*release.terms.values(), *shown)}
    glossary = Page("glossary").path(language, release.base)
    has_links = document and page.name in PAGES_WITH_LINKS
    uses = {}
    for name, term in terms.items():
        if not term.definition:
            continue
        if ABBREVIATION.fullmatch(name):
            uses[name] = abbreviation(name, term, glossary, language)
        elif has_links and is_worth_a_link(term, document, language):
            link = format_html('<a class="term" href="{}#{}">', glossary, term.anchor)
            uses[escape(term.term.own(language)).lower()] = ("", link, "</a>")
    return uses, pattern(frozenset(uses))


def is_worth_a_link(term, document, language):
    """False for words that only join others, such as "in order to", and for names of pages."""
    pages = {*NAMES_OF_PARTS, *(row.name.id.lower() for row in document.elements)}
    words = term.term.own(language).lower().split()
    is_noun_or_verb = bool(words) and STOP_WORDS.isdisjoint([words[0], words[-1]])
    return is_noun_or_verb and term.term.id.lower() not in pages


def abbreviation(words, term, glossary, language):
    name = term.term.own("en").removesuffix(f" ({words})") if language == "en" else ""
    meaning = (name or term.meaning.plain(language)).rstrip(".")
    link = format_html('<a href="{}#{}">', glossary, term.anchor)
    return meaning, format_html('<abbr title="{}">{}', meaning, link), "</a></abbr>"


@lru_cache(maxsize=64)
def pattern(names):
    """Any of the names as whole words, a longer one before those within it."""
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)


def explained(text):
    """The text as HTML, in which the page's first use of each term is linked."""
    (uses, names), html = unused.get(({}, None)), str(escape(text))

    def written(match):
        words = match[0]
        name = words if words in uses else words.lower()  # "it" is not IT
        if name not in uses:
            return words
        meaning, before, after = uses.pop(name)
        if meaning and html[: match.start()].endswith(f"{escape(meaning)} ("):
            before, after = before[before.index("<a ") :], "</a>"  # speech would say it twice
        return f"{before}{words}{after}"

    return mark_safe(names.sub(written, html) if uses else html)
