"""Which passages are translated, and the short name of a text by which one tells that it was changed."""

from functools import lru_cache, wraps
from hashlib import sha256

from editions.document import Passage


def cached_for_texts(function):
    """``lru_cache`` for a function of a document, or of its terms, that is called for each passage.

    The same object is recognised without its hash, for which all of its texts are read.
    """
    cached, last = lru_cache(maxsize=32)(function), (None, None)

    @wraps(function)
    def result_for(texts):
        nonlocal last
        last_texts, result = last
        if last_texts is not texts:
            result = cached(texts)
            last = texts, result
        return result

    return result_for


def is_translated(passage):
    return passage.is_translated and bool(passage.text.id)


def translated_passages(document):
    """What the translators answer for, in reading order: every passage with Indonesian words, done or not."""
    return [passage for passage in document.passages() if is_translated(passage)]


def fingerprint(text):
    """Differs wherever the text does: SHA-256 of its UTF-8, in 64 hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def indonesian_address_words(document):
    """The address words that are the same in English, of elements whose names are not."""
    return [
        Passage("element", element.anchor, "slug", element.slug, element.name)
        for element in document.elements
        if element.slug.id == element.slug.en and element.name.id != element.name.en
    ]
