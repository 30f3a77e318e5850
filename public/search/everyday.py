"""Everyday words: those by which readers look for a term that the text names otherwise."""

from collections import defaultdict

from public.search.words import keys_of, typed_words


class EverydayWords:
    """The everyday words of a glossary in one language, in any inflection."""

    def __init__(self, terms, language):
        self.known_words = set()  # of all phrases
        self.single_words = set()  # the phrases of one word
        self._phrases = defaultdict(list)  # key of the first word: [(keys of each word, term)]
        for term in terms:
            for phrase in term.everyday(language):
                words = typed_words(phrase)
                keys = [keys_of(word, [language]) for word in words]
                for key in keys[0] if keys else ():
                    self._phrases[key].append((keys, term))
                self.known_words.update(words)
                if len(words) == 1:
                    self.single_words.update(words)

    def at(self, keys):
        """The longest phrase that these words begin with: (number of its words, its term).

        ``keys`` are those of each word. (0, None) where there is none.
        """
        candidates = (candidate for key in keys[0] for candidate in self._phrases.get(key, ()))
        return max(
            (
                (len(phrase), term)
                for phrase, term in candidates
                if len(phrase) <= len(keys) and not any(map(set.isdisjoint, phrase, keys))
            ),
            key=lambda found: found[0],
            default=(0, None),
        )
