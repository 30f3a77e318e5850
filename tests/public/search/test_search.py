"""Search: readers' queries, and the passages that come first."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editions.document import Document, ElementText, MissionText, PointText, TermText, Text
from editions.models import Edition
from public.addresses import Page
from public.search.extracts import EXTRACT_CHARACTERS
from public.search.index import index_of, prepare, search

SMALL = Document(
    2031,
    2035,
    Text("Visi Kota Magelang adalah", "The vision of the City of Magelang is"),
    Text("Magelang Sehat", "A healthy Magelang"),
    *[Text()] * 3,
    elements=(
        ElementText(
            1,
            Text("Kota Sehat", "Healthy city"),
            Text("Sehat", "healthy"),
            Text("kota-sehat", "healthy-city"),
            Text(
                "Pelayanan untuk warga.\n\nTaman, taman, taman di kota sehat yang sehat.",
                "Services.\n\nParks.",
            ),
            Text(),
            points=(
                PointText(
                    "u1-1",
                    "(a)",
                    Text("[[Smart]] [[e-health]]", "Smart e-health"),
                    Text(", yaitu:"),
                    Text(),
                ),
            ),
        ),
    ),
    missions=(MissionText(1, Text("Membangun taman kota.", "Building city parks.")),),
    terms=(TermText(Text("taman", "park")), TermText(Text("SDM"), Text("Sumber daya manusia."))),
)


def found(document, language, query):
    return search(SimpleNamespace(document=document), language, query)


def anchors(document, language, query):
    return [hit.anchor for hit in found(document, language, query).hits]


def marked(hit):
    return [words for words, is_hit, _ in hit.runs if is_hit]


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "query", "anchor"),
    [
        # the names of elements and the numbers of missions
        ("id", "Kota Jasa", "u1-p1"),
        ("id", "kota modern", "u2-p1"),
        ("id", "KOTA CERDAS", "u3-p1"),
        ("id", "masyarakat sejahtera", "u4-p1"),
        ("id", "masyarakat religius", "u5-p1"),
        ("en", "service city", "u1-p1"),
        ("en", "modern city", "u2-p1"),
        ("en", "Smart City", "u3-p1"),
        ("en", "prosperous society", "u4-p1"),
        ("en", "religious society", "u5-p1"),
        ("id", "misi 3", "m3"),
        ("en", "mission 5", "m5"),
        ("id", "visi", "v-visi"),
        # inflected words, Indonesian and English
        ("id", "sejahtera", "u4-p1"),
        ("id", "layanan", "u2-2"),
        ("id", "kelola lingkungan", "u3-4-1"),
        ("id", "kelola sarana", "m2"),
        ("id", "rata", "m3"),
        ("id", "merata", "u4-p1"),
        ("id", "pemerataan", "m3"),
        ("id", "ibadah", "u5-p1"),
        ("id", "wirausaha", "u3-3-2"),
        ("id", "kegiatan", "m5"),
        ("id", "prasarana", "m5"),
        ("id", "sarana-prasarana", "m5"),
        ("en", "communicate", "u3-p1"),
        ("en", "organization of activities", "m5"),
        # words of the other language
        ("id", "smart governance", "u3-1"),
        ("id", "e-commerce", "u3-3-3"),
        ("id", "ecommerce", "u3-3-3"),
        ("id", "brand", "u3-3-1"),
        ("en", "madani", "u4-1"),
        ("en", "masyarakat madani", "u4-1"),
        ("en", "menyejahterakan", "t-masyarakat_sejahtera"),
        # other spellings
        ("id", "konektivitas", "u3-p1"),
        ("id", "konektifitas", "u3-p1"),
        ("id", "koneksi", "u3-p1"),
        ("id", "wali kota", "v-intro"),
        ("id", "walikota", "v-intro"),
        ("id", "zaman", "u2-p1"),
        ("id", "jaman", "u2-p1"),
        ("id", "efektivitas", "m1"),
        ("id", "ketakwaan", "u5-p1"),
        ("id", "ketaqwaan", "u5-p1"),
        ("id", "bertakwa", "u5-p1"),
        ("id", "karakteristik", "u2-p1"),
        ("id", "di bidang lain", "u4-3"),
        ("id", "dibidang lain", "u4-3"),
        ("id", "toleransi antarumat", "m5"),
        ("id", "daya\u00a0saing", "u3-p1"),
        ("id", "pelayanan  dasar", "m2"),
        # abbreviations and their full forms
        ("id", "it", "u3-2-1"),
        ("en", "IT networks", "u3-2-1"),
        ("id", "rpjmd", "v-intro"),
        ("id", "SDA", "u3-4-2"),
        ("id", "sumber daya alam", "u3-4-2"),
        ("id", "SDM teknologi", "m1"),
        ("id", "sumber daya manusia melek", "u3-5-1"),
        ("id", "teknologi informasi", "u3-p1"),
        # typing errors
        ("id", "sejahtra", "u4-p1"),
        ("id", "pelayannan publik", "u3-p1"),
        ("id", "religus", "u5-p1"),
        ("id", "tekhnologi informasi", "u3-p1"),
        ("en", "goverment institutions", "u4-1"),
    ],
)
def test_a_search_shows_the_meant_passage_first(edition, language, query, anchor):
    assert search(edition, language, query).hits[0].anchor == anchor


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "anchor", "words"),
    [
        ("sejahtera", "u4-p1", ["sejahtera", "menyejahterakan"]),
        ("sejahtera", "m3", ["kesejahteraan"]),
        ("konektivitas", "u3-p1", ["koneksitas"]),
        ("wali kota", "v-intro", ["Kota", "Walikota", "Walikota"]),
        ("zaman", "u2-p1", ["jaman"]),
        ("efektivitas", "m1", ["efektifitas"]),
        ("ketakwaan", "u5-p1", ["ketaqwaan"]),
        ("kegiatan", "m5", ["kegiatan-kegiatan"]),
        ("commerce", "u3-3-3", ["e-commerce"]),
        ("sumber daya manusia", "u3-5-1", ["SDM"]),
        ("sdm", "m1", ["sumber", "daya", "manusia"]),
    ],
)
def test_found_words_are_marked_whole_in_the_spelling_of_the_text(edition, query, anchor, words):
    (hit,) = [hit for hit in search(edition, "id", query).hits if hit.anchor == anchor]

    assert marked(hit) == words


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "typed", "meant"),
    [
        ("id", "sejahtra", "sejahtera"),
        ("id", "pelayannan", "pelayanan"),
        ("id", "religus", "religius"),
        ("id", "kegitaan", "kegiatan"),
        ("id", "Tekhnologi", "teknologi"),
        ("en", "goverment", "government"),
    ],
)
def test_the_search_says_which_typing_error_it_corrected(edition, language, typed, meant):
    results = search(edition, language, typed)

    assert results.corrected == ((typed.lower(), meant),)
    assert results.words == (meant,)


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["jalan", "rumah", "hujan", "bahaya", "pekan", "sikat", "inti"])
def test_an_indonesian_word_missing_from_the_text_is_no_typing_error(edition, word):
    results = search(edition, "id", word)

    assert (results.hits, results.corrected) == ((), ())


@pytest.mark.parametrize(
    ("form", "root"),
    [
        ("mengelola", "kelola"),
        ("pengelolaan", "kelola"),
        ("mengolah", "olah"),
        ("pengiriman", "kirim"),
        ("menetapkan", "tetap"),
        ("penanaman", "tanam"),
        ("menilai", "nilai"),
        ("penilaian", "nilai"),
        ("memenuhi", "penuh"),
        ("pemimpin", "pimpin"),
        ("memasak", "masak"),
        ("menyapu", "sapu"),
        ("penyediaan", "sedia"),
        ("ketersediaan", "sedia"),
        ("berencana", "rencana"),
        ("perencanaan", "rencana"),
        ("perekonomian", "ekonomi"),
        ("dilandasi", "landasan"),
        ("diterjemahkan", "terjemahan"),
        ("berkelanjutan", "lanjut"),
        ("secara", "cara"),
    ],
)
def test_a_word_is_found_by_its_root_even_if_affixes_changed_its_letters(form, root):
    inflected, plain = (
        replace(SMALL, missions=(MissionText(1, Text(word)),)) for word in (form, root)
    )

    assert anchors(inflected, "id", root)[:1] == ["m1"]
    assert anchors(plain, "id", form)[:1] == ["m1"]


@pytest.mark.django_db
def test_hits_in_the_text_come_before_the_glossary(edition):
    kinds = [hit.kind for hit in search(edition, "id", "kontrol").hits]

    assert kinds == ["element", "term"]


@pytest.mark.django_db
def test_every_passage_is_found_by_its_words_in_both_languages(edition):
    for language in ("id", "en"):
        for mission in edition.document.missions:
            opening = " ".join(mission.statement.plain(language).split()[:8])
            assert search(edition, language, opening).hits[0].anchor == mission.anchor


def test_passages_with_all_words_hide_those_with_some():
    assert anchors(SMALL, "id", "membangun taman") == ["m1"]
    assert anchors(SMALL, "id", "membangun taman xyzxyz") == ["m1"]


def test_an_elements_name_leads_to_the_element_even_if_other_texts_repeat_it():
    assert anchors(SMALL, "id", "kota sehat")[:2] == ["u1-p1", "u1-p2"]


def test_equal_matches_come_in_reading_order():
    assert anchors(SMALL, "id", "magelang") == ["v-intro", "v-visi"]


def test_an_element_without_paragraphs_is_found_by_its_name():
    bare = replace(SMALL, elements=(replace(SMALL.elements[0], body=Text()),))

    assert anchors(bare, "en", "healthy city") == ["u1"]


def test_a_hit_knows_its_page_in_both_languages():
    element, term = (found(SMALL, "id", query).hits[0] for query in ("pelayanan", "manusia"))

    assert element.page.path("en") == "/en/vision/2031-2035/elements/healthy-city/"
    assert (element.kind, element.heading.en) == ("element", "Healthy city")
    assert (term.page, term.kind) == (Page("glossary"), "term")


def test_a_passage_is_shown_without_marks():
    (hit,) = found(SMALL, "id", "smart health").hits

    assert hit.runs == [
        ("(a)", False, "id"),
        (" ", False, "id"),
        ("Smart", True, "en"),
        (" ", False, "id"),
        ("e-health", True, "en"),
        (", yaitu:", False, "id"),
    ]


def test_a_passage_without_translation_is_searched_and_shown_in_indonesian():
    untranslated = replace(SMALL, missions=(MissionText(1, Text("Membangun taman kota.")),))

    (hit,) = found(untranslated, "en", "bangunan").hits

    assert (hit.anchor, hit.language, marked(hit)) == ("m1", "id", ["Membangun"])
    assert hit.heading.shown("en") == "Mission 1"


def test_words_are_found_across_no_break_spaces_and_around_soft_hyphens():
    text = Text("Taman\u00a0kota yang ke\u00adsehat\u00adan")
    odd = replace(SMALL, elements=(), missions=(MissionText(1, text),))

    (hit,) = found(odd, "id", "taman kota kesehatan").hits

    assert marked(hit) == ["Taman", "kota", "ke\u00adsehat\u00adan"]


def test_stop_words_are_ignored_unless_there_is_nothing_else():
    assert found(SMALL, "id", "yang sehat").words == ("sehat",)
    assert anchors(SMALL, "id", "yang") == ["u1-p2"]


def test_a_long_passage_is_cut_around_the_words():
    long = replace(
        SMALL, missions=(MissionText(1, Text("awal " * 100 + "intan berlian " + "akhir " * 100)),)
    )

    (hit,) = found(long, "id", "intan berlian").hits
    words = "".join(words for words, *_ in hit.runs)

    assert words.startswith("…awal ")
    assert words.endswith(" akhir…")
    assert len(words) <= EXTRACT_CHARACTERS + 2
    assert marked(hit) == ["intan", "berlian"]


def test_a_long_passage_is_not_cut_where_it_begins_or_ends():
    long = replace(SMALL, missions=(MissionText(1, Text("intan " + "kata " * 100 + "berlian.")),))

    first, last = (found(long, "id", word).hits[0].runs for word in ("intan", "berlian"))

    assert first[0] == ("intan", True, "id")
    assert last[-2:] == [("berlian", True, "id"), (".", False, "id")]


ODD_QUERIES = [
    "",
    " \u00a0\t\n",
    "x" * 10_000,
    "taman " * 2_000,
    r".*+?[](){}^$|\d",
    "' OR 1=1; --",
    "%_\0",
    "\u200f\u202e",
    "🌳👩🏽‍🌾",
    "\ud800",
    "\ufdfa" * 200,
    "½ ² İ ß ﬁ",
]


@pytest.mark.parametrize("query", ODD_QUERIES)
@pytest.mark.parametrize("document", [SMALL, Document(2031, 2035, *[Text()] * 5)])
def test_an_odd_query_gets_an_answer(document, query):
    assert len(found(document, "id", query).words) <= 12


@given(st.text(), st.sampled_from(["id", "en"]))
def test_a_search_for_any_text_gets_an_answer(query, language):
    for hit in found(SMALL, language, query).hits:
        assert hit.runs


@given(st.text(), st.text())
def test_any_document_can_be_searched(text, query):
    odd = replace(
        SMALL, missions=(MissionText(1, Text(text, query)),), terms=(TermText(Text(text)),)
    )

    for hit in found(odd, "en", query).hits:
        assert all(words for words, *_ in hit.runs)


@pytest.mark.parametrize("mark", ["\uff9e", "\uff9f"])
def test_a_word_that_normalises_to_nothing_stops_no_search(mark):
    """Half-width Japanese sound marks are words, but normalising turns them into accents."""
    document = replace(
        SMALL, missions=(MissionText(1, Text(f"Membangun {mark} taman.", "Parks.")),)
    )

    assert anchors(document, "id", "membangum") == ["m1"]
    assert found(document, "id", mark).hits == ()


def test_invisible_characters_do_not_change_a_search():
    assert anchors(SMALL, "id", "\u200fta\u200bma\u0301n\u202e kota") == anchors(
        SMALL, "id", "taman kota"
    )


def test_a_search_uses_the_prepared_index(portal):
    editions = Edition.objects.filter(number=2)
    index_of.cache_clear()

    prepare(editions)
    made = index_of.cache_info().misses
    for language in ("id", "en"):
        search(editions.get(), language, "kota")

    assert made == index_of.cache_info().misses == 2
