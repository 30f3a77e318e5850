"""``/llms.txt``: where a program that answers questions finds the text, as llmstxt.org proposes."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from public.addresses import LANGUAGES, TEXT_PAGES, file_path
from public.titles import SITE, title_of

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
            yield f"- [{title}]({settings.SITE_URL}{address})"


def data(release):
    names = {"catalogue": _("Catalogue of all files (DCAT)"), "api": _("Description of the API")}
    for name, words in names.items():
        yield f"- [{words}]({settings.SITE_URL}{file_path(name)})"
