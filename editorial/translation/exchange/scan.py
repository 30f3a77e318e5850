"""Checks before any parser builds a tree: size, encoding, and XML of elements and text only."""

from codecs import BOM_UTF8
from xml.parsers.expat import ExpatError, ParserCreate

from django.utils.translation import gettext as _

from editorial.translation.exchange.units import BadFile

MOST_BYTES = 10_000_000  # a whole vision in both languages takes a fiftieth
MOST_ELEMENTS = 200_000
DEEPEST = 100


def check_size(data):
    if len(data) > MOST_BYTES:
        sentence = _(
            "The file is larger than any translation of this portal. "
            "Check that it is the right one."
        )
        raise BadFile(sentence)
    if not data.removeprefix(BOM_UTF8).strip():
        raise BadFile(_("The file is empty. Export it again."))


def text_of(data):
    """The text of a file in UTF-8, with or without a byte order mark."""
    check_size(data)
    try:
        data.decode()
        end = data.find(b"\0")  # of UTF-16, which can decode as UTF-8
    except UnicodeDecodeError as error:
        end = error.start
    if end >= 0:
        sentence = _(
            "The text is not in UTF-8. Save the file again in UTF-8, in Excel as “CSV UTF-8”."
        )
        raise BadFile(sentence, line=data[:end].count(b"\n") + 1)
    return data.removeprefix(BOM_UTF8).decode()


def scan_xml(data, *, may_name_dtd=False):
    """Name and attributes of the root element; a name in a namespace is "namespace name".

    Streamed: memory stays constant. Nothing is fetched; without a document type there are no
    entities. ``may_name_dtd`` allows one that only names its file: many tools write it into TMX.
    """
    parser = ParserCreate("utf-8", namespace_separator=" ")
    root, depth, elements = None, 0, 0

    def declared(version, encoding, standalone):
        # The parser behind this one would believe it and read other words.
        if encoding and encoding.lower() not in ("utf-8", "utf8"):
            raise BadFile(_("The XML says that it is not in UTF-8. Save the file again in UTF-8."))

    def document_type(name, system_id, public_id, has_declarations):
        if may_name_dtd and not has_declarations:
            return
        sentence = _(
            "There is a document type (DOCTYPE) here, which no translation needs. Delete it, or "
            "export again."
        )
        raise BadFile(sentence, line=parser.CurrentLineNumber)

    def entity(name, is_parameter):
        sentence = _("The XML holds &%(name)s;, which stands for nothing here. Export it again.")
        raise BadFile(sentence % {"name": name}, line=parser.CurrentLineNumber)

    def start(name, attributes):
        nonlocal root, depth, elements
        root, depth, elements = root or (name, attributes), depth + 1, elements + 1
        if depth > DEEPEST or elements > MOST_ELEMENTS:
            sentence = _(
                "The XML has more elements than any translation of this portal. "
                "Export the file again."
            )
            raise BadFile(sentence, line=parser.CurrentLineNumber)

    def end(name):
        nonlocal depth
        depth -= 1

    parser.XmlDeclHandler, parser.StartDoctypeDeclHandler = declared, document_type
    parser.SkippedEntityHandler = entity
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(text_of(data).encode(), True)
    except ExpatError as error:
        sentence = _(
            "The XML breaks off or is damaged here. "
            "Export the file again, and do not edit it by hand."
        )
        raise BadFile(sentence, line=error.lineno) from error
    return root
