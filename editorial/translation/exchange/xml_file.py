"""What the XML formats without texts in namespaces share: TMX and TBX."""

import re

from lxml import etree

from editorial.translation.exchange.units import with_line_ends

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def parsed(data):
    """The root of XML that ``scan_xml`` found harmless, without comments and instructions."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    return etree.fromstring(data, parser)


def written(root):
    etree.indent(root)
    return DECLARATION + etree.tostring(root, encoding="UTF-8", xml_declaration=False) + b"\n"


def language_of(element):
    """Such as "en" for "EN-GB"; "" without one."""
    code = element.get(LANGUAGE) or element.get("lang", "")
    return re.split("[-_]", code)[0].lower()


def words_of(element):
    return "" if element is None else with_line_ends("".join(element.itertext()))
