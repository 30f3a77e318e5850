"""Translation files: written ones are read back, bad ones are refused with a sentence."""

import io
import stat
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from datetime import date
from struct import pack_into
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo
from zlib import crc32

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from openpyxl import load_workbook
from translate.storage.xliff import Xliff1File

from editorial.translation.exchange import xliff
from editorial.translation.exchange.formats import FORMATS, read
from editorial.translation.exchange.units import BadFile, Exchange, Unit

pytestmark = pytest.mark.usefixtures("in_english")

SMALL = Exchange(
    "2016-2021",
    (
        Unit(
            "v-visi.statement",
            "Kota\n\nsehat",
            "A healthy\n\ncity",
            "Vision",
            "=SUM(A1)",
            "done",
            "1e5",
            "22",
        ),
        Unit("u3-5.text", "cerdas", "", "Element 3", "", "missing", "33", "e3"),
        Unit(
            "t-wali_kota.term",
            "Wali Kota",
            "Mayor",
            "Glossary",
            "“Walikota”",
            "outdated",
            "55",
            "66",
        ),
    ),
)


# Files are read as written

characters = st.characters(
    codec="utf-8",
    exclude_categories=["Cc", "Cf", "Cs"],  # vision.text refuses these
    include_characters="\t\n\u00ad",
    exclude_characters="\ufffe\uffff",
)
pieces = st.sampled_from(
    [
        "=",
        "+",
        "-",
        "@",
        "'",
        '"',
        "\n\n",
        "\t",
        " ",
        ",",
        ";",
        "[[",
        "]]",
        "<g>",
        "&amp;",
        "]]>",
        "%(key)s",
        "[en]",
    ]
    + [
        "_x0041_",
        "_x000D_",
        "_x005F_",
        "x005F_",
        "12e45",
        "#REF!",
        "TRUE",
        "1/2",
        "אב",
        "👩🏽",
        "e\u0301",
        "\u2028",
    ]
)
long_texts = st.builds(str.__mul__, st.sampled_from(["x", "é ", "👩"]), st.integers(1, 10_000))
texts = st.text(characters) | st.lists(pieces).map("".join) | long_texts
words = texts.filter(bool)
marks = st.text("0123456789abcdef", max_size=16)
translated = st.sampled_from(["", "outdated", "review", "done"])
units = st.builds(Unit, words, texts, words, texts, texts, translated, marks, marks) | st.builds(
    Unit, words, texts, st.just(""), texts, texts, st.just("missing"), marks, marks
)
exchanges = st.builds(
    Exchange,
    st.sampled_from(["2016-2021", "2021-2026"]),
    st.lists(units, min_size=1, max_size=4, unique_by=lambda unit: unit.key).map(tuple),
)


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
@given(exchange=exchanges)
@settings(deadline=None)  # a workbook takes long the first time
def test_reading_a_written_file_gives_the_same_exchange(name, exchange):
    assert FORMATS[name].read(FORMATS[name].write(exchange)) == exchange


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_is_read_whatever_its_name_and_the_active_language(name):
    with override("id"):
        data = FORMATS[name].write(SMALL)

    with override("en"):
        assert read("terjemahan", data) == SMALL


@pytest.mark.parametrize("name", FORMATS)
def test_line_ends_of_all_programs_are_read_alike(name):
    unit = replace(SMALL.units[0], target="one\r\n\r\ntwo\rthree")

    (read_unit,) = FORMATS[name].read(FORMATS[name].write(Exchange("2016-2021", (unit,)))).units

    assert read_unit.target == "one\n\ntwo\nthree"


@pytest.mark.parametrize("name", FORMATS)
def test_a_character_that_a_file_cannot_hold_is_replaced(name):
    unit = replace(SMALL.units[0], target="nol\x00 lonceng\x07 separuh\ud800 bukan\uffff")

    (read_unit,) = FORMATS[name].read(FORMATS[name].write(Exchange("2016-2021", (unit,)))).units

    assert read_unit.target == "nol\ufffd lonceng\ufffd separuh\ufffd bukan\ufffd"


