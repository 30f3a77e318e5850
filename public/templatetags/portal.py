"""Tags and filters of the templates: texts and addresses. They compute and never query."""

import re

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import date_format
from django.utils.html import escape, format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from editions import clock, fields
from editions.document import Text
from public.addresses import AnswerPage, Page, arms_address, file_path, other
from public.booklet.renditions import most_kilobytes
from public.formats import checkpoint, linked_data, oembed
from public.pages.terms import explained
from public.titles import FORM_WORDS, also, takes_effect

register = template.Library()
register.filter(intcomma)
register.simple_tag(takes_effect)
register.simple_tag(also)
register.simple_tag(arms_address)
register.simple_tag(checkpoint.key, name="signature_key")
register.simple_tag(checkpoint.has_timestamp)
CLAUSE_LENGTH = 120
# Where a clause ends: at a mark, or before words that begin another, in either language.
CLAUSE_END = re.compile(
    r"[,;:.] | (?=(?:yang|untuk|serta|melalui|sebagai|sehingga|guna|agar|bagi|di bidang|that|which"
    r"|through|so that|in order|while|in the field)\b)"
)
# Words that no excerpt ends with.
HANGING = re.compile(
    r"( (dan|di|ke|dari|dalam|yang|secara|tanpa|sebagai|melalui"
    r"|of|the|and|to|in|for|an?|as|with|by))+$"
)
KINDS = {
    "vision": _("The vision itself"),
    "element": _("Element %(number)s: %(heading)s"),
    "point": _("Element %(number)s, point %(heading)s"),
    "mission": _("Mission %(number)s"),
    "goal": _("Mission %(number)s, point %(heading)s"),
    "term": _("Glossary: %(heading)s"),
    "glossary": _("Glossary"),
}


@register.filter
def prose(text):
    """The text in the page's language, else in the other, with ``lang`` on its marked words.

    The page's first use of a term is linked, that of an abbreviation explained.
    """
    return marked(text, get_language(), explained)


@register.filter
def words(text):
    """The same for headings and links, which cannot contain another link."""
    return marked(text, get_language(), escape)


@register.filter
def prose_in(text, language):
    """The same, without explanations, in a language that need not be the page's."""
    return marked(text, language, escape)


def marked(text, language, write):
    own = text.language_shown(language)
    return format_html_join(
        "",
        "{}",
        (
            (write(words) if spoken == own else format_html('<i lang="{}">{}</i>', spoken, words),)
            for words, spoken in text.runs(language)
        ),
    )


@register.filter
def lang(text):
    """The ``lang`` attribute that a text's element needs if it is not in the page's language."""
    language = text.language_shown(get_language())
    return "" if language == get_language() else format_html(' lang="{}"', language)


@register.filter
def plain(text):
    """The text in the page's language without its marks, for titles and names."""
    return text.plain(get_language())


@register.filter
def space_before(text):
    """The space between a title and the text that goes on with it, such as ", namely"."""
    return "" if plain(text).startswith((",", ";", ":", ".")) else " "


@register.filter
def unended(text):
    """The text without punctuation at its end, as an entry of a list."""
    return Text(*(words.rstrip(" ,;:") for words in (text.id, text.en)))


@register.filter
def short_name(text):
    """The first six words of the text, without punctuation at the end."""
    return Truncator(plain(text).rstrip(" ,;.:")).words(6, truncate="…")


