"""XLIFF 1.2, for translators' tools.

OmegaT shows ``<target>`` as the text to translate, and skips a unit without one. So an untranslated
unit is written as tools commonly do: its target repeats the source, in the state
"needs-translation". A unit that comes back like that is untranslated. OmegaT changes no state: a
target in that state that differs from its source is a translation.

A mark ``[[…]]`` of ``vision.text`` is a pair of tags, ``<g>``: tools protect tags, and translate
the words between them. Files that hold the brackets themselves are read, too.
"""

from itertools import batched

from django.utils.translation import gettext as _
from lxml import etree

from editorial.translation.exchange.scan import scan_xml
from editorial.translation.exchange.units import (
    BadFile,
    Exchange,
    State,
    Unit,
    collect,
    errors_as,
    for_a_file,
    with_line_ends,
)
from editorial.translation.exchange.xml_file import bytes_of, parsed, without_country
from vision.text import MARK

NAMESPACE = "urn:oasis:names:tc:xliff:document:1.2"
XLIFF = f"{{{NAMESPACE}}}"  # before the names of its elements
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
LANGUAGES = {"source": "id", "target": "en"}
UNTRANSLATED = ("needs-translation", "new")
STATE_NAMES = {
    State.OUTDATED: "needs-review-translation",
    State.REVIEW: "translated",
    State.DONE: "final",
}
STATES = {name: state for state, name in STATE_NAMES.items()} | {"signed-off": State.DONE}
MARKS = ("x-source-mark", "x-target-mark")
MARKS_PURPOSE = "information"
OTHER_LANGUAGE = {"ctype": "x-other-language"}


def write(exchange):
    root = etree.Element(f"{XLIFF}xliff", {"version": "1.2"}, nsmap={None: NAMESPACE})
    sides = {f"{side}-language": language for side, language in LANGUAGES.items()}
    file = _add(root, "file", original=exchange.period, **sides, datatype="plaintext")
    body = _add(file, "body")
    for unit in exchange.units:
        _write_unit(body, unit)
    etree.indent(root)  # before the tags within texts, which it would set apart
    for side in root.iter(*(XLIFF + name for name in LANGUAGES)):
        _mark(side)
    return bytes_of(root)


def _write_unit(body, unit):
    state = STATE_NAMES.get(unit.state) if unit.target else UNTRANSLATED[0]
    approved = {"approved": "yes"} if state == "final" else {}
    written = _add(body, "trans-unit", id=unit.key, **{SPACE: "preserve"}, **approved)
    _add(written, "source", unit.source)
    _add(written, "target", unit.target or unit.source, **{"state": state} if state else {})
    for origin, words in (("place", unit.context), ("portal", unit.note)):
        if words:
            _add(written, "note", words, **{"from": origin})
    # The key is its name: no two groups may have the same one.
    group = _add(written, "context-group", name=unit.key, purpose=MARKS_PURPOSE)
    for name, mark in zip(MARKS, (unit.source_mark, unit.target_mark), strict=True):
        _add(group, "context", mark, **{"context-type": name})


def _add(parent, name, text=None, /, **attributes):
    attributes = {attribute: for_a_file(value) for attribute, value in attributes.items()}
    element = etree.SubElement(parent, XLIFF + name, attributes)
    element.text = text and for_a_file(text)
    return element


def _mark(side):
    side.text, *marked = MARK.split(side.text)
    for number, (words, after) in enumerate(batched(marked, 2), start=1):
        tag = etree.SubElement(side, f"{XLIFF}g", {"id": str(number)} | OTHER_LANGUAGE)
        tag.text, tag.tail = words, after


def read(data):
    _check_version(*scan_xml(data))
    with errors_as(BadFile(_("The XLIFF cannot be read. Export it again from your tool."))):
        file = _file_of(parsed(data, keeps_comments=True))
        units = file.iter(f"{XLIFF}trans-unit")  # tools may put some of them into groups
        numbered = ((unit.sourceline, _read_unit(unit)) for unit in units)
        return Exchange(file.get("original", ""), collect(numbered, place="line"))


def _check_version(root, attributes):
    name, version = root.rpartition(" ")[2], attributes.get("version", "")
    if name != "xliff":
        raise BadFile(_("This is XML, but no XLIFF. Export the translation as XLIFF 1.2."))
    if root != f"{NAMESPACE} xliff" or version != "1.2":
        sentence = _(
            "This is XLIFF %(version)s, and the portal reads XLIFF 1.2. "
            "Export the translation as XLIFF 1.2."
        )
        raise BadFile(sentence % {"version": version or "?"})


def _file_of(root):
    """The only ``<file>``, from Indonesian into English; tools may add a country to either."""
    files = root.findall(f"{XLIFF}file")
    if len(files) > 1:
        sentence = _("The XLIFF holds %(count)d files, and must hold one. Import each by itself.")
        raise BadFile(sentence % {"count": len(files)})
    found = {side: files[0].get(f"{side}-language", "") for side in LANGUAGES}
    languages = {side: without_country(code) for side, code in found.items()}
    if languages != LANGUAGES:
        sentence = _(
            "It translates from “%(source)s” to “%(target)s”, "
            "and must from Indonesian (id) to English (en)."
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
        state=STATES.get(state, "") if words else State.MISSING,
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
    """The text with all white space, even where a tool dropped ``xml:space``."""
    if node is None:
        return ""
    parts = [node.text or "", *(_marked(child, key) + (child.tail or "") for child in node)]
    return with_line_ends("".join(parts))


def _marked(tag, key):
    """The mark ``[[…]]`` that the tag stands for; "" where a translator took its words out."""
    if _name(tag) != "g" or len(tag):
        sentence = _(
            "The passage “%(key)s” holds the tag <%(tag)s>. "
            "The portal’s texts hold no tags: delete it."
        )
        found = {"key": key, "tag": _name(tag[0] if len(tag) else tag)}
        raise BadFile(sentence % found, line=tag.getparent().sourceline)
    return f"[[{tag.text}]]" if tag.text else ""


def _name(tag):
    return etree.QName(tag).localname if isinstance(tag.tag, str) else "!-- --"
