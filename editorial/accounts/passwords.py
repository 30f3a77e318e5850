import re

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# What a guesser tries who knows whose portal this is: the city, the office, what the pages are about.
WORDS = re.findall(
    r"\w+",
    """
    magelang kota kotamagelang pemkot pemerintah pemda balaikota walikota wali sekda bappeda diskominfo kominfo dinas
    jawa tengah jateng indonesia tidar gunung sejuta bunga visi misi vision mission rpjmd portal situs website
    magelangkota goid admin administrator superuser penyunting penerjemah penerbit pengelola akun editor translator
    publisher sandi kata rahasia password passwd login masuk selamat datang
    """,
)
LEAST_LETTERS = 5  # different ones, in what is left


class GuessablePasswordValidator(CommonPasswordValidator):
    """Refuses a password that is long only by words that anyone would try here, by digits, or by repetition."""

    def validate(self, password, user=None):
        rest = password.casefold()
        for word in sorted([*WORDS, *names_of(user)], key=len, reverse=True):
            rest = rest.replace(word, "")
        rest = re.sub(r"[\s\d!-/:-@\[-`{-~]", "", rest)  # spaces, digits and the marks of a keyboard
        if len(set(rest)) < LEAST_LETTERS or rest in self.passwords:
            raise ValidationError(self.get_error_message(), code="password_guessable")

    def get_error_message(self):
        return _(
            "This password is easily guessed: it is made of your name, of names of the city or the office, of digits, "
            "or of one common word. Take four or five words that have nothing to do with each other."
        )

    def get_help_text(self):
        return _("Four or five words that have nothing to do with each other are easy to keep and hard to guess.")


def names_of(user):
    """The parts of the person's names and of what the account is called, as far as they are words."""
    names = [user.get_username(), user.first_name, user.last_name] if user else []
    return [part for name in names for part in re.split(r"[\W_]+", name.casefold()) if len(part) >= 3]
