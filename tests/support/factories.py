"""Make small, valid rows in both languages. A test passes only the fields it is about."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.contrib.auth.models import Group

from editions import clock
from editions.document import TermText, Text
from editions.publishing import publish
from editions.working_copy import read_document
from editorial.models import Account, Act, ImportedUnit, PreviewAnswer
from editorial.rows import anchor_of
from editorial.translation.passages import fingerprint, translated_passages
from missions.models import Mission
from vision.models import Element, Vision

NOTE = Text("Perbaikan", "Correction")  # a change note


def wib(*parts):
    """A time in Magelang: ``wib(2026, 1, 31, 8)``."""
    return datetime(*parts, tzinfo=clock.WIB)


def make_vision(start=2031, end=2035, **fields):
    """An unpublished vision with two elements, one mission and approved English."""
    texts = {
        "introduction_ind": "Visi Kota Magelang adalah",
        "introduction_en": "The vision of Kota Magelang is",
        "statement_ind": "Magelang Sehat dan Kuat",
        "statement_en": "A healthy and strong Magelang",
        "elements_lead_in_ind": "Unsurnya:",
        "elements_lead_in_en": "Its elements:",
        "missions_lead_in_ind": "Misinya:",
        "missions_lead_in_en": "Its missions:",
    }
    vision = Vision.objects.create(period_start=start, period_end=end, **texts | fields)
    make_element(vision, number=1, words=("Sehat", "healthy"))
    make_element(vision, number=2, words=("Kuat", "strong"))
    Mission.objects.create(
        vision=vision,
        number=1,
        statement_ind="Membangun taman kota.",
        statement_en="Building city parks.",
    )
    say_right(read_document(vision))
    return vision


def make_empty_vision(start=2041, end=2045):
    """A vision without elements and missions."""
    texts = dict.fromkeys(
        ["introduction_ind", "statement_ind", "elements_lead_in_ind", "missions_lead_in_ind"],
        "Visi",
    )
    return Vision.objects.create(period_start=start, period_end=end, **texts)


def make_element(vision, *, number, words):
    return Element.objects.create(
        vision=vision,
        number=number,
        name_ind=f"Kota {words[0]}",
        name_en=f"{words[1].title()} city",
        statement_words_ind=words[0],
        statement_words_en=words[1],
        slug_ind=f"kota-{words[0].lower()}",
        slug_en=f"{words[1]}-city",
        body_ind="Uraian unsur.",
        body_en="What the element is.",
    )


def make_point(part, title="Taman", parent=None, **fields):
    """A point of an element or a mission, at the end of its list."""
    texts = {"title_ind": title, "title_en": f"{title} (en)"}
    point = part.points.create(parent=parent, **texts | fields)
    say_right(read_document(part.vision), anchor_of(point))
    return point


def say_right(document, anchor=""):
    """Approve the English of the document, or of one anchor, as loading a text does."""
    for passage in translated_passages(document):
        if not passage.text.en or (anchor and passage.anchor != anchor):
            continue
        marks = {
            "source_mark": fingerprint(passage.text.id),
            "target_mark": fingerprint(passage.text.en),
        }
        texts = {"source": passage.text.id, "target": passage.text.en}
        Act.objects.create(
            act=Act.Kind.TRANSLATED, kind="", row=0, anchor="", field="", **texts, **marks
        )


def make_imported_unit(indonesian="Kota sehat", english="A healthy city", **fields):
    """A pair of texts from the memory of another tool."""
    defaults = {"source": "dinas.tmx", "at": wib(2026, 1, 1), "author": "ratna"}
    marks = {"source_mark": fingerprint(indonesian), "target_mark": fingerprint(english)}
    texts = {"indonesian": indonesian, "english": english}
    return ImportedUnit.objects.create(**defaults | texts | marks | fields)


def make_answer(vision, **fields):
    """What a person without an account said of the whole text, through a link of sri."""
    link = {"link": 1, "link_made_at": wib(2026, 1, 1), "link_made_by": "sri", "is_only": False}
    said = {"name": "Siti Rahma", "verdict": "agree", "at": wib(2026, 1, 2), "form": "1"}
    period = {"vision_id": vision.pk, "period": vision.period}
    return PreviewAnswer.objects.create(**link | said | period | fields)


def make_account(name, *roles, language="en", **fields):
    """An account with these roles: "Editor", "Translator", "Publisher", "Administrator"."""
    account = Account.objects.create_user(name, is_staff=True, language=language, **fields)
    account.groups.set(Group.objects.filter(name__in=roles))
    return account


def first_mission():
    return Mission.objects.get(number=1)


def edit(words="Kalimat baru."):
    """Change mission 1 of every working copy, so that there is something to publish."""
    Mission.objects.filter(number=1).update(statement_ind=words)


def publish_now(vision, note="Perbaikan", **options):
    """Publish the working copy with a note, in force at once (as of the year 2026)."""
    number = vision.editions.count() + 1
    options = {
        "effective_at": wib(2026, 2, 1, 8) + timedelta(minutes=number),
        "may_be_past": True,
        "may_be_far": True,
    } | options
    return publish(vision, note=Text(note, f"{note} (en)"), publisher="penerbit", **options)


def with_twin_terms(document):
    """Two terms that differ only by capitals, as an older portal published them."""
    twins = [Text("Kota Pintar", "Smart city"), Text("kota pintar", "clever city")]
    return replace(document, terms=tuple(map(TermText, twins)))
