"""``/llms.txt``: where a program that answers questions finds the text, as llmstxt.org proposes."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from public.addresses import LANGUAGES, TEXT_PAGES, file_path
from public.formats.markdown import escaped
from public.titles import SITE, title_of

DATA = {
    "catalogue": _lazy("Catalogue of all files (DCAT)"),
    "api": _lazy("Description of the API"),
}
NAMES = {"id": "Bahasa Indonesia", "en": "English"}


def listed(release):
    """The list of all text pages as Markdown, in both languages, and of the data."""
    blocks = [f"# {in_both(SITE)}"]
    for language in LANGUAGES:
        with translation.override(language):
            blocks += [f"> {introduction()}"]
    for language in LANGUAGES:
        with translation.override(language):
            blocks += [f"## {NAMES[language]}", "\n".join(pages(release, language))]
    blocks += ["## Data", "\n".join(data(release))]
    return "\n\n".join(filter(None, blocks)) + "\n"


def in_both(words):
    said = []
    for language in LANGUAGES:
        with translation.override(language):
            said.append(str(words))
    return " – ".join(said)


def introduction():
    return _(
        "The official vision, elements and missions of the City of Magelang. The Indonesian text "
        "is the authority; the English is an unofficial translation. Quote a passage with its "
        "edition and its permanent address, which stand at the head of each file."
    )


def pages(release, language):
    for page, _changed in release.pages():
        if page.name in TEXT_PAGES and release.home:
            document = release.in_force[page.arguments.get("period", release.home.period)].document
            title = title_of(page, document)
            address = page.path(language, form="markdown")
            yield f"- [{escaped(title)}]({settings.SITE_URL}{address})"


def data(release):
    for name, words in DATA.items():
        yield f"- [{in_both(words)}]({settings.SITE_URL}{file_path(name)})"
