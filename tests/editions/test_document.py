import json
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editions import fields
from editions.difference import difference, word_segments
from editions.document import (
    SCHEMA,
    Document,
    DocumentError,
    ElementText,
    GoalText,
    MissionText,
    PointText,
    TermText,
    Text,
)

words = st.text(
    st.characters(codec="utf-8", categories=["L", "M", "N", "P", "Zs"], include_characters="\n"),
    max_size=12,
)
texts = st.builds(Text, words, words)


def unique_by(key, strategy):
    return st.lists(strategy, max_size=2, unique_by=key).map(tuple)


def values(field):
    """Anything that the text may be; a field with a sentence is a day, the same for all."""
    if field.sentence:
        return st.sampled_from(["", "2031-08-20"])
    return words if field.is_shared else texts


def rows(shape, *own, **lists):
    """Rows with anything in each text of the table."""
    table = {field.name: values(field) for field in fields.of(shape.kind)}
    return st.builds(shape, *own, **table, **lists)


def points_at(shape, anchors, items):
    anchor = st.sampled_from(anchors)
    return unique_by(lambda point: point.anchor, rows(shape, anchor, points=items))


def parts(shape, points):
    """At most one part, so that a document stays small."""
    return st.lists(rows(shape, st.just(1), points=points), max_size=1).map(tuple)


def with_points(shape, anchor):
    """Lists of points. The items need not belong to the point that their anchors name."""
    items = points_at(shape, [f"{anchor}-1-1"], st.just(()))
    return points_at(shape, [f"{anchor}-1", f"{anchor}-2"], items)


def documents_with(**points):
    """Documents with points below the elements or the missions."""
    none = st.just(())
    return rows(
        Document,
        st.just(2031),
        st.just(2035),
        elements=parts(ElementText, points.get("elements", none)),
        missions=parts(MissionText, points.get("missions", none)),
        terms=unique_by(lambda term: term.term.id, rows(TermText)),
    )


documents = documents_with(elements=with_points(PointText, "u1")) | documents_with(
    missions=with_points(GoalText, "m1")
)


@given(documents)
def test_a_document_read_from_its_json_equals_the_original(document):
    normalised = Document.from_json(document.to_json())

    assert Document.from_json(normalised.to_json()) == normalised
    assert normalised.to_json() == document.to_json()


@given(documents, documents)
def test_documents_differ_exactly_if_their_bytes_differ(one, other):
    one, other = (Document.from_json(document.to_json()) for document in (one, other))

    assert (one == other) == (one.to_json() == other.to_json())


@given(documents, documents)
def test_two_documents_that_differ_have_a_difference(one, other):
    has_same_shape = [e.number for e in one.elements] == [e.number for e in other.elements] and len(
        one.missions
    ) == len(other.missions)

    if one != other and has_same_shape and lists_hold_words(one) and lists_hold_words(other):
        assert difference(one, other)
    assert not difference(one, one)


def lists_hold_words(document):
    """As in the database: every row has words."""
    points = [point for element in document.elements for point in element.points]
    return all(point.title or point.text for point in points) and all(
        term.term.id for term in document.terms
    )


@given(words, words)
def test_the_segments_of_two_texts_join_to_both(before, after):
    segments = word_segments(before, after)

    assert "".join(run for kind, run in segments if kind != "insert") == before
    assert "".join(run for kind, run in segments if kind != "delete") == after


def test_rewritten_neighbouring_words_are_one_deletion_and_one_insertion():
    assert word_segments("kota yang sangat besar", "kota yang amat kecil") == [
        ("equal", "kota yang "),
        ("delete", "sangat besar"),
        ("insert", "amat kecil"),
    ]


def test_a_changed_mark_alone_is_shown():
    assert ("insert", "]]") in word_segments("Smart City", "[[Smart City]]")


def test_the_bytes_are_canonical():
    document = Document(2031, 2035, Text("e\u0301"), *[Text()] * 4)

    written = document.to_json().decode()

    assert "\u00e9" in written
    assert ", " not in written
    assert list(json.loads(written)) == sorted(json.loads(written))


