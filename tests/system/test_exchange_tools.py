"""Translation files after OmegaT and LibreOffice have opened and saved them."""

import os
import shutil
import subprocess
from dataclasses import replace
from xml.sax.saxutils import escape

import pytest

from editions.document import TermText, Text
from editorial.translation.exchange.formats import FORMATS, GLOSSARY_FORMATS, MEMORY_FORMATS, read
from editorial.translation.exchange.units import Exchange, Pair, Unit

TRICKY = " =1+1 _x0041_ x005F_ “é” 'q' \"Q\" & <b> [[Smart  Governance]] 👩🏽 אב e\u0301 1/2 "
EXCHANGE = Exchange(
    "2016-2021",
    (
        Unit(
            "v-visi.statement",
            "Kota Jasa",
            "A City",
            "Vision",
            "Keep the capitals.",
            "done",
            "1e5",
            "22",
        ),
        Unit("u3-5.text", "Satu.  Ya.\n\nDua & tiga.", "", "Element 3", "", "missing", "33", "e3"),
        Unit(
            "u3-6.text",
            f"Belum.\n\n{TRICKY}",
            "",
            "Element 3",
            "A note\n\non two lines",
            "missing",
            "44",
            "e4",
        ),
        Unit("m1.statement", "Baru", "Old words", "Mission 1", "-1", "outdated", "55", "66"),
        Unit("t-wali_kota.term", TRICKY, TRICKY, "Glossary", "'=1", "review", "77", "88"),
        Unit("t-kota.term", "Magelang", "Magelang", "Glossary", "@", "done", "99", "aa"),
        Unit("u1.name", "=1", "'+2"),
    ),
)

TERMS = (
    TermText(
        term=Text("kota cerdas", "smart city"),
        variants=Text("kota pintar", "clever city"),
        everyday_words=Text("warung; toko", "-shop"),
        definition=Text("Kota  yang [[smart]].\n\nYa.", "“é” 'q' \"Q\" & <b> 👩🏽 אב"),
        note=Text("1/2", "@"),
    ),
    TermText(term=Text("=1+1", "-1")),
)

# OmegaT