@register.filter
def first_clause(text, longest=CLAUSE_LENGTH):
    """At most ``longest`` characters of the text, cut where a clause ends, and "…"."""
    words = plain(text).split("\n")[0]
    if len(words) <= longest:
        return words.rstrip(" ;,:")
    ends = [match.start() for match in CLAUSE_END.finditer(words, longest // 2, longest)]
    beginning = words[: ends[-1]] if ends else words[:longest].rpartition(" ")[0]
    return HANGING.sub("", beginning.rstrip(" ;,:")) + "…"


@register.filter
def edition_name(edition):
    """The edition's number and date; an edition without a key is a preview's."""
    if edition.pk is None:
        return _("Not published: this would be edition %(number)s") % {"number": edition.number}
    date = date_format(wib(edition.effective_at), "j F Y")
    return _("Edition %(number)s, published here on %(date)s") % {
        "number": edition.number,
        "date": date,
    }


@register.filter
def wib(moment):
    """The time in Magelang, for ``|date``."""
    return moment.astimezone(clock.WIB)


@register.filter
def moment(time):
    """The time in Magelang in full, such as "24 November 2026, 09.48 WIB" in Indonesian."""
    return date_format(wib(time), pgettext("a time in full", r"j F Y, H:i \W\I\B (\U\T\C+7)"))


@register.filter
def place(passage):
    """The place of a passage in words, such as "Element 3, point (1) Smart Governance"."""
    number = passage.anchor[1:].partition("-")[0]
    heading = Truncator(plain(passage.heading).rstrip(" ,;.:")).words(8, "…")
    return KINDS[passage.kind] % {"number": number, "heading": heading}


@register.filter
def term_name(anchor):
    """The term whose anchor it is."""
    return anchor.removeprefix("t-").replace("_", " ")


@register.filter
def hit_place(hit):
    """The element, the mission or another page of a hit of a search."""
    place = plain(hit.heading).partition(" › ")[0]
    if hit.anchor.startswith("u"):
        number = hit.anchor[1:].partition("-")[0]
        return KINDS["element"] % {"number": number, "heading": place}
    return place


@register.filter
def hit_part(hit):
    """The part of that page where the hit is."""
    if hit.kind == "explanation":
        return gettext("In plain words")
    return plain(hit.heading).partition(" › ")[2] or gettext("The text")


@register.filter
def field_name(passage):
    return fields.label(passage.kind, passage.field)


@register.filter
def get(mapping, key):
    """The mapping's value under the key; None if the template got no mapping."""
    return mapping.get(key) if mapping else None


@register.simple_tag(takes_context=True)
def address(context, name, language=None, **arguments):
    """The path of a page in the page's language, or in the one given."""
    return Page(name, arguments).path(language or get_language(), context["release"].base)


@register.simple_tag(takes_context=True)
def page_address(context, page, language=None):
    """The path of a page that is given, rather than named."""
    return page.path(language or get_language(), context["release"].base)


@register.simple_tag(takes_context=True)
def answer_address(context):
    """The path of the page on which readers of this shared preview answer."""
    return AnswerPage("answer").path(get_language(), context["release"].base)


@register.simple_tag(takes_context=True)
def passage_links(context):
    """The links of a pinned passage of this page, for ``components/passage_menu.html``."""
    edition, language, base = context["edition"], get_language(), context["release"].base
    kept = Page("edition", {"period": edition.period, "number": edition.number})
    return {
        "language": language,
        "twin": context["page"].path(other(language), base),
        "answer": answer_address(context) if context["release"].until else "",
        "edition": kept.path(language, base),
        "citation": context["citation"],
        "address": context["site_url"] + kept.path(language),
    }


@register.simple_tag(takes_context=True)
def twin(context, language):
    """The path of this page in the language."""
    return context["page"].path(language, context["release"].base)


@register.simple_tag(takes_context=True)
def form_address(context, form):
    """The path of this page's other form: its citation file."""
    return context["page"].path(get_language(), context["release"].base, form)


@register.simple_tag(takes_context=True)
def file_address(context, name, **arguments):
    return file_path(name, context["release"].base, **arguments)


@register.simple_tag(takes_context=True)
def language_file_address(context, name, **arguments):
    return file_path(f"{name}-{get_language()}", context["release"].base, **arguments)


@register.simple_tag(takes_context=True)
def rendition_address(context, name, period, number=None):
    """The address of the rendition of an edition, or of the one in force without a number."""
    if number:
        return language_file_address(context, f"edition-{name}", period=period, number=number)
    return language_file_address(context, name, period=period)


@register.simple_tag(takes_context=True)
def size(context, path):
    """The size of the file at the path in kB, such as "(41 kB)"."""
    kilobytes = context["size_of"](path.removeprefix(context["release"].base))
    return f"({kilobytes} {gettext('kB')})" if kilobytes else ""


@register.simple_tag(takes_context=True)
def renditions(context, edition, number, is_named=False):
    """The renditions as pages link them: (address, words of the link, for whom)."""
    language = get_language()
    return [
        (
            rendition_address(context, name, edition.period, number),
            words.label(most_kilobytes(edition, language, name), number if is_named else None),
            words.readers,
        )
        for name, words in FORM_WORDS.items()
    ]


@register.simple_tag(takes_context=True)
def oembed_address(context):
    """The address where programs learn what to embed for this page, or ""."""
    return oembed.discovery(context["page"], context["release"])


@register.simple_tag(takes_context=True)
def text_address(context, name, **arguments):
    """The path of the page's text as Markdown."""
    return Page(name, arguments).path(get_language(), context["release"].base, "markdown")


@register.simple_tag
def picture_address(page, site_url):
    return site_url + page.path(get_language(), form="picture")


@register.filter
def json_ld(data):
    return linked_data.script(data)


@register.simple_tag(takes_context=True)
def canonical(context, language):
    """The page's one public address, which a preview shares with the page it previews."""
    return context["site_url"] + context["page"].path(language)


@register.simple_tag
def statement_parts(document):
    return document.statement_parts(get_language())


@register.filter
def is_in_official_order(parts):
    """Whether the statement names the elements in the order of their numbers."""
    numbers = [element.number for _, element in parts if element]
    return numbers == sorted(numbers)


@register.simple_tag
def shown(text, language):
    """The text in a language that is not the page's, or "" where it is missing."""
    return text.own(language)


@register.simple_tag
def path(page, language):
    return page.path(language)


@register.filter
def is_archived(release, edition):
    return release.is_archived(edition)


@register.simple_tag
def period_state(release, edition):
    if release.is_archived(edition):
        return _("Archived")
    return _("Upcoming") if release.is_upcoming(edition) else _("In force")


@register.simple_tag
def segments(change, language):
    return change.segments(language)


@register.simple_tag
def touches(change, language):
    return change.touches(language)


CHANGED = {"delete": ("del", _("[deleted:")), "insert": ("ins", _("[inserted:"))}
ALL_NEW = '<ins class="difference__new"><b lang="{}">{}</b> {}</ins>'
WITH_SPOKEN_MARKS = (
    '<{0}><span class="visually-hidden" lang="{1}">{2} </span>{3}'
    '<span class="visually-hidden">]</span></{0}>'
)


@register.simple_tag
def difference_words(change, code):
    """The changes in one language, word by word; removed and added words are labelled."""
    language, segments = get_language(), change.segments(code)
    if not change.touches(code):
        return format_html('<i lang="{}">{}</i>', language, gettext("unchanged"))
    if [kind for kind, _ in segments] == ["insert"]:
        return format_html(ALL_NEW, language, gettext("New:"), segments[0][1])
    return format_html_join(
        "",
        "{}",
        (
            (format_html(WITH_SPOKEN_MARKS, CHANGED[kind][0], language, CHANGED[kind][1], words),)
            if kind in CHANGED
            else (words,)
            for kind, words in segments
        ),
    )


@register.simple_tag
def hit_words(hit, part):
    """The words around a hit, those that were found marked, without the part's name before them."""
    language, (first, *others) = get_language(), hit.runs
    runs = [(first[0].removeprefix(part), *first[1:]), *others]
    return format_html_join(
        "",
        "{}",
        (
            (
                spoken_in(
                    format_html("<mark>{}</mark>", words) if is_hit else words, spoken, language
                ),
            )
            for words, is_hit, spoken in runs
            if words
        ),
    )


def spoken_in(words, spoken, language):
    if spoken == language:
        return words
    return format_html('<i class="fallback" lang="{}">{}</i>', spoken, words)
