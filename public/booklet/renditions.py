"""The renditions of an edition: the whole text as one file to keep, print or read elsewhere."""

from functools import lru_cache
from math import ceil

from editions.models import DAMAGED, document_of
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
# The most bytes: of an empty one, and for each character, run of one language, point, element or
# mission, and term. They were measured, and tests try them with long texts. Pages name no real
# size: it is known only once the file is typeset, which takes longer than a page, and all nodes
# must write the same page.
MOST = {
    "booklet": (110_500, 2.5, 2, 1_325, 3_750, 255),
    "large-print": (110_500, 2.8, 1, 1_330, 3_930, 165),
    "two-up": (108_500, 2.1, 2, 1_290, 3_450, 275),
    "poster": (45_000, 0, 0, 0, 450, 0),
    "e-book": (10_500, 1.1, 3, 45, 670, 35),
}
NAMES = {"id": "visi-kota-magelang", "en": "vision-of-magelang"}


def file_name(edition, language, rendition):
    """The name under which a browser saves it: "visi-kota-magelang-2016-2021-3.pdf"."""
    word, suffix = RENDITIONS[rendition][LANGUAGES.index(language)].split(".")
    kind = "" if rendition == "booklet" else f"-{word}"
    return f"{NAMES[language]}-{edition.period}-{edition.number}{kind}.{suffix}"


def most_bytes(edition, language, rendition):
    """A size that the rendition stays below, however long its text is."""
    return sum_of(counts_of(edition.document, edition.note, language), rendition)


def counts_of(document, note, language):
    parts = [*document.elements, *document.missions]
    shown = [note, *(passage.text for passage in document.passages())]
    texts = [paragraph for text in shown for paragraph in text.paragraphs]
    runs = [words for text in texts for words, _language in text.runs(language) if words]
    points = sum(len(list(part.all_points())) for part in parts)
    return 1, sum(map(len, runs)), len(runs), points, len(parts), len(document.terms)


def most_kilobytes(edition, language, rendition):
    """The same in kB, rounded up to tens; None if the edition is damaged."""
    if edition.pk is None:  # a preview's
        counts = counts_of(edition.document, edition.note, language)
    else:
        try:
            counts = _kept_counts(edition.pk, edition.sha256, edition.note, language)
        except DAMAGED:  # a damaged edition must not break the pages of the others
            return None
    return ceil(sum_of(counts, rendition) / 10_000) * 10


@lru_cache(maxsize=4096)
def _kept_counts(pk, sha256, note, language):
    """Has its own cache, because counts are small and those of many editions fit."""
    return counts_of(document_of(pk, sha256), note, language)


def sum_of(counts, rendition):
    return sum(count * most for count, most in zip(counts, MOST[rendition], strict=True))