@pytest.mark.parametrize(
    ("variants", "schema"), [(Text(), 1), (Text("walikota"), 2), (Text("", "head"), 2)]
)
def test_a_document_is_written_in_the_oldest_schema_that_holds_it(variants, schema):
    written = json.loads(
        with_terms(TermText(Text("wali kota", "mayor"), variants=variants)).to_json()
    )

    assert written["schema"] == schema
    assert ("variants" in written["terms"][0]) == (schema == 2)


def test_a_document_of_schema_2_keeps_its_bytes():
    """A release before schema 3 wrote the bytes of this hash."""
    point = PointText("u1-1", "(1)", Text("Judul", "Title"), Text("yaitu:"), Text())
    document = Document(
        2031,
        2035,
        *[Text("Visi", "Vision")] * 5,
        elements=(ElementText(1, *[Text("Kota", "City")] * 5, points=(point,)),),
        missions=(MissionText(1, Text("Misi")),),
        terms=(TermText(Text("wali kota", "mayor"), variants=Text("walikota")),),
    )

    written = document.to_json()

    assert sha256(written).hexdigest() == (
        "cca684463b41bb928a3c163961c529f38b5c4d468c2746bb4a5897fd26077167"
    )
    assert Document.from_json(written) == document


def test_the_address_of_the_regulation_needs_schema_3():
    document = Document(2031, 2035, *[Text("x")] * 5, legal_basis_address="https://jdih.example/1")

    assert document.schema == 3
    assert Document.from_json(document.to_json()) == document


@pytest.mark.parametrize(
    "days",
    [
        {"first_day": "9999-12-31"},
        {"first_day": "20310820"},
        {"first_day": "2036-01-01"},
        {"first_day": "2031-08-20", "last_day": "2031-08-19"},
    ],
)
def test_days_in_force_that_no_form_accepts_are_refused(days):
    data = Document(2031, 2035, *[Text("x")] * 5).to_dict() | {"first_day": "", "last_day": ""}

    with pytest.raises(DocumentError):
        Document.from_dict(data | {"schema": 5} | days)


def with_mission(*points):
    mission = MissionText(1, Text("Misi"), points=points)
    return Document(2031, 2035, *[Text("x")] * 5, missions=(mission,))


def test_points_of_a_mission_need_schema_5_and_have_no_place_in_older_ones():
    document = with_mission(GoalText("m1-1", "a.", Text("Tujuan", "Goal")))
    without = with_mission()

    assert (document.schema, without.schema) == (5, 1)
    assert Document.from_json(document.to_json()) == document
    assert "points" not in without.to_dict()["missions"][0]


def test_a_document_in_a_newer_schema_than_it_needs_is_refused():
    data = with_terms(TermText(Text("wali kota"), variants=Text("walikota"))).to_dict()
    data["terms"][0]["variants"] = {"id": "", "en": ""}

    with pytest.raises(DocumentError, match="says schema 2 and is of schema 1"):
        Document.from_dict(data)


def test_a_text_unknown_to_the_schema_is_refused():
    data = with_terms(TermText(Text("wali kota"), variants=Text("walikota"))).to_dict()

    with pytest.raises(DocumentError, match="variants is unknown in schema 1"):
        Document.from_dict(data | {"schema": 1})


def test_a_missing_text_that_the_schema_requires_is_refused():
    data = Document(2031, 2035, *[Text("x")] * 5).to_dict()
    del data["legal_basis"]

    with pytest.raises(DocumentError, match="legal_basis"):
        Document.from_dict(data)


def with_terms(*terms):
    return Document(2031, 2035, *[Text("x")] * 5, terms=terms)


