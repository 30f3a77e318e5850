"""Four roles of plain Django permissions. A person may hold several."""

from django.contrib.auth.models import Group, Permission
from django.db import connections
from django.utils.translation import gettext_lazy as _

TEXTS = (
    "vision.vision",
    "vision.element",
    "vision.point",
    "vision.term",
    "missions.mission",
    "missions.goal",
)


def on_texts(*actions):
    """Permissions for these actions on every kind of text, such as "vision.add_element"."""
    names = [text.split(".") for text in TEXTS]
    return {f"{app}.{action}_{model}" for action in actions for app, model in names}


LOOK = on_texts("view") | {
    "editions.view_edition",
    "editorial.view_revision",
    "editorial.view_cityword",
}
WORDS = {"editorial.add_cityword", "editorial.delete_cityword"}
ROLES = {
    "Editor": LOOK | WORDS | on_texts("add", "change", "delete") | {"vision.write_indonesian"},
    "Translator": LOOK
    | WORDS
    | on_texts("change")
    | {"vision.add_term", "vision.delete_term", "vision.write_english"},
    "Publisher": LOOK | {"editions.publish_edition"},
    "Administrator": {
        "editorial.view_account",
        "editorial.add_account",
        "editorial.change_account",
        "editorial.view_event",
    },
}
_("Editor"), _("Translator"), _("Publisher"), _("Administrator")  # the names, for the catalogue
ROLE_NAMES = {
    "Editor": _("Editor: the Indonesian text and the structure"),
    "Translator": _("Translator: the English text and the glossary"),
    "Publisher": _("Publisher: publish, schedule, withdraw and go back"),
    "Administrator": _("Administrator: accounts, roles and the audit log"),
}


def make_roles(sender, using, **kwargs):
    """After every ``migrate`` each role has exactly the permissions of this table."""
    if Group._meta.db_table not in connections[using].introspection.table_names():
        return
    permissions = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.using(using).select_related("content_type")
    }
    for name, allowed in ROLES.items():
        role, _created = Group.objects.using(using).get_or_create(name=name)
        role.permissions.set([permissions[name] for name in allowed if name in permissions])


def may_write(user, column, kind):
    """Whether the person may write this column of a row of this kind.

    Translators write English; editors write Indonesian and the structure. Both write English
    address words, and the glossary's Indonesian.
    """
    is_english = column.endswith("_en")
    writes_english = user.has_perm("vision.write_english")
    writes_indonesian = user.has_perm("vision.write_indonesian")
    if column == "slug_en" or (kind == "term" and not is_english):
        return writes_english or writes_indonesian
    return writes_english if is_english else writes_indonesian


def may_remark(user):
    """Whether the person may comment on passages and propose a change note."""
    permissions = ("vision.write_indonesian", "vision.write_english", "editions.publish_edition")
    return any(map(user.has_perm, permissions))


def may_settle(user):
    """Whether the person may settle what people without an account said."""
    return any(map(user.has_perm, ("vision.write_indonesian", "editions.publish_edition")))
