"""Reading and writing XML files: what TBX, TMX and XLIFF have in common."""

import re

from lxml import etree

from editorial.translation.exchange.units import with_line_ends

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def parsed(data, *, keeps_comments=False):
    """The root of XML that ``scan_xml`` found harmless.

    Without comments and instructions, unless the format reports them.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=not keeps_comments,
        remove_pis=not keeps_comments,
    )
    return etree.fromstring(data, parser)


def written(root):
    etree.indent(root)
    return bytes_of(root)


def bytes_of(root):
    return DECLARATION + etree.tostring(root, encoding="UTF-8", xml_declaration=False) + b"\n"


def language_of(element):
    return without_country(element.get(LANGUAGE) or element.get("lang", ""))


def without_country(code):
    """Such as "en" for "EN-GB"."""
    return re.split("[-_]", code)[0].lower()


def words_of(element):
    return "" if element is None else with_line_ends("".join(element.itertext()))
