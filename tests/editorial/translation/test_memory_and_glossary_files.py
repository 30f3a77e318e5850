"""TMX, TBX and the CSV of the glossary: written files are read back, bad ones are refused."""

import time
from contextlib import suppress

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from translate.storage.tbx import tbxfile
from translate.storage.tmx import tmxfile

from editions.document import TermText, Text
from editorial.translation.exchange import glossary_csv, tbx, tmx
from editorial.translation.exchange.formats import GLOSSARY_FORMATS, MEMORY_FORMATS, read
from editorial.translation.exchange.units import BadFile, Pair

pytestmark = pytest.mark.usefixtures("in_english")

PAIRS = (
    Pair("Kota\n\nsehat & [[smart]]", "A healthy\n\n<city>", "2016–2021, edition 2"),
    Pair(" =1 ", "\t'+2", ""),
)
SMART_CITY = TermText(
    term=Text("kota cerdas", "smart city"),
    variants=Text("kota pintar; kota pandai", "clever city"),
    everyday_words=Text("warung; toko", "school"),
    definition=Text("Kota yang [[smart]].\n\nYa.", "A city & “more”."),
    note=Text("everyday words: bukan", "Not “smart town”."),
)
TERMS = (SMART_CITY, TermText(term=Text("=SUM(A1)", "-1"), everyday_words=Text("@a", "+b")))
FORMATS = {"tmx": (MEMORY_FORMATS["tmx"], PAIRS)} | {
    name: (form, TERMS) for name, form in GLOSSARY_FORMATS.items()
}


# Files are read as written

characters = st.characters(
    codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"
)
pieces = st.sampled_from(
    ["=", "-", "'", '"', "\n\n", "\t", " ", ",", ";", "[[", "]]", "<g0>", "</g0>", "&amp;", "]]>"]
    + ["[term-id]", "everyday words: ", "e\u0301", "👩🏽", "\u2028"]
)
texts = st.text(characters) | st.lists(pieces).map("".join)
lines = texts.map(lambda text: " ".join(text.split()))
items = lines.map(lambda words: words.replace(";", "").strip()).filter(bool)
lists = st.lists(items).map("; ".join)
both = st.builds(Text, texts, texts)
terms = st.builds(
    TermText,
    term=st.builds(Text, lines.filter(bool), lines),
    variants=st.builds(Text, lists, lists),
    everyday_words=st.builds(Text, lists, lists),
    definition=both,
    note=both,
)


@given(pairs=st.lists(st.builds(Pair, texts, texts, texts), min_size=1, max_size=4).map(tuple))
def test_reading_a_written_memory_gives_the_same_pairs(pairs):
    assert tmx.read(tmx.write(pairs)) == pairs


@pytest.mark.slow
@pytest.mark.parametrize("name", GLOSSARY_FORMATS)
@given(terms=st.lists(terms, min_size=1, max_size=4).map(tuple))
@settings(deadline=None)
def test_reading_a_written_glossary_gives_the_same_terms(name, terms):
    form = GLOSSARY_FORMATS[name]

    assert form.read(form.write(terms)) == terms


@pytest.mark.parametrize("name", FORMATS)
@given(position=st.floats(0, 1), damage=st.binary(max_size=3), cut=st.booleans())
@settings(deadline=None)
def test_a_damaged_file_is_read_or_refused_without_a_crash(name, position, damage, cut):
    form, content = FORMATS[name]
    data = form.write(content)
    place = int(position * len(data))

    with suppress(BadFile):
        form.read(data[:place] + damage + (b"" if cut else data[place + len(damage) :]))


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_glossary_is_read_whatever_its_name_and_the_active_language(language):
    for form in GLOSSARY_FORMATS.values():
        with override(language):
            data = form.write(TERMS)

        assert read("istilah", data, GLOSSARY_FORMATS) == TERMS


# Files of other programs


def test_translate_toolkit_reads_the_memory():
    store = tmxfile.parsestring(tmx.write(PAIRS))

    found = [(unit.source, unit.target) for unit in store.units]
    assert found == [(pair.indonesian, pair.english) for pair in PAIRS]


def test_translate_toolkit_reads_the_glossary():
    store = tbxfile.parsestring(tbx.write(TERMS))

    found = [(unit.source, unit.target) for unit in store.units]
    assert found == [(term.term.id, term.term.en) for term in TERMS]


def memory_of(tool, *segments):
    sides = zip(("ID-id", "EN-GB"), segments, strict=True)
    units = "".join(f'<tuv lang="{code}"><seg>{words}</seg></tuv>' for code, words in sides)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE tmx SYSTEM "tmx11.dtd">'
        f'<tmx version="1.1"><header creationtool="{tool}"/><body><tu>{units}</tu></body></tmx>'
    ).encode()


def test_the_memory_of_another_tool_is_read_without_its_codes():
    data = memory_of(
        "Tool",
        'Kota <bpt i="1">{b}</bpt>sehat<ept i="1">{/b}</ept><ph>{br}</ph>.',
        "A <hi>healthy</hi> &lt;g0&gt;city&lt;/g0&gt;<!-- or town -->.",
    )

    assert tmx.read(data) == (Pair("Kota sehat.", "A healthy <g0>city</g0>."),)


