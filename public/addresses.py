"""Every public address, in one plain table. Addresses are promises: a line here is never changed, only added."""

from dataclasses import dataclass, field
from functools import cache

from django.urls import register_converter, reverse

from editions.document import Text

# name: (Indonesian, English). The words of addresses are promises and so not catalogue entries.
PAGES = {
    "home": ("", ""),
    "periods": ("visi/", "vision/"),
    "vision": ("visi/<period:period>/", "vision/<period:period>/"),
    "elements": ("visi/<period:period>/unsur/", "vision/<period:period>/elements/"),
    "element": ("visi/<period:period>/unsur/<slug:slug>/", "vision/<period:period>/elements/<slug:slug>/"),
    "missions": ("visi/<period:period>/misi/", "vision/<period:period>/missions/"),
    "mission": ("visi/<period:period>/misi/<n:number>/", "vision/<period:period>/missions/<n:number>/"),
    "editions": ("visi/<period:period>/edisi/", "vision/<period:period>/editions/"),
    "edition": ("visi/<period:period>/edisi/<n:number>/", "vision/<period:period>/editions/<n:number>/"),
    "difference": (
        "visi/<period:period>/edisi/<n:before>/<n:after>/",
        "vision/<period:period>/editions/<n:before>/<n:after>/",
    ),
    "glossary": ("istilah/", "glossary/"),
    "about": ("tentang/", "about/"),
    "accessibility": ("aksesibilitas/", "accessibility/"),
}
FILES = {
    "edition-file": "data/<period:period>/<n:number>.json",
    "received-file": "data/<period:period>/source.txt",
    "sitemap": "sitemap.xml",
    "robots": "robots.txt",
}
LANGUAGES = ("id", "en")


class PeriodConverter:
    regex = "[12][0-9]{3}-[12][0-9]{3}"
    to_python = to_url = staticmethod(str)


class NumberConverter:
    regex = "[1-9][0-9]{0,5}"  # no leading zero: one page has one address
    to_python = staticmethod(int)
    to_url = staticmethod(str)


register_converter(PeriodConverter, "period")
register_converter(NumberConverter, "n")


@dataclass(frozen=True)
class Page:
    """A public page, whatever the language. An argument that is a ``Text`` differs between the languages."""

    name: str
    arguments: dict = field(default_factory=dict)

    def path(self, language, base=""):
        """The page's path in the language, below ``base`` (a preview's own path, without a closing slash)."""
        arguments = {
            name: value.shown(language) if isinstance(value, Text) else value for name, value in self.arguments.items()
        }
        return base + _path(f"{self.name}-{language}", tuple(arguments.items()))


def file_path(name, base="", **arguments):
    """The path of a file that is the same in both languages."""
    return base + _path(name, tuple(arguments.items()))


@cache
def _path(name, arguments):
    return reverse(name, kwargs=dict(arguments), urlconf="public.urls")