TRANSLATED = {
    "Satu.  Ya.\n\nDua & tiga.": "One. Yes.\n\nTwo & “three” <b>, [[gotong royong]].",
    "Old words": "New words",
}
PROJECT = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<omegat><project version="1.0">
<source_dir>__DEFAULT__</source_dir><target_dir>__DEFAULT__</target_dir><tm_dir>__DEFAULT__</tm_dir>
<glossary_dir>__DEFAULT__</glossary_dir><dictionary_dir>__DEFAULT__</dictionary_dir>
<source_lang>ID</source_lang><target_lang>EN</target_lang><sentence_seg>false</sentence_seg>
</project></omegat>"""


def memory_of(translated):
    """OmegaT's translation memory with the texts that a translator typed."""
    pairs = "".join(
        f'<tu><tuv lang="ID"><seg>{escape(words)}</seg></tuv>'
        f'<tuv lang="EN"><seg>{escape(typed)}</seg></tuv></tu>'
        for words, typed in translated.items()
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tmx SYSTEM "tmx11.dtd">
<tmx version="1.1"><header creationtool="OmegaT" o-tmf="OmegaT TMX" adminlang="EN-US"
datatype="plaintext"
creationtoolversion="3.6.0" segtype="paragraph" srclang="ID"/><body>{pairs}</body></tmx>"""


READ_GLOSSARY = """
def glossary = org.omegat.gui.glossary.GlossaryReaderTBX.read(new File("{path}"), false)
glossary.each {{ println "TERM " + it.srcText + " = " + it.locText }}
"""


def open_in_omegat(project, files, *options):
    """Make a project with these files, let OmegaT translate it, and return what it prints."""
    if not shutil.which("omegat"):
        pytest.skip("no OmegaT here: apt-get install omegat")
    for folder in ("source", "target", "omegat", "tm/auto", "glossary", "dictionary"):
        (project / folder).mkdir(parents=True)
    (project / "omegat.project").write_text(PROJECT)
    for name, data in files.items():
        (project / name).write_bytes(data)
    command = ["omegat", project, "--mode=console-translate", f"--config-dir={project}/config"]
    ran = subprocess.run(
        [*command, *options],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"HOME": str(project)},
    )
    return ran.stdout


def exchange_from(project):
    return read("portal.xlf", (project / "target" / "portal.xlf").read_bytes())


@pytest.fixture(scope="module")
def from_omegat(tmp_path_factory):
    """The exchange after a translator worked on it in OmegaT."""
    project = tmp_path_factory.mktemp("omegat")
    files = {
        "omegat/project_save.tmx": memory_of(TRANSLATED).encode(),
        "source/portal.xlf": FORMATS["xliff"].write(EXCHANGE),
    }
    open_in_omegat(project, files)
    return exchange_from(project)


def test_omegat_returns_the_translated_texts(from_omegat):
    before, after = EXCHANGE.units, from_omegat.units

    assert after[1] == replace(
        before[1], target="One. Yes.\n\nTwo & “three” <b>, [[gotong royong]].", state=""
    )
    assert after[3] == replace(before[3], target="New words")


def test_omegat_leaves_all_other_texts_unchanged(from_omegat):
    untouched = [0, 2, 4, 5, 6]

    assert [from_omegat.units[n] for n in untouched] == [EXCHANGE.units[n] for n in untouched]
    assert from_omegat.period == EXCHANGE.period


def test_omegat_translates_with_the_memory_of_the_portal(tmp_path):
    untranslated = Exchange(
        "2016-2021", (Unit("a", "Satu.\n\nDua & <b>", ""), Unit("b", "Tiga", ""))
    )
    pairs = [Pair("Satu.\n\nDua & <b>", "One.\n\nTwo & <b>", "2016–2021, edition 2")]
    files = {
        "source/portal.xlf": FORMATS["xliff"].write(untranslated),
        "tm/auto/portal.tmx": MEMORY_FORMATS["tmx"].write(pairs),
    }

    open_in_omegat(tmp_path, files)

    assert [unit.target for unit in exchange_from(tmp_path).units] == ["One.\n\nTwo & <b>", ""]


def test_omegat_reads_the_glossary_of_the_portal(tmp_path):
    files = {
        "source/portal.xlf": FORMATS["xliff"].write(EXCHANGE),
        "glossary/portal.tbx": GLOSSARY_FORMATS["tbx"].write(TERMS),
        "read.groovy": READ_GLOSSARY.format(path=tmp_path / "glossary/portal.tbx").encode(),
    }

    printed = open_in_omegat(tmp_path, files, f"--script={tmp_path}/read.groovy")

    assert {line for line in printed.splitlines() if line.startswith("TERM ")} == {
        "TERM kota cerdas = smart city",
        "TERM kota cerdas = clever city",
        "TERM kota pintar = smart city",
        "TERM kota pintar = clever city",
        "TERM =1+1 = -1",
    }


# LibreOffice


@pytest.fixture(scope="module")
def from_libreoffice(tmp_path_factory):
    """A folder with the workbook, saved again, and the CSV, saved as a workbook and then as CSV."""
    if not shutil.which("soffice"):
        pytest.skip("no LibreOffice here: apt-get install libreoffice-calc-nogui")
    folder = tmp_path_factory.mktemp("libreoffice")
    saved = folder / "saved"
    files = {
        folder / "workbook.xlsx": FORMATS["xlsx"].write(EXCHANGE),
        folder / "table.csv": FORMATS["csv"].write(EXCHANGE),
        folder / "glossary.csv": GLOSSARY_FORMATS["csv"].write(TERMS),
    }
    for path, data in files.items():
        path.write_bytes(data)
    tables = [saved / "table.xlsx", saved / "glossary.xlsx"]
    command = [
        "soffice",
        f"-env:UserInstallation=file://{folder}/profile",
        "--headless",
        "--convert-to",
    ]
    csv_with_semicolons_in_utf_8 = "csv:Text - txt - csv (StarCalc):59,34,76"

    for conversion in (
        ["xlsx", "--outdir", saved, *files],
        [csv_with_semicolons_in_utf_8, "--outdir", saved, *tables],
    ):
        subprocess.run(command + conversion, check=True, capture_output=True, timeout=120)

    return saved


@pytest.mark.parametrize("name", ["workbook.xlsx", "table.csv"])
def test_libreoffice_preserves_every_text(from_libreoffice, name):
    assert read(name, (from_libreoffice / name).read_bytes()) == EXCHANGE


def test_libreoffice_preserves_the_glossary(from_libreoffice):
    data = (from_libreoffice / "glossary.csv").read_bytes()

    assert read("glossary.csv", data, GLOSSARY_FORMATS) == TERMS