@pytest.mark.parametrize("name", FORMATS)
@given(position=st.floats(0, 1), damage=st.binary(max_size=3), cut=st.booleans())
@settings(deadline=None)
def test_a_damaged_file_is_read_or_refused_without_a_crash(name, position, damage, cut):
    data = FORMATS[name].write(SMALL)
    place = int(position * len(data))

    with suppress(BadFile):
        read(
            f"a{FORMATS[name].extension}",
            data[:place] + damage + (b"" if cut else data[place + len(damage) :]),
        )


# Files in other programs


def test_xliff_follows_its_standard():
    (file,) = etree.fromstring(xliff.write(SMALL))
    units = file.findall(".//{*}trans-unit")

    assert dict(file.attrib) == {
        "original": "2016-2021",
        "source-language": "id",
        "target-language": "en",
        "datatype": "plaintext",
    }
    assert {unit.get("{http://www.w3.org/XML/1998/namespace}space") for unit in units} == {
        "preserve"
    }
    for unit in units:
        names = [etree.QName(child).localname for child in unit]
        assert names[:2] == ["source", "target"]
        assert set(names[2:]) <= {"note", "context-group"}
    groups = [group.get("name") for group in file.iter("{*}context-group")]
    assert len(groups) == len(set(groups)) == len(units)
    assert [unit.find("{*}target").get("state") for unit in units] == [
        "final",
        "needs-translation",
        "needs-review-translation",
    ]
    assert [unit.get("approved") for unit in units] == ["yes", None, None]


def test_translate_toolkit_reads_the_xliff_and_the_portal_reads_its_file():
    store = Xliff1File.parsestring(xliff.write(SMALL))

    found = [(unit.getid().rpartition("\x04")[2], unit.source, unit.target) for unit in store.units]
    assert found == [(unit.key, unit.source, unit.target or unit.source) for unit in SMALL.units]
    assert [unit.isapproved() for unit in store.units] == [True, False, False]
    assert [unit.getnotes("place") for unit in store.units] == [
        unit.context for unit in SMALL.units
    ]
    assert xliff.read(bytes(store)) == SMALL


def test_words_of_the_other_language_are_tags_in_xliff():
    words = "Smart [[Governance]], [[daring]] dan [[[luring]]"
    marked = Exchange("2016-2021", (replace(SMALL.units[0], source=words, target=words),))

    data = xliff.write(marked)
    unit = etree.fromstring(data).find(".//{*}trans-unit")

    for side in ("source", "target"):
        tags = unit.find(f"{{*}}{side}")
        assert [(tag.get("id"), tag.text) for tag in tags] == [
            ("1", "Governance"),
            ("2", "daring"),
            ("3", "luring"),
        ]
        assert {tag.get("ctype") for tag in tags} == {"x-other-language"}
    assert b"[[" not in data
    assert xliff.read(data) == marked


def test_xliff_with_brackets_in_place_of_tags_is_read_as_before():
    marked = xliff.read(changed_xliff("Mayor", "[[Wali]] Kota"))

    assert marked.units[2].target == "[[Wali]] Kota"


def test_a_tag_whose_words_a_translator_took_out_leaves_nothing():
    marked = xliff.read(changed_xliff("Mayor", 'Mayor<g id="1"/>'))

    assert marked.units[2].target == "Mayor"


def test_passages_that_a_tool_put_into_groups_are_read():
    grouped = changed_xliff("<body>", "<body><group><group>").replace(
        b"</body>", b"</group></group></body>"
    )

    assert read("a.xlf", grouped) == SMALL


def test_an_untranslated_target_repeats_the_source_in_xliff():
    units = etree.fromstring(xliff.write(SMALL)).findall(".//{*}trans-unit")

    assert units[1].find("{*}target").text == "cerdas"


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_a_formula(formula):
    unit = Unit("u1.name", formula, formula, formula, formula)
    exchange = Exchange("2016-2021", (unit,))

    table = FORMATS["csv"].write(exchange).decode("utf-8-sig")
    book = load_workbook(io.BytesIO(FORMATS["xlsx"].write(exchange)))

    assert table.splitlines()[1].count(f'"\'{formula}"') == 4
    assert {cell.data_type for row in book.active for cell in row if cell.value} == {"s"}
    assert book.active["C2"].value == formula


