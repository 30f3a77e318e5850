"""Which passages are translated, and the fingerprints of texts."""

from functools import lru_cache, wraps
from hashlib import sha256

from editions.document import Passage
from public.templatetags.portal import field_name, place


def cached_for_texts(function):
    """``lru_cache`` for a function of a document, or of its terms, that is called for each passage.

    The same object is recognised without its hash, which would read all its texts.
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
    """The passages that need English, in reading order, whether they have it or not."""
    return [passage for passage in document.passages() if is_translated(passage)]


def name_of(passage):
    """The passage's place and field in words."""
    return f"{place(passage)}: {field_name(passage)}"


def fingerprint(text):
    """SHA-256 of the UTF-8, in 64 hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def indonesian_address_words(document):
    """The English address words that equal the Indonesian ones, of elements with English names."""
    return [
        Passage("element", element.anchor, "slug", element.slug, element.name)
        for element in document.elements
        if element.slug.id == element.slug.en and element.name.id != element.name.en
    ]
