"""The renditions of an edition: the whole text as one file to keep, print or read elsewhere."""

from public.addresses import LANGUAGES, RENDITIONS
from public.booklet import ebook, typesetting

PDF = ("inline", "application/pdf")
# Name in ``RENDITIONS``: the function that makes it, the disposition and type of its answer.
MAKERS = {
    "booklet": (typesetting.booklet, *PDF),
    "large-print": (typesetting.large_print, *PDF),
    "two-up": (typesetting.two_up, *PDF),
    "poster": (typesetting.poster, *PDF),
    "e-book": (ebook.ebook, "attachment", ebook.CONTENT_TYPE),
}
NAMES = {"id": "visi-kota-magelang", "en": "vision-of-magelang"}


def file_name(edition, language, rendition):
    """The name under which a browser saves it: "visi-kota-magelang-2016-2021-3.pdf"."""
    word, suffix = RENDITIONS[rendition][LANGUAGES.index(language)].split(".")
    kind = "" if rendition == "booklet" else f"-{word}"
    return f"{NAMES[language]}-{edition.period}-{edition.number}{kind}.{suffix}"
