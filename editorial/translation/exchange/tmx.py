"""TMX 1.4, the translation memory of translators' tools: pairs of texts, without their places."""

import re

from django.utils.translation import gettext as _
from lxml import etree

from editorial.translation.exchange.scan import scan_xml
from editorial.translation.exchange.units import (
    BadFile,
    Pair,
    errors_as,
    for_a_file,
    with_line_ends,
)
from editorial.translation.exchange.xml_file import LANGUAGE, language_of, parsed, written

HEADER = {
    "creationtool": "Visi Kota Magelang",
    "creationtoolversion": "1",
    "segtype": "paragraph",
    "o-tmf": "Visi Kota Magelang",
    "adminlang": "en",
    "srclang": "id",
    "datatype": "plaintext",
}
ORIGIN = "x-origin"
CODES = {"bpt", "ept", "ph", "it", "ut"}  # elements that hold the codes of another format
# How OmegaT writes the pair of tags that ``xliff`` makes of a mark [[…]].
TAG_OF_OMEGAT = re.compile(r"</?g\d+>")
PAIR_OF_OMEGAT = re.compile(r"<g(\d+)>([^<>\[\]]+)</g\1>")


def write(pairs):
    root = etree.Element("tmx", version="1.4")
    etree.SubElement(root, "header", HEADER)
    body = etree.SubElement(root, "body")
    for pair in pairs:
        unit = etree.SubElement(body, "tu")
        if pair.origin:
            etree.SubElement(unit, "prop", type=ORIGIN).text = for_a_file(pair.origin)
        for language, text in (("id", pair.indonesian), ("en", pair.english)):
            side = etree.SubElement(unit, "tuv", {LANGUAGE: language})
            etree.SubElement(side, "seg").text = for_a_file(text)
    return written(root)


def read(data):
    """The pairs of the file. Raises ``BadFile``."""
    root, _attributes = scan_xml(data, may_name_dtd=True)
    if root != "tmx":
        raise BadFile(_("This is XML, but no TMX. Export the translation memory as TMX 1.4."))
    with errors_as(BadFile(_("The TMX cannot be read. Export it again from your tool."))):
        file = parsed(data)
        header = file.find("header")
        is_of_omegat = header is not None and header.get("creationtool") == "OmegaT"
        pairs = tuple(_pair(unit, is_of_omegat) for unit in file.iter("tu"))
    if not pairs:
        raise BadFile(_("The file holds no translation. Check that it is the right one."))
    return pairs


def _pair(unit, is_of_omegat):
    texts = {}
    for side in unit.iter("tuv"):
        segment = side.find("seg")
        if segment is not None:
            texts.setdefault(language_of(side), _words(segment, is_of_omegat))
    origin = unit.findtext(f"prop[@type='{ORIGIN}']", "")
    return Pair(texts.get("id", ""), texts.get("en", ""), origin)


def _words(segment, is_of_omegat):
    text = with_line_ends(_without_codes(segment))
    return PAIR_OF_OMEGAT.sub(r"[[\2]]", text) if is_of_omegat else text


def _without_codes(node):
    """The words within, and those codes of OmegaT that stand for a mark."""
    parts = [node.text or ""]
    for child in node:
        if child.tag not in CODES:
            parts.append(_without_codes(child))
        elif TAG_OF_OMEGAT.fullmatch(child.text or ""):
            parts.append(child.text)
        parts.append(child.tail or "")
    return "".join(parts)
