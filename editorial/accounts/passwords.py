"""Passwords may have any characters, but must be hard to guess for people who know the city."""

import re
from os.path import commonprefix

from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from editions.working_copy import read_document
from editorial.current_request import current_request
from vision.models import Vision

# Words that a guesser tries first: the city, the office, the subject of the pages.
WORDS = re.findall(
    r"\w+",
    """
    magelang kota kotamagelang pemkot pemerintah pemda balaikota walikota wali sekda bappeda
    diskominfo kominfo dinas jawa tengah jateng indonesia tidar gunung sejuta bunga visi misi vision
    mission rpjmd portal situs website magelangkota goid admin administrator superuser penyunting
    penerjemah penerbit pengelola akun editor translator publisher sandi kata rahasia password
    passwd login masuk selamat datang
    """,
)
ROWS_OF_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz")
LEAST_RUN = 4  # neighbouring keys
LEAST_LETTERS = 5  # different letters besides the known words
SHORTEST_WORD, LONGEST_WORD = 5, 20  # letters of a common word
COMMON_WORDS = 2  # a password of so few common or known words is not secret


class GuessablePasswordValidator(CommonPasswordValidator):
    """Refuse a password made of known words, neighbouring keys, digits or repetition."""

    def validate(self, password, user=None):
        documents = [read_document(vision) for vision in Vision.objects.all()]
        letters, own = letters_of(password.casefold()), own_words(documents, user)
        words, rest = self.split(without_runs(letters), own, words_of(documents))
        is_short = len(set(rest)) < LEAST_LETTERS and len(words) <= COMMON_WORDS
        if is_short or is_copied(letters, documents):
            raise ValidationError(self.get_error_message(), code="password_guessable")

    def split(self, letters, own, known):
        """The common or known words among the letters, and the letters between all words.

        A longer word hides a known word within it: "dukungan" is not "dukung" and "dan".
        """
        words, rest, start = set(), "", 0
        while start < len(letters):
            starts = (word for word in own if letters.startswith(word, start))
            own_word = max(starts, key=len, default="")
            word = self.common_word(letters[start : start + LONGEST_WORD], known)
            words |= {word} if len(word) > len(own_word) else set()
            rest += "" if word or own_word else letters[start]
            start += max(len(word), len(own_word), 1)
        return words, rest

    def common_word(self, letters, known):
        """The longest common or known word at the beginning of the letters, or ""."""
        starts = (letters[:size] for size in range(len(letters), SHORTEST_WORD - 1, -1))
        return next((word for word in starts if word in self.passwords or word in known), "")

    def get_error_message(self):
        return _(
            "This password is easily guessed: it is made of your name, of names of the city or the "
            "office, of words of the vision, of neighbouring keys, of digits, or of one or two "
            "common words. Take four or five words that have nothing to do with each other."
        )

    def get_help_text(self):
        return _(
            "Four or five words that have nothing to do with each other are easy to keep and hard "
            "to guess."
        )


def letters_of(text):
    """The text without spaces, digits and the marks of a keyboard."""
    return re.sub(r"[\s\d!-/:-@\[-`{-~]", "", text)


def without_runs(letters):
    """Leave out runs of neighbouring keys in either direction, such as “qwer” or “lkjh”."""
    rows = [*ROWS_OF_KEYS, *(row[::-1] for row in ROWS_OF_KEYS)]
    rest, start = "", 0
    while start < len(letters):
        size = max(length_of_run(letters[start:], row) for row in rows)
        rest += "" if size >= LEAST_RUN else letters[start]
        start += size if size >= LEAST_RUN else 1
    return rest


def length_of_run(letters, row):
    """The number of neighbouring keys of the row at the beginning of the letters."""
    return len(commonprefix([letters, row[row.find(letters[0]) :] if letters[0] in row else ""]))


def own_words(documents, user):
    """Words that are easy to guess for this account: its names, the city's, the statements'.

    The user name is None if a form has refused it because it is taken.
    """
    names = [user.get_username(), user.first_name, user.last_name] if user else []
    for document in documents:
        for text in (document.statement, *(element.name for element in document.elements)):
            names += [text.id, text.en]
    parts = re.split(r"[\W_]+", " ".join(filter(None, names)).casefold())
    return {*WORDS, *(part for part in map(letters_of, parts) if len(part) >= 3)}


def texts_of(documents):
    passages = [passage.text for document in documents for passage in document.passages()]
    return [words.casefold() for text in passages for words in (text.id, text.en)]


def words_of(documents):
    """The words of the texts that are as long as common words."""
    words = {word for text in texts_of(documents) for word in re.findall(r"[^\W\d_]+", text)}
    return {word for word in words if len(word) >= SHORTEST_WORD}


def is_copied(letters, documents):
    """Whether the texts contain the letters one after another."""
    return any(letters in letters_of(text) for text in texts_of(documents))


class OwnPasswordForm(AdminPasswordChangeForm):
    """Checks the old password as the login does: guesses are counted, recorded and locked out."""

    def clean_old_password(self):
        old, name = self.cleaned_data["old_password"], self.user.get_username()
        if authenticate(current_request.get(), username=name, password=old) != self.user:
            raise ValidationError(
                self.error_messages["password_incorrect"], code="password_incorrect"
            )
        return old
