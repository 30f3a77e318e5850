"""The glossary's terms in a text: those of the Indonesian, and whether the English has them.

Two words are the same if they share a stem (``public.search.stemming``) and, in Indonesian, the
affixes that make a word: "diselaraskan" is "menyelaraskan", and "kotanya" is "kota", but
"penggunaan" is no form of "pengguna", though both come from "guna". The glossary lists other forms
as variants.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

from editions.document import TermText
from editorial.translation.passages import cached_for_texts
from public.search.stemming import ONE_LETTER, english_stem, indonesian_stems
from public.search.words import PART, abbreviations_of, folded
from vision.text import plain

TOKEN = re.compile(rf"{PART.pattern}|[^\w\s-]")  # words, and the signs that end phrases
BRACKETED = re.compile(r"\s*\(([^()]*)\)")
ENDING = re.compile(r"(kan|an|i)?(?:nya|ku|mu)?(?:[lk]ah|pun)?")
# An English term may spread over four times its words: "bring the social … into harmony".
SPREAD = 4
LITTLE_WORDS = "a an the of in on at to for by with and or be is are"


def terms_in(text, document):
    """The terms that the Indonesian text uses, by first use; of terms within terms, the longest."""
    forms = _indonesian_forms(document.terms)
    words, found, end = _indonesian_words(text, _abbreviations(document.terms)), {}, 0
    for start in range(len(words)):
        form = _longest_form(words[start:], forms)
        if form and start + len(form.words) > end:
            end = start + len(form.words)
            found[form.term.anchor] = form.term
    return list(found.values())


def says(text, term):
    """Whether the English text holds the words of a form of the term, close together."""
    words = _english_words(text)
    return any(_stand_together(words, form) for form in _english_forms(term))


def _stand_together(words, form):
    reach = SPREAD * len(form)
    return any(
        form.issubset(words[start : start + reach])
        for start, word in enumerate(words)
        if word in form
    )


# Indonesian


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a term, as the keys of its words. ``number`` orders the forms: the first wins."""

    words: tuple[frozenset[str], ...]
    term: TermText
    number: int

    def begins(self, words):
        return len(self.words) <= len(words) and not any(
            map(frozenset.isdisjoint, self.words, words)
        )


def _longest_form(words, forms):
    """The longest form with which the words begin."""
    found = (form for key in words[0] for form in forms.get(key, ()) if form.begins(words))
    return min(found, key=lambda form: (-len(form.words), form.number), default=None)


@cached_for_texts
def _indonesian_forms(terms):
    """The forms of the terms by the keys of their first word."""
    forms, written_out, number = defaultdict(list), _written_out(terms), count()
    for term in terms:
        for text in (term.term.id, *term.also("id")):
            words = _indonesian_words(text, _abbreviations(terms))
            whole = [part for word in words for part in written_out.get(min(word), (word,))]
            for form in {words, tuple(whole)} - {()}:
                for key in form[0]:
                    forms[key].append(Form(form, term, next(number)))
    return forms


def _written_out(terms):
    """The keys of the words of each abbreviation: {"SDM": those of "sumber daya manusia"}."""
    phrases = abbreviations_of(terms).items()
    return {
        short.upper(): _indonesian_words(" ".join(phrase), frozenset()) for phrase, short in phrases
    }


@cached_for_texts
def _abbreviations(terms):
    forms = " ".join(form for term in terms for form in (term.term.id, *term.also("id")))
    return frozenset(word for word in TOKEN.findall(forms) if word.isupper())


@lru_cache(maxsize=2048)
def _indonesian_words(text, abbreviations):
    """The keys of its words; of an abbreviation itself, in capitals, as "IT" is not "it".

    Folding leaves nothing of a lone accent or an invisible character: these are no words.
    """
    tokens = (token for token in TOKEN.findall(plain(text)) if folded(token))
    return tuple(
        frozenset([token]) if token in abbreviations else _indonesian_keys(token)
        for token in tokens
    )


@lru_cache(maxsize=8192)
def _indonesian_keys(token):
    """Each possible stem with its affixes: inflected forms of one word share a key."""
    word = folded(token)
    spelt = word.translate(ONE_LETTER)
    return frozenset(f"{stem} {_shape(spelt, stem)}" for stem in indonesian_stems(word))


def _shape(word, root):
    """The affixes that make a new word of the root.

    "Me-" and "di-" are voices of one verb, and "-nya" or "-lah" are separate words.
    """
    core = root[1:] or root  # a prefix may swallow the first letter
    before, _core, after = word.rpartition(core)
    ending = ENDING.fullmatch(after)
    if not before or not ending:
        return word
    prefix = before[:2] if len(before) > 1 else ""
    return f"{'di' if prefix == 'me' else prefix}-{ending[1] or ''}"


# English


@lru_cache(maxsize=2048)
def _english_forms(term):
    """The stems of the term and its variants, without brackets, and of "IT" in "… (IT)"."""
    forms = [term.term.en, *term.also("en")]
    short = [inner for form in forms for inner in BRACKETED.findall(form) if inner.isupper()]
    stems = (_english_words(form) for form in [BRACKETED.sub("", form) for form in forms] + short)
    return [
        frozenset(set(words).difference(LITTLE_WORDS.split()) or words) for words in stems if words
    ]


@lru_cache(maxsize=2048)
def _english_words(text):
    words = PART.findall(plain(text))
    return tuple(
        word if word.isupper() and len(word) > 1 else english_stem(folded(word)) for word in words
    )
