"""The pages that a reader may have meant, where an address leads nowhere."""

from rapidfuzz import fuzz

from editions.document import Text
from public.addresses import LANGUAGES, Page
from public.titles import title_of

SUGGESTIONS = 3
LIKENESS = 70  # per cent; below it an address resembles the other by chance
LONGEST = 200  # characters of an address that are compared


def nearest_pages(path, release):
    """At most three pages whose address resembles the path: (page, its title), the nearest first.

    Words of both languages count, so that an address of the other language, or one without a language, finds its twin.
    """
    asked = without_language(path[:LONGEST].lower())
    found = []
    for page, _changed in release.pages():
        likeness = max(fuzz.ratio(asked, address) for address in addresses_of(page))
        if likeness >= LIKENESS:
            found.append((likeness, page))
    found.sort(key=lambda pair: -pair[0])
    if found and found[0][0] == 100:
        found = found[:1]
    return [
        (page, title_of(page, document_of(page, release)))
        for _likeness, page in found[:SUGGESTIONS]
    ]


def addresses_of(page):
    """The page's address in each language, with its element's name in each, all without the language before it."""
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