def test_no_fingerprint_looks_like_a_number():
    table = FORMATS["csv"].write(SMALL).decode("utf-8-sig")

    assert '"x1e5","x22"' in table


def test_only_the_english_column_of_the_workbook_is_unlocked():
    sheet = load_workbook(io.BytesIO(FORMATS["xlsx"].write(SMALL))).active

    unlocked = {
        cell.column_letter for row in sheet["A2:I4"] for cell in row if not cell.protection.locked
    }
    assert (sheet.title, sheet.freeze_panes, sheet.protection.sheet, unlocked) == (
        "2016-2021",
        "A2",
        True,
        {"D"},
    )
    assert sheet["D2"].alignment.wrap_text
    assert sheet["D2"].number_format == "@"


def test_a_text_too_long_for_a_cell_is_not_cut():
    exchange = Exchange("2016-2021", (Unit("u1.body", "x" * 32_768, ""),))

    with pytest.raises(BadFile, match="Row 2: A text is too long for a cell"):
        FORMATS["xlsx"].write(exchange)
    assert FORMATS["csv"].read(FORMATS["csv"].write(exchange)) == exchange


# Files changed by people and programs


def changed_workbook(change):
    book = load_workbook(io.BytesIO(FORMATS["xlsx"].write(SMALL)))
    change(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def put(address, value):
    return changed_workbook(lambda book: book.active.__setitem__(address, value))


def changed_xliff(old, new):
    data = xliff.write(SMALL).decode()
    assert old in data
    return data.replace(old, new).encode()


def changed_csv(old, new):
    data = FORMATS["csv"].write(SMALL).decode()
    assert old in data
    return data.replace(old, new).encode()


def with_more_around_the_table(book):
    sheet = book.active
    sheet.insert_rows(1, 2)
    sheet["A1"] = "Terjemahan"
    sheet.move_range("D3:D6", cols=8)
    sheet["M4"] = "=LEN(L4)"
    sheet["A9"] = " "
    sheet["A9"] = None
    book.create_sheet("Catatan", 0)["A1"] = "=1+1"


def test_other_cells_sheets_and_orders_of_columns_do_not_matter():
    assert read("a.xlsx", changed_workbook(with_more_around_the_table)) == SMALL


def test_a_whole_number_in_a_workbook_is_read_as_text():
    data = changed_workbook(lambda book: book.active.__setitem__("D3", 2021))

    assert read("a.xlsx", data).units[1].target == "2021"


def archive(parts, method=ZIP_DEFLATED):
    file = io.BytesIO()
    with ZipFile(file, "w", compression=method) as zipped:
        for name, content in parts.items():
            zipped.writestr(name, content)
    return file.getvalue()


def parts_of(data):
    with ZipFile(io.BytesIO(data)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def as_excel_stores_strings(text):
    """A workbook with one passage, its English as a shared string of two runs."""
    parts = parts_of(
        FORMATS["xlsx"].write(Exchange("2016-2021", (Unit("u1.name", "a", "ENGLISH"),)))
    )
    spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    content_type = f'ContentType="{spreadsheet}.sharedStrings+xml"'
    override = f'<Override PartName="/xl/sharedStrings.xml" {content_type}/></Types>'
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"</Types>", override.encode()
    )
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(
        b't="inlineStr"><is><t>ENGLISH</t></is>', b't="s"><v>0</v>'
    )
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    string = f'<sst xmlns="{namespace}"><si><r><t>{text}</t></r><r><t>.</t></r></si></sst>'
    return archive(parts | {"xl/sharedStrings.xml": string})


@pytest.mark.slow
def test_a_shared_formula_is_not_expanded_for_each_cell():
    parts = parts_of(put("K3", "=" + "+".join(["A1"] * 1_000)))
    sheet = parts["xl/worksheets/sheet1.xml"].replace(b"<f>", b'<f t="shared" ref="K3:K4" si="0">')
    cells = b'<c r="K4"><f t="shared" si="0"/></c>' * 5_000
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(
        b"</row></sheetData>", cells + b"</row></sheetData>"
    )

    assert read("a.xlsx", archive(parts)) == SMALL


@pytest.mark.parametrize(
    ("stored", "meant"),
    [("a_x000D_\nb", "a\nb"), ("_x005F_x0041_", "_x0041_"), ("x005F_", "x005F_"), ("_x0041_", "A")],
)
def test_strings_are_read_as_excel_stores_them(stored, meant):
    assert read("a.xlsx", as_excel_stores_strings(stored)).units[0].target == f"{meant}."


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_csv_with_other_delimiters_is_read(delimiter):
    data = FORMATS["csv"].write(SMALL).decode("utf-8-sig")

    assert (
        read("a.csv", data.replace('","', f'"{delimiter}"').replace("\r\n", "\n").encode()) == SMALL
    )


def test_a_country_in_the_language_code_does_not_matter():
    assert read("a.xlf", changed_xliff('"en"', '"en-GB"').replace(b'"id"', b'"ID_id"')) == SMALL


def test_white_space_is_kept_without_its_xliff_attribute():
    assert read("a.xlf", changed_xliff(' xml:space="preserve"', "")) == SMALL


def test_a_target_equal_to_its_source_in_an_untranslated_state_is_empty():
    left = changed_xliff(">Mayor<", ">Wali Kota<").replace(
        b"needs-review-translation", b"needs-translation"
    )

    assert read("a.xlf", left).units[2].target == ""


# Bad files


def lying_archive(method=ZIP_DEFLATED, crc=None):
    """An archive that declares a hundred bytes for a part of forty million."""
    data = bytearray(archive({"xl/workbook.xml": bytes(40_000_000)}, method))
    entry = data.rfind(b"PK\1\2")
    pack_into("<I", data, entry + 24, 100)
    if crc is not None:
        pack_into("<I", data, entry + 16, crc)
    return bytes(data)


def with_parts(parts):
    return archive(parts_of(FORMATS["xlsx"].write(SMALL)) | parts, ZIP_STORED)


def with_member(name, content=b"x", **attributes):
    """The small workbook with one more member, whose attributes no office writes."""
    file = io.BytesIO(FORMATS["xlsx"].write(SMALL))
    with ZipFile(file, "a") as zipped:
        member = ZipInfo(name)
        for attribute, value in attributes.items():
            setattr(member, attribute, value)
        zipped.writestr(member, content)
    return file.getvalue()


def with_relationship(kind, before="", **attributes):
    """The small workbook with a relationship of its sheet; ``before`` is XML before that."""
    inside = "".join(f' {name}="{value}"' for name, value in attributes.items())
    office = "http://schemas.openxmlformats.org"
    link = (
        f'<Relationship Id="r9" Type="{office}/officeDocument/2006/relationships/{kind}"{inside}/>'
    )
    whole = (
        f'<Relationships xmlns="{office}/package/2006/relationships">{before}{link}</Relationships>'
    )
    return with_member("xl/worksheets/_rels/sheet1.xml.rels", whole)


@pytest.mark.slow
@pytest.mark.parametrize(
    "method", [ZIP_DEFLATED, ZIP_BZIP2, ZIP_LZMA], ids=["deflate", "bzip2", "lzma"]
)
@pytest.mark.parametrize(
    "crc", [None, crc32(bytes(100))], ids=["crc of all", "crc of what it says"]
)
def test_a_workbook_is_unpacked_up_to_its_declared_size(method, crc):
    data = lying_archive(method, crc)

    tracemalloc.start()
    with pytest.raises(BadFile):
        read("a.xlsx", data)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 5_000_000


def test_hyperlinks_in_a_workbook_do_not_matter():
    linked = with_relationship(
        "hyperlink", Target="https://magelangkota.go.id", TargetMode="External"
    )

    assert read("a.xlsx", linked) == SMALL


@pytest.mark.filterwarnings("ignore:.* contains invalid dependency definitions")
def test_an_xml_comment_in_the_relationships_does_not_matter():
    comment = "<!-- made by a program -->"

    assert read("a.xlsx", with_relationship("hyperlink", comment, Target="#a")) == SMALL
    with pytest.raises(BadFile, match="takes data from another file"):
        read(
            "a.xlsx",
            with_relationship("image", comment, Target="https://a.b/c", TargetMode="External"),
        )


def doctype(declaration):
    return f'<?xml version="1.0"?>\n<!DOCTYPE xliff {declaration}>\n<xliff version="1.2"/>'.encode()


def workbook_with_doctype():
    parts = parts_of(FORMATS["xlsx"].write(SMALL))
    sheet = "xl/worksheets/sheet1.xml"
    return archive(parts | {sheet: b'<!DOCTYPE a [<!ENTITY b "c">]>' + parts[sheet]})


def small_text(encoding, name="xliff"):
    return FORMATS[name].write(SMALL).decode("utf-8-sig").encode(encoding)


NOT_UTF_8 = (
    "Line 1: The text is not in UTF-8. Save the file again in UTF-8, in Excel as “CSV UTF-8”."
)
NO_XLSX = (
    "This is no XLSX that can be read. "
    "Save it again as “Excel Workbook (.xlsx)”, without a password."
)
BROKEN_XML = (
    "The XML breaks off or is damaged here. Export the file again, and do not edit it by hand."
)
TOO_LARGE_XML = (
    "Line 1: The XML has more elements than any translation of this portal. Export the file again."
)
NO_DOCTYPE = (
    "Line 2: There is a document type (DOCTYPE) here, which no translation needs. "
    "Delete it, or export again."
)
NO_TAGS = (
    "The passage “t-wali_kota.term” holds the tag <{}>. The portal’s texts hold no tags: delete it."
)
A_FORMULA = "English: This cell holds a formula. Put its words in its place."
A_NUMBER = (
    "English: This cell holds a number or a date. Format it as text, and type the words again."
)
HEADER_LACKS = "The header lacks {}. Keep the first row as you received it, brackets included."

NOT_BY_AN_OFFICE = (
    "The workbook was not packed by an office program. "
    "Copy its sheet into a new workbook, and save that as .xlsx."
)
HOLDS_OBJECTS = (
    "An object of another program is embedded in the workbook. Delete it, and save again."
)
FROM_ELSEWHERE = (
    "The workbook takes data from another file. Copy its sheet into a new workbook, as values only."
)

ODS = b"application/vnd.oasis.opendocument.spreadsheet"

BAD_FILES = {
    "an empty file": ("a.csv", lambda: b"", "The file is empty. Export it again."),
    "an empty workbook": ("a.xlsx", lambda: b"", "The file is empty. Export it again."),
    "only a byte order mark": (
        "a.xlf",
        lambda: b"\xef\xbb\xbf\r\n",
        "The file is empty. Export it again.",
    ),
    "eleven million bytes": (
        "a.csv",
        lambda: b"x" * 11_000_000,
        "The file is larger than any translation of this portal. Check that it is the right one.",
    ),
    "a picture": ("a.png", lambda: b"\x89PNG\r\n\x1a\n\x00", NOT_UTF_8),
    "CSV in UTF-16 with a mark": ("a.csv", lambda: small_text("utf-16", "csv"), NOT_UTF_8),
    "CSV in UTF-16 without one": ("a.csv", lambda: small_text("utf-16-le", "csv"), NOT_UTF_8),
    "CSV as Windows saves it": (
        "a.csv",
        lambda: small_text("utf-8", "csv").replace("“".encode(), b"\x93"),
        NOT_UTF_8.replace("Line 1", "Line 8"),
    ),
    "CSV with a zero byte": (
        "a.csv",
        lambda: changed_csv("Mayor", "Ma\x00yor"),
        NOT_UTF_8.replace("Line 1", "Line 8"),
    ),
    "CSV without a header": (
        "a.csv",
        lambda: b'"u1.name","Indah","Beautiful"\r\n',
        HEADER_LACKS.format("[key], [id], [en], [period]"),
    ),
    "CSV without the English": (
        "a.csv",
        lambda: changed_csv(" [en]", ""),
        HEADER_LACKS.format("[en]"),
    ),
    "CSV with a column twice": (
        "a.csv",
        lambda: changed_csv("[note]", "[en]"),
        "The header holds [en] twice. Delete one of the two columns.",
    ),
    "CSV with its header only": (
        "a.csv",
        lambda: FORMATS["csv"].write(replace(SMALL, units=())),
        "The file holds no passage. Export it again, and check that it is the right one.",
    ),
    "CSV that breaks off": (
        "a.csv",
        lambda: small_text("utf-8", "csv")[:-10],
        "Line 8: A quotation mark is missing or one too many, or the file breaks off. "
        "Export it again.",
    ),
    "a passage twice": (
        "a.csv",
        lambda: changed_csv("u3-5.text", "v-visi.statement"),
        "Row 3: The passage “v-visi.statement” is already in the file, at 2. "
        "Delete one of the two.",
    ),
    "a passage without its key": (
        "a.csv",
        lambda: changed_csv("u3-5.text", ""),
        "Row 3: The passage has lost its key. Copy it from the file you received.",
    ),
    "a fingerprint that a program made a number": (
        "a.csv",
        lambda: changed_csv("x1e5", "100000"),
        "Row 2: A fingerprint was changed. Copy it from the file you received.",
    ),
    "two periods": (
        "a.xlsx",
        lambda: put("G4", "2021-2026"),
        "Row 4: The years are 2021-2026 here, and 2016-2021 above. Import each period by itself.",
    ),
    "a workbook with a formula": ("a.xlsx", lambda: put("D3", "=A1"), f"Row 3: {A_FORMULA}"),
    "a workbook with an error": ("a.xlsx", lambda: put("D3", "#REF!"), f"Row 3: {A_FORMULA}"),
    "a workbook with a fraction": ("a.xlsx", lambda: put("D3", 1.5), f"Row 3: {A_NUMBER}"),
    "a workbook with yes": ("a.xlsx", lambda: put("D3", True), f"Row 3: {A_NUMBER}"),
    "a workbook with a date": ("a.xlsx", lambda: put("D3", date(2021, 1, 1)), f"Row 3: {A_NUMBER}"),
    "a workbook with merged cells": (
        "a.xlsx",
        lambda: changed_workbook(lambda book: book.active.merge_cells("D3:D4")),
        "Row 3: Cells are merged here. Separate them, so that each passage has a row of its own.",
    ),
    "a workbook with a stray cell in its last row": (
        "a.xlsx",
        lambda: put("A1048576", "x"),
        "Row 20001: The sheet goes on here. Delete all rows below the table.",
    ),
    "a workbook with its sheet twice": (
        "a.xlsx",
        lambda: changed_workbook(lambda book: book.copy_worksheet(book.active)),
        "Two sheets hold passages: 2016-2021, 2016-2021 Copy. Delete one.",
    ),
    "a workbook of something else": (
        "a.xlsx",
        lambda: changed_workbook(lambda book: book.active.delete_rows(1)),
        HEADER_LACKS.format("[key], [id], [en], [period]"),
    ),
    "a workbook with macros": (
        "a.xlsm",
        lambda: archive({"xl/workbook.xml": "<a/>", "xl/vbaProject.bin": "x"}),
        "The workbook holds macros. Save it again as “Excel Workbook (.xlsx)”, without macros.",
    ),
    "a workbook with a document type": (
        "a.xlsx",
        workbook_with_doctype,
        "The workbook is damaged. Copy its sheet into a new workbook, and save that as .xlsx.",
    ),
    "a workbook of a hundred million bytes": (
        "a.xlsx",
        lambda: archive({"xl/workbook.xml": b" " * 100_000_000}),
        "The workbook is larger than any translation. Copy its sheet into a new workbook.",
    ),
    "a workbook that links to another": (
        "a.xlsx",
        lambda: with_member("xl/externalLinks/externalLink1.xml", "<externalLink/>"),
        FROM_ELSEWHERE,
    ),
    "a workbook of data from elsewhere": (
        "a.xlsx",
        lambda: with_member("xl/connections.xml", "<connections/>"),
        FROM_ELSEWHERE,
    ),
    "a workbook that leads to another file": (
        "a.xlsx",
        lambda: with_relationship("externalLinkPath", Target="a>b.xlsx", TargetMode="External"),
        FROM_ELSEWHERE,
    ),
    "a workbook with an object": (
        "a.xlsx",
        lambda: with_member("xl/embeddings/oleObject1.bin"),
        HOLDS_OBJECTS,
    ),
    "a workbook with an object elsewhere": (
        "a.xlsx",
        lambda: with_relationship("oleObject", Target="file:///etc/passwd", TargetMode="External"),
        HOLDS_OBJECTS,
    ),
    "a workbook with an object under another name": (
        "a.xlsx",
        lambda: with_member("xl/media/image1.png", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more"),
        HOLDS_OBJECTS,
    ),
    "a workbook with a symbolic link": (
        "a.xlsx",
        lambda: with_member(
            "xl/theme", "/etc", external_attr=(stat.S_IFLNK | 0o777) << 16, create_system=3
        ),
        NOT_BY_AN_OFFICE,
    ),
    "a workbook with a way out": (
        "a.xlsx",
        lambda: with_member("xl/../../../etc/cron.d/x"),
        NOT_BY_AN_OFFICE,
    ),
    "a workbook with a way out for Windows": (
        "a.xlsx",
        lambda: with_member("xl\\..\\x"),
        NOT_BY_AN_OFFICE,
    ),
    "a workbook with a path from the root": (
        "a.xlsx",
        lambda: with_member("/etc/cron.d/x"),
        NOT_BY_AN_OFFICE,
    ),
    "a workbook with a drive of Windows": ("a.xlsx", lambda: with_member("C:/x"), NOT_BY_AN_OFFICE),
    "a workbook with a part twice": (
        "a.xlsx",
        lambda: with_member("XL/Workbook.xml", "<workbook/>"),
        NOT_BY_AN_OFFICE,
    ),
    "a workbook packed in another way": (
        "a.xlsx",
        lambda: with_member("xl/theme.xml", "<a/>", compress_type=ZIP_BZIP2),
        NOT_BY_AN_OFFICE,
    ),
    "a workbook of many parts that are not large each": (
        "a.xlsx",
        lambda: with_parts({f"xl/x{n}.xml": f"<a>{'<b/>' * 150_000}</a>" for n in range(4)}),
        "The workbook is larger than any translation. Copy its sheet into a new workbook.",
    ),
    "a document called a workbook": (
        "a.xlsx",
        lambda: archive({"word/document.xml": "<a/>"}),
        NO_XLSX,
    ),
    "a folder called a workbook": ("a.xlsx", lambda: archive({"folder/": ""}), NO_XLSX),
    "half a workbook": ("a.xlsx", lambda: FORMATS["xlsx"].write(SMALL)[:2000], NO_XLSX),
    "a text called a workbook": ("a.xlsx", lambda: b"u1.name", NO_XLSX),
    "a workbook with a password, or an old one": (
        "a.xls",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "This is an old Excel file (.xls), or one with a password. "
        "Save it as “Excel Workbook (.xlsx)”, without a password.",
    ),
    "XLIFF in UTF-16 with a mark": ("a.xlf", lambda: small_text("utf-16"), NOT_UTF_8),
    "XLIFF in UTF-16 without one": ("a.xlf", lambda: small_text("utf-16-be"), NOT_UTF_8),
    "XLIFF not in UTF-8": (
        "a.xlf",
        lambda: small_text("utf-8").replace("“".encode(), b"\x93"),
        NOT_UTF_8.replace("Line 1", "Line 32"),
    ),
    "XLIFF that names another encoding": (
        "a.xlf",
        lambda: changed_xliff('encoding="UTF-8"', 'encoding="UTF-7"'),
        "The XML says that it is not in UTF-8. Save the file again in UTF-8.",
    ),
    "XLIFF that breaks off": ("a.xlf", lambda: xliff.write(SMALL)[:300], f"Line 6: {BROKEN_XML}"),
    "XLIFF with a zero byte": (
        "a.xlf",
        lambda: changed_xliff("Mayor", "\x00"),
        NOT_UTF_8.replace("Line 1", "Line 30"),
    ),
    "XLIFF with a control character": (
        "a.xlf",
        lambda: changed_xliff("Mayor", "\x07"),
        f"Line 30: {BROKEN_XML}",
    ),
    "another XML": (
        "a.xml",
        lambda: b"<tmx/>",
        "This is XML, but no XLIFF. Export the translation as XLIFF 1.2.",
    ),
    "XLIFF 2.1": (
        "a.xlf",
        lambda: b'<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.1"/>',
        "This is XLIFF 2.1, and the portal reads XLIFF 1.2. Export the translation as XLIFF 1.2.",
    ),
    "XLIFF without a version": (
        "a.xlf",
        lambda: b"<xliff/>",
        "This is XLIFF ?, and the portal reads XLIFF 1.2. Export the translation as XLIFF 1.2.",
    ),
    "XLIFF of no file": (
        "a.xlf",
        lambda: f'<xliff xmlns="{xliff.NAMESPACE}" version="1.2"/>'.encode(),
        "The XLIFF cannot be read. Export it again from your tool.",
    ),
    "XLIFF of two files": (
        "a.xlf",
        lambda: changed_xliff("</file>", '</file><file original="b"><body/></file>'),
        "The XLIFF holds 2 files, and must hold one. Import each by itself.",
    ),
    "XLIFF into another language": (
        "a.xlf",
        lambda: changed_xliff('target-language="en"', 'target-language="jv"'),
        "Line 3: It translates from “id” to “jv”, and must from Indonesian (id) to English (en).",
    ),
    "XLIFF from another language": (
        "a.xlf",
        lambda: changed_xliff('source-language="id"', ""),
        "Line 3: It translates from “” to “en”, and must from Indonesian (id) to English (en).",
    ),
    "XLIFF without passages": (
        "a.xlf",
        lambda: xliff.write(replace(SMALL, units=())),
        "The file holds no passage. Export it again, and check that it is the right one.",
    ),
    "XLIFF with a passage twice": (
        "a.xlf",
        lambda: changed_xliff('id="t-wali_kota.term"', 'id="u3-5.text"'),
        "Line 28: The passage “u3-5.text” is already in the file, at 19. Delete one of the two.",
    ),
    "XLIFF with a passage without its key": (
        "a.xlf",
        lambda: changed_xliff('id="t-wali_kota.term"', ""),
        "Line 28: The passage has lost its key. Copy it from the file you received.",
    ),
    "XLIFF with a tag": (
        "a.xlf",
        lambda: changed_xliff("Mayor", 'The <ph id="1">Mayor</ph>'),
        f"Line 30: {NO_TAGS.format('ph')}",
    ),
    "XLIFF with a tag within a mark": (
        "a.xlf",
        lambda: changed_xliff("Mayor", '<g id="1">May<g id="2">or</g></g>'),
        f"Line 30: {NO_TAGS.format('g')}",
    ),
    "a file of LibreOffice": (
        "a.xlsx",
        lambda: archive({"mimetype": ODS}, ZIP_STORED),
        "This is a file of LibreOffice (.ods or .odt). Save it as “Excel 2007–365 (.xlsx)” or CSV.",
    ),
    "XLIFF with a comment": (
        "a.xlf",
        lambda: changed_xliff("Mayor", "Ma<!-- or -->yor"),
        f"Line 30: {NO_TAGS.format('!-- --')}",
    ),
    "a document type": ("a.xlf", lambda: doctype(""), NO_DOCTYPE),
    "an entity": ("a.xlf", lambda: doctype('[<!ENTITY a "b">]'), NO_DOCTYPE),
    "a file of this machine": (
        "a.xlf",
        lambda: doctype('[<!ENTITY a SYSTEM "file:///etc/passwd">]'),
        NO_DOCTYPE,
    ),
    "a document type elsewhere": (
        "a.xlf",
        lambda: doctype('SYSTEM "http://127.0.0.1:1/a.dtd"'),
        NO_DOCTYPE,
    ),
    "fifty thousand elements deep": (
        "a.xlf",
        lambda: b"<a>" * 50_000 + b"</a>" * 50_000,
        TOO_LARGE_XML,
    ),
    "two million elements": (
        "a.xlf",
        lambda: b"<a>" + b"<b/>" * 2_000_000 + b"</a>",
        TOO_LARGE_XML,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "made", "sentence"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_refused_with_a_sentence(name, made, sentence):
    data = made()

    with override("en"), pytest.raises(BadFile) as refusal:
        read(name, data)

    assert str(refusal.value) == sentence
