"""Abbreviations of the glossary: a page explains each where it uses it first (WCAG 3.1.4)."""

import re
from contextvars import ContextVar

from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe

from public.addresses import Page

ABBREVIATION = re.compile(r"\b[A-Z]{2,}\b")
# Meaning and link of those that the page being rendered has not explained yet, by abbreviation.
unexplained = ContextVar("unexplained")


def explanations(release, document, language):
    """Of each abbreviation its meaning, and the HTML of a link to its term in the glossary."""
    shown = document.terms if document else ()
    terms = {term.term.id: term for term in (*release.terms.values(), *shown)}
    glossary = Page("glossary").path(language, release.base)
    return {
        words: explanation(words, term, glossary, language)
        for words, term in terms.items()
        if term.definition and ABBREVIATION.fullmatch(words)
    }


def explanation(words, term, glossary, language):
    name = term.term.own("en").removesuffix(f" ({words})") if language == "en" else ""
    meaning = (name or term.meaning.plain(language)).rstrip(".")
    return meaning, format_html('<a href="{}#{}">{}</a>', glossary, term.anchor, words)


def explained(text):
    """The text as HTML, in which the page's first use of an abbreviation is explained."""
    first, html = unexplained.get({}), escape(text)

    def written(match):
        if match[0] not in first:
            return match[0]
        meaning, link = first.pop(match[0])
        if html[: match.start()].endswith(f"{escape(meaning)} ("):  # speech would say it twice
            return link
        return format_html('<abbr title="{}">{}</abbr>', meaning, link)

    return mark_safe(ABBREVIATION.sub(written, html))
