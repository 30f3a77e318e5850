"""Citations of a page: APA 7 and Chicago 17 in its language, and files for reference managers.

The author is the body that issued the text, and the date is that of the edition. The address is the
edition's own, where the words never change: so no date of access is given.
"""

import re
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from editions.clock import WIB

AUTHOR = "Pemerintah Kota Magelang"  # a name: the same in both languages
LATEX = {character: f"\\{character}" for character in "&%$#_"} | {
    "{": r"\textbraceleft{}",  # BibTeX counts braces, also after a backslash
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
}


@dataclass(frozen=True)
class Citation:
    """A citation in the active language of one page, or with the title "" of the whole vision."""

    edition: object
    title: str
    anchor: str
    url: str
    is_archived: bool = False

    author = AUTHOR

    @property
    def day(self):
        return self.edition.effective_at.astimezone(WIB).date()

    @property
    def work(self):
        return _("Vision of the City of Magelang %(period)s") % {"period": self.edition.years}

    @property
    def kind(self):
        """ "archived", "unofficial translation", both, or ""."""
        is_translated, is_archived = get_language() == "en", self.is_archived
        return ", ".join(
            words
            for words, applies in (
                (_("archived"), is_archived),
                (_("unofficial translation"), is_translated),
            )
            if applies
        )

    @property
    def edition_name(self):
        return _("edition %(number)s") % {"number": self.edition.number}

    @property
    def date(self):
        return date_format(self.day, pgettext("date in a citation (Chicago)", "F j, Y"))

    @property
    def apa_date(self):
        return date_format(self.day, pgettext("date in a citation (APA)", "Y, F j"))

    @property
    def key(self):
        """The entry's name in a list of references, such as ``magelang-2016-2021-2-u3-id``."""
        parts = [
            "magelang",
            self.edition.period,
            str(self.edition.number),
            self.anchor,
            get_language(),
        ]
        return "-".join(filter(None, parts))

    @property
    def apa(self):
        """The APA citation as plain words; ``components/cite.html`` has it with an italic title."""
        place = f"{self.work}, {self.edition_name}" if self.title else self.edition_name
        kind = f" [{self.kind}]" if self.kind else ""
        return f"{AUTHOR}. ({self.apa_date}). {self.title or self.work} ({place}){kind}. {self.url}"

    def bib(self):
        """The BibTeX entry; braces keep the capitals of titles, and the author's name whole."""
        fields = {
            "author": f"{{{AUTHOR}}}",
            "title": f"{{{latex(self.title or self.work)}}}",
            "howpublished": latex(self.work) if self.title else "",
            "edition": str(self.edition.number),
            "year": str(self.day.year),
            "month": str(self.day.month),
            "day": str(self.day.day),
            "url": self.url,
            "note": latex(self.kind),
            "language": {"id": "indonesian", "en": "english"}[get_language()],
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
        return "\n".join([f"@misc{{{self.key},", *lines, "}", ""])

    def ris(self):
        """The RIS record. Its specification asks for CR LF after each tag."""
        fields = [
            ("TY", "GOVDOC"),
            ("AU", f"{AUTHOR},"),  # the comma: one name, not first and last
            ("TI", self.title or self.work),
            ("T2", self.work if self.title else ""),
            ("ET", str(self.edition.number)),
            ("PY", str(self.day.year)),
            ("DA", f"{self.day:%Y/%m/%d}"),
            ("LA", get_language()),
            ("N1", self.kind),
            ("UR", self.url),
            ("ER", ""),
        ]
        return "".join(
            f"{tag}  - {one_line(value)}\r\n" for tag, value in fields if value or tag == "ER"
        )


def latex(text):
    return "".join(LATEX.get(character, character) for character in text)


def one_line(text):
    return re.sub(r"\s+", " ", text).strip()
