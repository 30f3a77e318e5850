"""XLIFF 1.2, the file that translators' own tools open.

OmegaT translates what stands in ``<target>``, which it shows as the text to be translated, and never ``<source>``; a
unit without a target is no segment to it. So an untranslated unit is written as is common among tools: its target
repeats the source, in the state "needs-translation". One that comes back like that was left untranslated. OmegaT
changes no state: a text in that state which differs from its source is a translation.
"""

from django.utils.translation import gettext as _
from lxml import etree

from editorial.translation.exchange.scan import scan_xml
from editorial.translation.exchange.units import (
    BadFile,
    Exchange,
    Unit,
    collect,
    errors_as,
    for_a_file,
    with_line_ends,
)

NAMESPACE = "urn:oasis:names:tc:xliff:document:1.2"
XLIFF = f"{{{NAMESPACE}}}"  # before the names of its elements
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
LANGUAGES = {"source": "id", "target": "en"}
UNTRANSLATED = ("needs-translation", "new")
STATE_NAMES = {"outdated": "needs-review-translation", "review": "translated", "done": "final"}
STATES = {name: state for state, name in STATE_NAMES.items()} | {"signed-off": "done"}
MARKS = ("x-source-mark", "x-target-mark")
MARKS_PURPOSE = "information"


def write(exchange):
    root = etree.Element(f"{XLIFF}xliff", {"version": "1.2"}, nsmap={None: NAMESPACE})
    sides = {f"{side}-language": language for side, language in LANGUAGES.items()}
    file = _add(root, "file", original=exchange.period, **sides, datatype="plaintext")
    body = _add(file, "body")
    for unit in exchange.units:
        _write_unit(body, unit)
    etree.indent(root)
    return DECLARATION + etree.tostring(root, encoding="UTF-8", xml_declaration=False) + b"\n"


def _write_unit(body, unit):
    state = STATE_NAMES.get(unit.state) if unit.target else UNTRANSLATED[0]
    approved = {"approved": "yes"} if state == "final" else {}
    written = _add(body, "trans-unit", id=unit.key, **{SPACE: "preserve"}, **approved)
    _add(written, "source", unit.source)
    _add(written, "target", unit.target or unit.source, **{"state": state} if state else {})
    for origin, words in (("place", unit.context), ("portal", unit.note)):
        if words:
            _add(written, "note", words, **{"from": origin})
    # A name of its own, as no two groups may have the same.
    group = _add(written, "context-group", name=unit.key, purpose=MARKS_PURPOSE)
    for name, mark in zip(MARKS, (unit.source_mark, unit.target_mark), strict=True):
        _add(group, "context", mark, **{"context-type": name})


def _add(parent, name, text=None, /, **attributes):
    attributes = {attribute: for_a_file(value) for attribute, value in attributes.items()}
    element = etree.SubElement(parent, XLIFF + name, attributes)
    element.text = text and for_a_file(text)
    return element


def read(data):
    _check_version(*scan_xml(data))
    with errors_as(BadFile(_("The XLIFF cannot be read. Export it again from your tool."))):
        file = _file_of(
            etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
        )
        units = file.iter(f"{XLIFF}trans-unit")  # a tool may put some of them into groups
        numbered = ((unit.sourceline, _read_unit(unit)) for unit in units)
        return Exchange(file.get("original", ""), collect(numbered, place="line"))


def _check_version(root, attributes):
    name, version = root.rpartition(" ")[2], attributes.get("version", "")
    if name != "xliff":
        raise BadFile(_("This is XML, but no XLIFF. Export the translation as XLIFF 1.2."))
    if root != f"{NAMESPACE} xliff" or version != "1.2":
        sentence = _(
            "This is XLIFF %(version)s, and the portal reads XLIFF 1.2. Export the translation as XLIFF 1.2."
        )
        raise BadFile(sentence % {"version": version or "?"})


def _file_of(root):
    """The one ``<file>``, from Indonesian into English; a tool may add a country to either."""
    files = root.findall(f"{XLIFF}file")
    if len(files) > 1:
        sentence = _("The XLIFF holds %(count)d files, and must hold one. Import each by itself.")
        raise BadFile(sentence % {"count": len(files)})
    found = {side: files[0].get(f"{side}-language", "") for side in LANGUAGES}
    if {
        side: code.replace("_", "-").partition("-")[0].lower() for side, code in found.items()
    } != LANGUAGES:
        sentence = _(
            "It translates from “%(source)s” to “%(target)s”, and must from Indonesian (id) to English (en)."
        )
        raise BadFile(sentence % found, line=files[0].sourceline)
    return files[0]


def _read_unit(unit):
    key, target = unit.get("id", ""), unit.find(f"{XLIFF}target")
    source, words = _words(unit.find(f"{XLIFF}source"), key), _words(target, key)
    state = "" if target is None else target.get("state", "")
    if words == source and state in UNTRANSLATED:
        words = ""
    marks = _marks(unit)
    return Unit(
        key,
        source,
        words,
        context=_note(unit, "place"),
        note=_note(unit, "portal"),
        state=STATES.get(state, "") if words else "missing",
        source_mark=marks.get(MARKS[0], ""),
        target_mark=marks.get(MARKS[1], ""),
    )


def _note(unit, origin):
    notes = unit.iterfind(f"{XLIFF}note[@from='{origin}']")
    return "\n".join(with_line_ends(note.text or "") for note in notes)


def _marks(unit):
    contexts = unit.iterfind(f"{XLIFF}context-group[@purpose='{MARKS_PURPOSE}']/{XLIFF}context")
    return {context.get("context-type"): (context.text or "").strip() for context in contexts}


def _words(node, key):
    """The text as it stands, even where a tool dropped ``xml:space``, by which other readers fold white space."""
    if node is None:
        return ""
    if len(node):
        tag = etree.QName(node[0]).localname if isinstance(node[0].tag, str) else "!-- --"
        sentence = _(
            "The passage “%(key)s” holds the tag <%(tag)s>. The portal’s texts hold no tags: delete it."
        )
        raise BadFile(sentence % {"key": key, "tag": tag}, line=node.sourceline)
    return with_line_ends(node.text or "")