def test_variants_are_not_translations_of_each_other():
    before = with_terms(TermText(Text("wali kota", "mayor"), variants=Text("walikota", "head")))
    after = with_terms(TermText(Text("wali kota", "mayor"), variants=Text("kepala daerah", "head")))
    alone = with_terms(TermText(Text("wali kota", "mayor"), variants=Text("walikota")))

    assert [change.passage.field for change in difference(before, after).changes] == ["variants"]
    assert "variants" not in [passage.field for passage in alone.missing_english()]
    assert alone.terms[0].also("en") == []


def test_semicolons_separate_variants():
    assert TermText(Text("a"), variants=Text(" b ;; c d; ")).also("id") == ["b", "c d"]


def test_the_refusal_of_a_newer_schema_names_the_remedy():
    newer = json.dumps({"schema": SCHEMA + 1})

    with pytest.raises(DocumentError, match=rf"schema {SCHEMA + 1}.*Update the portal"):
        Document.from_json(newer)


@pytest.mark.parametrize(
    "source", ["", "[]", "{}", "[" * 100_000, '{"schema": 1}', '{"schema": 1, "elements": 3}']
)
def test_json_that_is_not_a_document_is_refused(source):
    with pytest.raises(DocumentError):
        Document.from_json(source)


@pytest.mark.parametrize(
    ("text", "language", "shown", "shown_in"),
    [
        (Text("Kota", "City"), "en", "City", "en"),
        (Text("Kota", ""), "en", "Kota", "id"),
        (Text("Kota", "City"), "id", "Kota", "id"),
        (Text("", ""), "en", "", "en"),
    ],
)
def test_a_text_knows_which_language_it_really_shows(text, language, shown, shown_in):
    assert (text.shown(language), text.language_shown(language)) == (shown, shown_in)


def test_words_that_overlap_are_not_linked_twice():
    first = ElementText(1, Text("a"), Text("Kota Jasa"), Text("a"), Text("x"), Text())
    second = replace(first, number=2, statement_words=Text("Jasa"))
    document = Document(2031, 2035, statement=Text("Kota Jasa"), elements=(first, second))

    assert document.mismatched_words("id") == [second]
    assert document.statement_parts("id") == [("Kota Jasa", first)]


def test_a_deleted_passage_is_shown_in_its_former_place():
    point = PointText("u1-1", "", Text("Lama"), Text(), Text())
    element = ElementText(1, Text("a"), Text("a"), Text("a"), Text("x"), Text(), points=(point,))
    before = Document(
        2031, 2035, *[Text("v")] * 5, elements=(element,), missions=(MissionText(1, Text("m")),)
    )
    after = replace(before, elements=(replace(element, points=()),))

    (change,) = difference(before, after).changes

    assert (change.before.key, change.after) == ("u1-1.title", None)
    assert change.segments("id") == [("delete", "Lama")]


def test_a_difference_is_divided_into_parts_that_have_an_address():
    element = ElementText(number=1, name=Text("Unsur"))
    before = Document(2031, 2035, elements=(element,), terms=(TermText(term=Text("kota")),))
    after = replace(
        before,
        statement=Text("Visi"),
        elements=(replace(element, body=Text("Uraian")),),
        terms=(TermText(term=Text("kota"), definition=Text("Daerah")),),
    )

    parts = difference(before, after).parts()

    named = [(part.kind, part.anchor) for part in parts]
    assert named == [("vision", "v-visi"), ("element", "u1"), ("glossary", "t")]
    places = [[passage.anchor for passage, _ in part.places()] for part in parts]
    assert places == [["v-visi"], ["u1"], ["t-kota"]]


def test_points_in_another_order_are_a_difference():
    one, two = (PointText(f"u1-{n}", "", Text(str(n)), Text(), Text()) for n in (1, 2))
    element = ElementText(1, Text("a"), Text("a"), Text("a"), Text("x"), Text(), points=(one, two))
    before = Document(2031, 2035, *[Text("v")] * 5, elements=(element,))
    after = replace(before, elements=(replace(element, points=(two, one)),))

    (move,) = difference(before, after).moves

    assert [heading.id for heading in move.headings] == ["2", "1"]
