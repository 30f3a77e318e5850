"""Published markup is plain text in every file, read by the usual programs."""

import csv
import io
import json
from xml.etree import ElementTree

import lxml.html
import pytest

from tests.support.attacks import ATTACKS, ENDS, hostile_vision
from tests.support.formats.pdf import written
from tests.support.words import squeezed

TYPST = '#set text(99pt) #panic("x") $x^2$ @a <b> *c* _d_ `e` \\ // f /* g */ = h'


@pytest.mark.parametrize("attack", [*ATTACKS, ENDS, TYPST])
def test_published_markup_is_plain_text_in_every_file(client, db, attack):
    hostile_vision(attack)
    read = {name: client.get(f"/data/2026-2030.{name}").text for name in ("json", "csv", "jsonld")}

    assert (
        f"Magelang Sehat dan Kuat {attack}" == json.loads(read["json"])["vision"]["statement"]["id"]
    )
    assert attack in [row["indonesian"] for row in csv.DictReader(io.StringIO(read["csv"]))]
    assert json.dumps(attack, ensure_ascii=False)[1:-1] in json.dumps(
        json.loads(read["jsonld"]), ensure_ascii=False
    )
    assert json.loads(client.get("/data/2026-2030/2.json").text)["note"]["id"] == attack
    assert ElementTree.fromstring(client.get("/sitemap.xml").content).tag.endswith("urlset")
    for note in ElementTree.fromstring(client.get("/id/umpan.atom").content).iter(
        "{http://www.w3.org/2005/Atom}summary"
    ):
        assert [element.tag for element in lxml.html.fragments_fromstring(note.text)] == ["p"]
        assert squeezed(lxml.html.fromstring(note.text).text_content()) == squeezed(attack)
    for path in ("/id/visi/2026-2030/buku.pdf", "/en/vision/2026-2030/booklet.pdf"):
        assert squeezed(attack) in written(client.get(path).content), path
    for path in (
        "/id/visi/2026-2030/gambar.png",
        "/en/vision/2026-2030/elements/healthy-city/picture.png",
    ):
        assert client.get(path).content.startswith(b"\x89PNG"), path
