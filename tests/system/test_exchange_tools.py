"""Translation files after OmegaT and LibreOffice have opened and saved them."""

import os
import shutil
import subprocess
from dataclasses import replace
from xml.sax.saxutils import escape

import pytest

from editorial.translation.exchange.formats import FORMATS, read
from editorial.translation.exchange.units import Exchange, Unit

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


@pytest.fixture(scope="module")
def from_omegat(tmp_path_factory):
    """The exchange after a translator worked on it in OmegaT."""
    if not shutil.which("omegat"):
        pytest.skip("no OmegaT here: apt-get install omegat")
    project = tmp_path_factory.mktemp("omegat")
    for folder in ("source", "target", "omegat", "tm", "glossary", "dictionary"):
        (project / folder).mkdir()
    (project / "omegat.project").write_text(PROJECT)
    (project / "omegat" / "project_save.tmx").write_text(memory_of(TRANSLATED))
    (project / "source" / "portal.xlf").write_bytes(FORMATS["xliff"].write(EXCHANGE))

    command = ["omegat", project, "--mode=console-translate", f"--config-dir={project}/config"]
    subprocess.run(
        command,
        check=True,
        capture_output=True,
        timeout=120,
        env=os.environ | {"HOME": str(project)},
    )

    return read("portal.xlf", (project / "target" / "portal.xlf").read_bytes())


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


# LibreOffice


@pytest.fixture(scope="module")
def from_libreoffice(tmp_path_factory):
    """A folder with the workbook, saved again, and the CSV, saved as a workbook and then as CSV."""
    if not shutil.which("soffice"):
        pytest.skip("no LibreOffice here: apt-get install libreoffice-calc-nogui")
    folder = tmp_path_factory.mktemp("libreoffice")
    saved = folder / "saved"
    (folder / "workbook.xlsx").write_bytes(FORMATS["xlsx"].write(EXCHANGE))
    (folder / "table.csv").write_bytes(FORMATS["csv"].write(EXCHANGE))
    command = [
        "soffice",
        f"-env:UserInstallation=file://{folder}/profile",
        "--headless",
        "--convert-to",
    ]
    csv_with_semicolons_in_utf_8 = "csv:Text - txt - csv (StarCalc):59,34,76"

    for conversion in (
        ["xlsx", "--outdir", saved, folder / "workbook.xlsx", folder / "table.csv"],
        [csv_with_semicolons_in_utf_8, "--outdir", saved, saved / "table.xlsx"],
    ):
        subprocess.run(command + conversion, check=True, capture_output=True, timeout=120)

    return saved


@pytest.mark.parametrize("name", ["workbook.xlsx", "table.csv"])
def test_libreoffice_preserves_every_text(from_libreoffice, name):
    assert read(name, (from_libreoffice / name).read_bytes()) == EXCHANGE
