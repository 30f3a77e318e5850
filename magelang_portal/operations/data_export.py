"""Everything in the portal as one JSON file, which ``schema`` describes.

Streamed, one row a line: memory stays constant. Each row is canonical JSON, so equal data are equal
bytes. Secrets and data of this machine only are left out.
"""

import json
from datetime import UTC, date, datetime
from pathlib import Path

from django.contrib.auth.models import Permission
from django.db.models import Prefetch

from editions import fields
from editions.document import canonical_json
from editions.models import Edition, Withdrawal
from editions.working_copy import read_document
from editorial.audit.chain import moment
from editorial.models import (
    Account,
    Act,
    CityWord,
    Event,
    ImportedUnit,
    PreviewAnswer,
    Revision,
    Seal,
    Version,
)
from editorial.translation.states import translations
from missions.models import Goal, Mission
from vision.models import Element, Point, Term, Vision

FORMAT, FORMAT_VERSION = "magelang-portal-data", 1
SECTIONS = {
    "visions": Vision,
    "elements": Element,
    "points": Point,
    "missions": Mission,
    "goals": Goal,
    "terms": Term,
    "editions": Edition,
    "withdrawals": Withdrawal,
    "revisions": Revision,
    "versions": Version,
    "acts": Act,
    "imported_units": ImportedUnit,
    "city_words": CityWord,
    "preview_answers": PreviewAnswer,
    "accounts": Account,
    "events": Event,
    "seals": Seal,
}
KINDS = {f"{kind}s": kind for kind in fields.MODELS}  # section: the kind of its rows' texts
# Of an account.
SECRET = {"password", "password_set_at", "password_set_by", "session_round"}
# Of an account: its mail, and its name at the login provider.
OF_THIS_PORTAL = {"reminders", "reminded_at", "identity", "identity_set_at", "identity_set_by"}
LEFT_OUT = {  # model: the reason
    "admin.LogEntry": "events and editions have the same",
    "auth.Permission": "made by the code; those of an account are named in it",
    "auth.Group": "a role, made by the code; those of an account are named in it",
    "auth.Group_permissions": "made by the code",
    "editorial.Visit": "says only when somebody was last here",
    "editorial.Proposal": "events say who proposed a role and who agreed",
    "editorial.Receipt": "of the last month; says only that a form was sent",
    "editorial.Account_groups": "named in the account",
    "editorial.Account_user_permissions": "named in the account",
    "contenttypes.ContentType": "made by the code",
    "editorial.PreviewLink": "works for some days; secret with the key",
    "sessions.Session": "who is logged in at this moment; secret",
    "axes.AccessAttempt": "of the last minutes; events say who failed to log in",
    "axes.AccessAttemptExpiration": "of the last minutes",
    "axes.AccessFailureLog": "not kept",
    "axes.AccessLog": "not kept",
    "otp_totp.TOTPDevice": "a secret; everyone sets up a new one",
    "otp_static.StaticDevice": "holds secrets",
    "otp_static.StaticToken": "a secret",
}


def schema():
    """The JSON schema of the export: the file beside this one, with the texts added."""
    whole = json.loads(Path(__file__).with_name("data_export_schema.json").read_text())
    for section, kind in KINDS.items():
        row = whole["properties"][section]["items"]
        for field in fields.of(kind):
            text = {"type": "string"} if field.is_shared else {"$ref": "#/$defs/text"}
            row["properties"][field.name] = text
            row["required"].append(field.name)
    return whole


def write(file):
    """Write everything as UTF-8. Returns the number of rows of each section.

    Call it inside a snapshot of the database.
    """
    head = {"format": FORMAT, "version": FORMAT_VERSION, "exported_at": moment(datetime.now(UTC))}
    file.write(canonical_json(head)[:-1])
    counts = {name: write_section(file, name, rows()) for name, rows in sections().items()}
    file.write(b"\n}\n")
    return counts


def write_section(file, name, rows):
    file.write(b",\n" + canonical_json(name) + b":[")
    count = 0
    for count, row in enumerate(rows, 1):
        file.write((b",\n" if count > 1 else b"\n") + canonical_json(row))
    file.write(b"]")
    return count


def sections():
    """The function that gives each section's rows; a section refers to those before it."""
    plain = {name: lambda model=model: rows_of(model) for name, model in SECTIONS.items()}
    return plain | {"accounts": accounts, "translations": states_of_translations}


def rows_of(model):
    columns = columns_of(model)
    names = [column for pair in columns.values() for column in pair]
    for row in model._base_manager.order_by("pk").values(*names).iterator(chunk_size=500):
        yield {name: value_of(row, pair) for name, pair in columns.items()}


def columns_of(model):
    """Name in the export: its column, or its Indonesian and English columns."""
    fields = {
        field.name: field.attname
        for field in model._meta.concrete_fields
        if field.name not in SECRET | OF_THIS_PORTAL
    }
    columns = {}
    for name, column in fields.items():
        text, _, language = name.rpartition("_")
        if language in ("ind", "en") and {f"{text}_ind", f"{text}_en"} <= fields.keys():
            columns[text] = (f"{text}_ind", f"{text}_en")
        elif f"{name}_ind" not in fields:
            columns[name] = (column,)
    return columns


def value_of(row, columns):
    if len(columns) == 2:
        return dict(zip(("id", "en"), (row[column] for column in columns), strict=True))
    value = row[columns[0]]
    if isinstance(value, datetime):
        return moment(value)
    return value.isoformat() if isinstance(value, date) else value


def accounts():
    named = Prefetch("user_permissions", Permission.objects.select_related("content_type"))
    others = {account.pk: account for account in Account.objects.prefetch_related("groups", named)}
    for row in rows_of(Account):
        account = others[row["id"]]
        roles = sorted(group.name for group in account.groups.all())
        permissions = sorted(
            f"{p.content_type.app_label}.{p.codename}" for p in account.user_permissions.all()
        )
        yield row | {"roles": roles, "permissions": permissions}


def states_of_translations():
    """The state of each passage's English, computed as for the translation desk."""
    for vision in Vision.objects.order_by("pk"):
        for key, translation in translations(read_document(vision)).items():
            yield {
                "vision": vision.pk,
                "passage": key,
                "state": str(translation.state),
                "source": translation.source,
            }