def test_tags_of_omegat_around_words_of_the_other_language_are_marks():
    data = memory_of(
        "OmegaT",
        'Kota <bpt i="0">&lt;g0&gt;</bpt>smart<ept i="0">&lt;/g0&gt;</ept>.',
        "A &lt;g0&gt;sehat&lt;/g0&gt; city.",
    )

    assert tmx.read(data) == (Pair("Kota [[smart]].", "A [[sehat]] city."),)


def test_a_unit_that_lacks_a_language_is_read_with_an_empty_text():
    data = memory_of("Tool", "Kota", "City").replace(b"EN-GB", b"FR")

    assert tmx.read(data) == (Pair("Kota", ""),)


def test_the_glossary_of_a_tool_with_the_edition_of_2019_is_read():
    entry = """<tbx xmlns="urn:iso:std:iso:30042:ed-2" type="TBX-Basic" style="dca" xml:lang="en">
    <text><body><conceptEntry><langSec xml:lang="en-GB"><termSec><term>mayor</term></termSec>
    <termSec><term>major</term>
    <termNote type="administrativeStatus">deprecatedTerm-admn-sts</termNote></termSec></langSec>
    <langSec xml:lang="id"><descrip type="definition">Kepala kota.</descrip>
    <termSec><term>wali kota</term><note>Dua kata.</note></termSec>
    <termSec><term>walikota</term></termSec></langSec></conceptEntry></body></text></tbx>"""

    assert tbx.read(entry.encode()) == (
        TermText(
            term=Text("wali kota", "mayor"),
            variants=Text("walikota", ""),
            definition=Text("Kepala kota.", ""),
            note=Text("Dua kata.", ""),
        ),
    )


def test_everyday_words_are_no_terms_in_tbx():
    root = etree.fromstring(tbx.write([SMART_CITY]))

    assert [term.text for term in root.iter("term")] == [
        "kota cerdas",
        "kota pintar",
        "kota pandai",
        "smart city",
        "clever city",
    ]


@pytest.mark.slow
def test_a_term_with_many_notes_is_read_at_once():
    count = 40_000
    notes = "<note>everyday words: a</note>" * count + "<note>b</note>" * count
    side = f'<langSet xml:lang="id"><tig><term>kota</term>{notes}</tig></langSet>'
    data = f"<martif><text><body><termEntry>{side}</termEntry></body></text></martif>".encode()
    begin = time.process_time()

    (term,) = tbx.read(data)

    assert term.everyday_words.id == "; ".join(["a"] * count)
    assert term.note.id == "\n\n".join(["b"] * count)
    assert time.process_time() - begin < 3


def test_no_cell_of_the_glossary_is_a_formula():
    table = glossary_csv.write(TERMS).decode("utf-8-sig")

    assert '"\'=SUM(A1)"' in table
    assert '"\'@a"' in table


def test_columns_of_a_glossary_may_be_left_out_and_moved():
    data = b"English [term-en];Istilah [term-id]\nmayor;wali kota\n;\n"

    assert glossary_csv.read(data) == (TermText(term=Text("wali kota", "mayor")),)


# Bad files

ENTITY = '<!DOCTYPE tmx [<!ENTITY a "b">]><tmx/>'
BAD_FILES = {
    "a memory with declarations": ("tmx", ENTITY, "Line 1: There is a document type (DOCTYPE)"),
    "a memory with an entity": (
        "tmx",
        '<!DOCTYPE tmx SYSTEM "tmx11.dtd"><tmx>&nbsp;</tmx>',
        "Line 1: The XML holds &nbsp;, which stands for nothing here. Export it again.",
    ),
    "another XML as a memory": ("tmx", "<xliff/>", "This is XML, but no TMX."),
    "an empty memory": ("tmx", "<tmx/>", "The file holds no translation."),
    "a workbook as a memory": ("tmx", "a;b", "The XML breaks off or is damaged here."),
    "another XML as a glossary": ("tbx", "<tmx/>", "This is XML, but no TBX."),
    "an empty glossary": ("tbx", "<martif/>", "The file holds no term."),
    "a table without the column of the term": (
        "csv",
        "[term-en]\na",
        "The header lacks [term-id].",
    ),
    "a table with a column twice": (
        "csv",
        "[term-id],[term-id]",
        "The header holds [term-id] twice.",
    ),
    "a table without terms": ("csv", "[term-id],[term-en]\n,", "The file holds no term."),
    "a broken table": ("csv", '[term-id]\n"a', "Line 2: A quotation mark is missing"),
}


@pytest.mark.parametrize(("name", "text", "sentence"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_refused_with_a_sentence(name, text, sentence):
    with pytest.raises(BadFile) as refusal:
        FORMATS[name][0].read(text.encode())

    assert sentence in str(refusal.value)
