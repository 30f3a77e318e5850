"""TBX-Basic (ISO 30042), the glossary of translators' tools.

Written as the edition of 2008 has it, which OmegaT reads; both editions are read. Variants are
admitted terms. Everyday words are a note on their term, because tools offer each further term as a
translation.
"""

from django.utils.translation import gettext as _
from lxml import etree

from editions.document import TermText, Text
from editorial.translation.exchange.scan import scan_xml
from editorial.translation.exchange.units import (
    NO_TERM,
    BadFile,
    errors_as,
    for_a_file,
)
from editorial.translation.exchange.xml_file import (
    LANGUAGE,
    language_of,
    parsed,
    words_of,
    written,
)

SUBSET = "http://www.ttt.org/oscarstandards/tbx/TBXBasicXCSV02.xcs"
ENTRIES = ("{*}termEntry", "{*}conceptEntry")
SIDES = {"langSet", "langSec"}
TERMS = {"tig", "ntig", "termSec"}
STATUS = "administrativeStatus"
PREFERRED, ADMITTED = "preferredTerm-admn-sts", "admittedTerm-admn-sts"
NOT_TO_BE_USED = ("deprecated", "superseded")
EVERYDAY = "everyday words: "


def write(terms):
    root = etree.Element("martif", {"type": "TBX-Basic", LANGUAGE: "id"})
    header = etree.SubElement(root, "martifHeader")
    source = etree.SubElement(etree.SubElement(header, "fileDesc"), "sourceDesc")
    etree.SubElement(source, "p").text = "Visi Kota Magelang"
    encoding = etree.SubElement(header, "encodingDesc")
    etree.SubElement(encoding, "p", type="XCSURI").text = SUBSET
    body = etree.SubElement(etree.SubElement(root, "text"), "body")
    for number, term in enumerate(terms, start=1):
        entry = etree.SubElement(body, "termEntry", id=f"t{number}")
        for language in ("id", "en"):
            _write_side(entry, term, language)
    return written(root)


def _write_side(entry, term, language):
    side = etree.SubElement(entry, "langSet", {LANGUAGE: language})
    if definition := getattr(term.definition, language):
        group = etree.SubElement(side, "descripGrp")
        _add(group, "descrip", definition, type="definition")
    if note := getattr(term.note, language):
        _add(side, "note", note)
    name, everyday = getattr(term.term, language), getattr(term.everyday_words, language)
    if name or everyday:
        _write_term(side, name, PREFERRED, everyday)
    for variant in term.also(language):
        _write_term(side, variant, ADMITTED)
    if not len(side):
        entry.remove(side)


def _write_term(side, name, status, everyday=""):
    group = etree.SubElement(side, "tig")
    _add(group, "term", name)
    _add(group, "termNote", status, type=STATUS)
    if everyday:
        _add(group, "note", EVERYDAY + everyday)


def _add(parent, name, text, **attributes):
    etree.SubElement(parent, name, attributes).text = for_a_file(text)


def read(data):
    """The terms of the file. Raises ``BadFile``."""
    root, _attributes = scan_xml(data, may_name_dtd=True)
    if root.rpartition(" ")[2] not in ("martif", "tbx"):
        raise BadFile(_("This is XML, but no TBX. Export the glossary as TBX-Basic."))
    with errors_as(BadFile(_("The TBX cannot be read. Export it again from your tool."))):
        terms = tuple(_term(entry) for entry in parsed(data).iter(*ENTRIES))
    if not terms:
        raise BadFile(NO_TERM)
    return terms


def _term(entry):
    sides = {}
    for side in entry:
        if _name(side) in SIDES:
            language = language_of(side)
            sides.setdefault(language, _read_side(side, language))
    id, en = sides.get("id", {}), sides.get("en", {})
    names = id.keys() | en.keys()
    return TermText(**{name: Text(id.get(name, ""), en.get(name, "")) for name in names})


def _read_side(side, language):
    """The texts of one language, by their names."""
    groups = [group for group in side if _name(group) in TERMS]
    terms = [(words_of(group.find(".//{*}term")), _data(group, STATUS)) for group in groups]
    notes = {True: [], False: []}  # by whether they hold everyday words
    for note in side.iter("{*}note"):
        notes[_is_everyday(note)].append(words_of(note))
    name, variants = _main_and_others(terms, language)
    return {
        "term": name,
        "variants": "; ".join(variants),
        "everyday_words": "; ".join(words[len(EVERYDAY) :] for words in notes[True]),
        "definition": _data(side, "definition"),
        "note": "\n\n".join(notes[False]),
    }


def _is_everyday(note):
    """A note of the language, rather than of a term, is for translators, whatever it says."""
    return _name(note.getparent()) not in SIDES and words_of(note).startswith(EVERYDAY)


def _main_and_others(terms, language):
    """The preferred term, or else the first; and the variants."""
    usable = [(words, status) for words, status in terms if not status.startswith(NOT_TO_BE_USED)]
    preferred = [each for each in usable if each[1].startswith("preferred")]
    plain = [each for each in usable if not each[1]]
    main = next(iter(preferred or plain or (usable if language == "id" else [])), ("", ""))
    return main[0], [each[0] for each in usable if each is not main and each[0]]


def _data(group, kind):
    """The words of the first category of this kind: an element of that name, or with that type."""
    for each in group.iter():
        if kind in (_name(each), each.get("type")):
            return words_of(each)
    return ""


def _name(element):
    return etree.QName(element).localname
