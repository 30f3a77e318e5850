"""An edition as StratML Part 1 (ISO 17469-1): elements are values, missions are goals.

The format has no attribute for languages, so each has a file, which says its language in words.
"""

from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from lxml import etree
from lxml.builder import ElementMaker

from editions.clock import WIB
from public.addresses import Page
from public.formats.citation import AUTHOR
from public.titles import AUTHORITY

NAMESPACE = "urn:ISO:std:iso:17469:tech:xsd:stratml_core"
CONTENT_TYPE = "application/xml"
make = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE})


def plan(edition, language):
    """The file's bytes: valid against the schema of April 2014, and always the same."""
    with translation.override(language):
        root = _plan(edition, language)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _plan(edition, language):
    document = edition.document
    page = Page("edition", {"period": edition.period, "number": edition.number})
    return make.StrategicPlan(
        make.Name(_("Vision of the City of Magelang %(period)s") % {"period": edition.years}),
        make.Description(sentence(document, language)),
        make.OtherInformation(about(edition, language)),
        make.StrategicPlanCore(
            make.Organization(make.Name(AUTHOR), make.Identifier("pemkot-magelang")),
            make.Vision(
                make.Description(document.statement.plain(language)),
                identifier(document, "v-visi"),
            ),
            *(value(element, language) for element in document.elements),
            *(goal(document, mission, language) for mission in document.missions),
        ),
        make.AdministrativeInformation(
            make.StartDate(edition.begins.isoformat()),
            make.EndDate(edition.ends.isoformat()),
            make.PublicationDate(edition.effective_at.astimezone(WIB).date().isoformat()),
            make.Source(settings.SITE_URL + page.path(language)),
        ),
    )


def sentence(document, language):
    """The introduction and the statement, which completes it."""
    return f"{document.introduction.plain(language)} {document.statement.plain(language)}"


def about(edition, language):
    """Edition, hash, language, and what of the text is official, as sentences."""
    said = [
        _("Edition %(number)s; SHA-256 of its file: %(hash)s.")
        % {"number": edition.number, "hash": edition.sha256},
        _("Language of this file: %(language)s.")
        % {"language": get_language_info(language)["name_local"]},
        str(AUTHORITY),
    ]
    if any(mission.short_title for mission in edition.document.missions):
        said.append(_("The short titles are editorial, not official text."))
    if any(passage.is_missing(language) for passage in edition.document.passages()):
        said.append(_("Parts of this text have no English yet and are shown in Indonesian."))
    return " ".join(said)


def identifier(document, anchor):
    """An XML ID that stays the same in all editions and both languages."""
    return make.Identifier(f"magelang-{document.period}-{anchor}")


def value(element, language):
    return make.Value(
        make.Name(element.name.plain(language)),
        make.Description(words(element, element.body, language)),
    )


def words(part, text, language):
    """The text and its points, each on a line of its own."""
    lead_in = getattr(part, "points_lead_in", None)
    lines = [*(each.plain(language) for each in text.paragraphs)]
    lines += [lead_in.plain(language)] if lead_in else []
    return "\n".join([*lines, *(point_words(point, language) for point in part.all_points())])


def point_words(point, language):
    """The point in one language: it has English only if all of it has."""
    return f"{point.marker} {point.whole.plain('id' if point.lacks_english else language)}".strip()


def goal(document, mission, language):
    name = mission.short_title.plain(language)
    return make.Goal(
        make.Name(name or _("Mission %(number)s") % {"number": mission.number}),
        make.Description(mission.statement.plain(language)),
        identifier(document, mission.anchor),
        make.SequenceIndicator(str(mission.number)),
        *(objective(document, point, language) for point in mission.all_points()),
    )


def objective(document, point, language):
    return make.Objective(
        make.Description(point_words(point, language)),
        identifier(document, point.anchor),
        make.SequenceIndicator(point.marker),
    )
