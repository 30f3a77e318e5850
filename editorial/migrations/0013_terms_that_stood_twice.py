"""Terms of one glossary that differ only by capitals; a text matches only one of them.

After the next migration of the vision the database refuses them. Nothing is lost: the older one keeps
its name, and each later one gets a number, in the history too, until an editor makes one entry of
both.
"""

from collections import defaultdict

from django.db import migrations
from django.utils import timezone

LENGTH = 300  # of a term
COLUMNS = [
    f"{name}_{language}"
    for name in ("term", "variants", "definition", "note")
    for language in ("ind", "en")
]


def number_the_later_ones(apps, schema_editor):
    alias = schema_editor.connection.alias
    for vision in apps.get_model("vision", "Vision").objects.using(alias).order_by("pk"):
        changes = list(renamed(vision))
        if changes:
            record(apps, alias, vision, changes)


def renamed(vision):
    """(Term, its columns before) of each term that gets another name."""
    terms = list(vision.terms.order_by("pk"))
    taken, count = {term.term_ind.casefold() for term in terms}, defaultdict(int)
    for term in terms:
        count[term.term_ind.casefold()] += 1
        if count[term.term_ind.casefold()] > 1:
            before = columns_of(term)
            term.term_ind = free_name(term.term_ind, taken)
            taken.add(term.term_ind.casefold())
            type(term).objects.using(term._state.db).filter(pk=term.pk).update(
                term_ind=term.term_ind
            )
            yield term, before


def free_name(name, taken):
    number = 2
    while (longer := f"{name[: LENGTH - 6]} ({number})").casefold() in taken:
        number += 1
    return longer


def columns_of(term):
    return {"vision_id": term.vision_id} | {name: getattr(term, name) for name in COLUMNS}


def record(apps, alias, vision, changes):
    versions = apps.get_model("editorial", "Version").objects.using(alias)
    revision = (
        apps.get_model("editorial", "Revision")
        .objects.using(alias)
        .create(
            vision_id=vision.pk,
            period=f"{vision.period_start}-{vision.period_end}",
            at=timezone.now(),
            author="server",
            action="change",
        )
    )
    for term, before in changes:
        last = versions.filter(kind="term", row=term.pk).order_by("number").last()
        versions.create(
            revision=revision,
            kind="term",
            row=term.pk,
            number=last.number + 1 if last else 1,
            anchor=f"t-{term.term_ind.replace(' ', '_')}",
            before=before,
            after=columns_of(term),
            fields=["term_ind"],
            touches_id=True,
            touches_en=False,
        )
        print(
            f"Glossary of {revision.period}: “{before['term_ind']}” stood there twice, differing by capitals. "
            f"The later one is now “{term.term_ind}”; make one entry of both in the admin."
        )


class Migration(migrations.Migration):
    dependencies = [
        ("editorial", "0012_receipts"),
        ("vision", "0004_variants_of_terms"),
    ]
    run_before = [("vision", "0005_terms_in_any_capitals")]

    operations = [migrations.RunPython(number_the_later_ones, migrations.RunPython.noop)]
