"""Suggests pages for an address that is not found."""

from rapidfuzz import fuzz

from editions.document import Text
from public.addresses import LANGUAGES, Page
from public.titles import title_of

SUGGESTIONS = 3
LIKENESS = 70  # per cent; below it, addresses resemble each other by chance
LONGEST = 200  # characters compared


def nearest_pages(path, release):
    """At most three (page, title) whose address resembles the path, the nearest first.

    Words of both languages count: so an address in the wrong language finds its page.
    """
    asked = without_language(path[:LONGEST].lower())
    found = []
    for page, _changed in release.pages():
        likeness = max(fuzz.ratio(asked, address) for address in addresses_of(page))
        if likeness >= LIKENESS:
            found.append((likeness, page))
    found.sort(key=lambda pair: -pair[0])
    is_exact = found and found[0][0] == 100
    pages = [page for _likeness, page in found[: 1 if is_exact else SUGGESTIONS]]
    return [(page, title_of(page, document_of(page, release))) for page in pages]


def addresses_of(page):
    """The page's address in each language, with arguments in each, without its first part."""
    for words in LANGUAGES:
        arguments = {
            name: value.shown(words) if isinstance(value, Text) else value
            for name, value in page.arguments.items()
        }
        for language in LANGUAGES:
            yield without_language(Page(page.name, arguments).path(language))


def without_language(path):
    first, _, rest = path.strip("/").partition("/")
    return rest if first in LANGUAGES else path.strip("/")


def document_of(page, release):
    edition = release.in_force.get(page.arguments.get("period")) or release.home
    return edition.document if edition else None
