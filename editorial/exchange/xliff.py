"""XLIFF 1.2, the file that translators' own tools open.

OmegaT translates what stands in ``<target>``, which it shows as the text to be translated, and never ``<source>``; a
unit without a target is no segment to it. So an untranslated unit is written as is common among tools: its target
repeats the source, in the state "needs-translation". One that comes back like that was left untranslated. OmegaT
changes no state: a text in that state which differs from its source is a translation.
"""

from django.utils.translation import gettext as _
from lxml import etree
from translate.storage.xliff import Xliff1File, Xliff1Unit

from editorial.exchange.scan import scan_xml
from editorial.exchange.units import BadFile, Exchange, Unit, collect, errors_as, for_a_file, with_line_ends

NAMESPACE = "urn:oasis:names:tc:xliff:document:1.2"
EMPTY = f"""<xliff version="1.2" xmlns="{NAMESPACE}">
<file original="" source-language="id" target-language="en" datatype="plaintext"><body/></file></xliff>""".encode()
LANGUAGES = {"source": "id", "target": "en"}
UNTRANSLATED = ("needs-translation", "new")
STATE_NAMES = {"outdated": "needs-review-translation", "review": "translated", "done": "final"}
STATES = {name: state for state, name in STATE_NAMES.items()} | {"signed-off": "done"}
MARKS = ("x-source-mark", "x-target-mark")
MARKS_PURPOSE = "information"


class Unit12(Xliff1Unit):
    namespace = NAMESPACE


def write(exchange: Exchange) -> bytes:
    store = Xliff1File.parsestring(EMPTY)
    _file_of(store).set("original", exchange.period)
    for unit in exchange.units:
        _write_unit(store, unit)
    return bytes(store)


def _write_unit(store, unit: Unit):
    written = Unit12(for_a_file(unit.source))
    store.addunit(written)
    written.xmlelement.set("id", for_a_file(unit.key))
    target = written.createlanguageNode("en", for_a_file(unit.target or unit.source), "target")
    written.set_target_dom(target)
    if state := STATE_NAMES.get(unit.state) if unit.target else UNTRANSLATED[0]:
        target.set("state", state)
    written.markapproved(state == "final")
    for origin, words in (("place", unit.context), ("portal", unit.note)):
        if words:
            note = etree.SubElement(written.xmlelement, written.namespaced("note"), {"from": origin})
            note.text = for_a_file(words)
    marks = list(zip(MARKS, (unit.source_mark, unit.target_mark), strict=True))
    written.createcontextgroup(for_a_file(unit.key), marks, purpose=MARKS_PURPOSE)  # no two may have the same name


def read(data: bytes) -> Exchange:
    _check_version(*scan_xml(data))
    with errors_as(BadFile(_("The XLIFF cannot be read. Export it again from your tool."))):
        store = Xliff1File()
        store.parse(data)
        file = _file_of(store)
        units = collect(((unit.xmlelement.sourceline, _read_unit(unit)) for unit in store.units), place="line")
        return Exchange(file.get("original", ""), units)


def _check_version(root, attributes):
    name, version = root.rpartition(" ")[2], attributes.get("version", "")
    if name != "xliff":
        raise BadFile(_("This is XML, but no XLIFF. Export the translation as XLIFF 1.2."))
    if root != f"{NAMESPACE} xliff" or version != "1.2":
        sentence = _("This is XLIFF %(version)s, and the portal reads XLIFF 1.2. Export the translation as XLIFF 1.2.")
        raise BadFile(sentence % {"version": version or "?"})


def _file_of(store):
    """The one ``<file>``, from Indonesian into English; a tool may add a country to either."""
    files = list(store.document.getroot().iterchildren(store.namespaced("file")))
    if len(files) != 1:
        sentence = _("The XLIFF holds %(count)d files, and must hold one. Import each by itself.")
        raise BadFile(sentence % {"count": len(files)})
    found = {side: files[0].get(f"{side}-language", "") for side in LANGUAGES}
    if {side: code.replace("_", "-").partition("-")[0].lower() for side, code in found.items()} != LANGUAGES:
        sentence = _("It translates from “%(source)s” to “%(target)s”, and must from Indonesian (id) to English (en).")
        raise BadFile(sentence % found, line=files[0].sourceline)
    return files[0]


def _read_unit(unit: Xliff1Unit) -> Unit:
    key, target = unit.xmlelement.get("id", ""), unit.target_dom
    source, words = _words(unit.source_dom, key), _words(target, key)
    state = "" if target is None else target.get("state", "")
    if words == source and state in UNTRANSLATED:
        words = ""
    marks = dict(pair for group in unit.getcontextgroupsbyattribute("purpose", MARKS_PURPOSE) for pair in group)
    return Unit(
        key,
        source,
        words,
        context=unit.getnotes("place"),
        note=unit.getnotes("portal"),
        state=STATES.get(state, "") if words else "missing",
        source_mark=marks.get(MARKS[0], ""),
        target_mark=marks.get(MARKS[1], ""),
    )


def _words(node, key):
    """The text as it stands, even where a tool dropped ``xml:space``, by which other readers fold white space."""
    if node is None:
        return ""
    if len(node):
        tag = etree.QName(node[0]).localname if isinstance(node[0].tag, str) else "!-- --"
        sentence = _("The passage “%(key)s” holds the tag <%(tag)s>. The portal’s texts hold no tags: delete it.")
        raise BadFile(sentence % {"key": key, "tag": tag}, line=node.sourceline)
    return with_line_ends(node.text or "")
