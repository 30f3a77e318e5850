"""The triggers of SQLite and PostgreSQL, which refuse forbidden changes.

Django rebuilds SQLite tables in later migrations: this drops their triggers silently, and fails on
triggers of other tables that name the table. So triggers are dropped before migrations and created
after every ``migrate`` and test flush; ``editions.checks`` reports a missing one.
"""

from dataclasses import dataclass

from django.db import connections

from editions.clock import IN_A_MOMENT, NOW

KEPT = "history is permanent: it is not changed and not deleted"
PERMANENT = "editions are permanent: they are not changed and not deleted"
FIXED = "what an edition showed is fixed: its years, and the numbers of its elements and missions"
WORDS = "an address word that an edition showed stays with its element"
READABLE = "CASE WHEN json_valid(shown.file) THEN shown.file END"
# The elements or missions of an edition's file. A damaged file has none, so that saving still
# works.
PARTS_OF_EDITION = """
CREATE OR REPLACE FUNCTION parts_of_edition(file text, kind text) RETURNS TABLE (value json)
LANGUAGE plpgsql AS $$ BEGIN
    RETURN QUERY SELECT part FROM json_array_elements(file::json -> 'document' -> kind) AS part
    WHERE json_typeof(part) = 'object' AND part ->> 'number' ~ '^[0-9]{1,9}$';
EXCEPTION WHEN data_exception THEN
    RETURN;
END $$
"""
# SQLite has the operators -> and ->> from 3.38 only.
PART = "(CASE part.type WHEN 'object' THEN part.value END)"
# Expressions that differ between the two databases; conditions name them.
DIALECTS = {
    "sqlite": {
        "ITS_ELEMENTS": f"json_each({READABLE}, '$.document.elements')",
        "ITS_MISSIONS": f"json_each({READABLE}, '$.document.missions')",
        "ITS_NUMBER": f"json_extract({PART}, '$.number')",
        "ITS_WORD_IN_id": f"json_extract({PART}, '$.slug.id')",
        "ITS_WORD_IN_en": f"json_extract({PART}, '$.slug.en')",
        "ITS_FIRST_YEAR": "json_extract(gone.before, '$.period_start')",
        "ITS_LAST_YEAR": "json_extract(gone.before, '$.period_end')",
    },
    "postgresql": {
        "ITS_ELEMENTS": "parts_of_edition(shown.file, 'elements')",
        "ITS_MISSIONS": "parts_of_edition(shown.file, 'missions')",
        "ITS_NUMBER": "part.value ->> 'number'",
        "ITS_WORD_IN_id": "part.value -> 'slug' ->> 'id'",
        "ITS_WORD_IN_en": "part.value -> 'slug' ->> 'en'",
        "ITS_FIRST_YEAR": "CAST(gone.before ->> 'period_start' AS integer)",
        "ITS_LAST_YEAR": "CAST(gone.before ->> 'period_end' AS integer)",
    },
}


@dataclass(frozen=True)
class Trigger:
    """Refuse the event on a row of the table, with the message, if the condition holds."""

    table: str
    event: str  # UPDATE, DELETE, INSERT or, on PostgreSQL, TRUNCATE
    condition: str
    message: str
    # On PostgreSQL, the id of a vision whose publication must end first. SQLite has one writer.
    waits_for: str = ""
    rule: str = "guard"  # distinguishes triggers of one table and event
    when: str = "BEFORE"  # or AFTER: SQLite has given a new row its id only then

    @property
    def name(self):
        return f"{self.table}_{self.event.lower()}_{self.rule}"

    def condition_for(self, vendor):
        condition = self.condition
        names = DIALECTS[vendor] | {
            "IN_A_MOMENT": IN_A_MOMENT[vendor],
            "DATABASE_TIME": NOW[vendor],
        }
        for name, words in names.items():
            condition = condition.replace(name, words)
        return condition


# An edition fixes its contents as soon as it is scheduled, so that nothing is missing when it
# takes effect.
# Withdrawn before its time, it never fixed anything.
FIXES = (
    "NOT EXISTS (SELECT 1 FROM editions_withdrawal AS gone "
    "WHERE gone.edition_id = shown.id AND gone.before_its_time)"
)


def published(vision):
    return (
        "EXISTS (SELECT 1 FROM editions_edition AS shown "
        f"WHERE shown.vision_id = {vision} AND {FIXES})"
    )


def last_shown(parts, vision):
    """The highest number of elements or missions that the editions show, or 0."""
    number = "CAST(ITS_NUMBER AS integer)"
    return (
        f"(SELECT COALESCE(MAX({number}), 0) FROM editions_edition AS shown, {parts} AS part "
        f"WHERE shown.vision_id = {vision} AND {FIXES})"
    )


def taken(language, other):
    """True if editions showed the new row's address word, in this language, only for others."""
    column = {"id": "NEW.slug_ind", "en": "NEW.slug_en"}[language]
    word = f"COALESCE(NULLIF(ITS_WORD_IN_{language}, ''), NULLIF(ITS_WORD_IN_{other}, ''))"
    shown = (
        f"SELECT 1 FROM editions_edition AS shown, ITS_ELEMENTS AS part "
        "WHERE shown.vision_id = NEW.vision_id "
        f"AND {FIXES} AND {word} = {column} AND CAST(ITS_NUMBER AS integer)"
    )
    return f"(EXISTS ({shown} <> NEW.number) AND NOT EXISTS ({shown} = NEW.number))"


TAKEN = f"({taken('id', 'en')} OR {taken('en', 'id')})"


def changed(*columns):
    """True if one of the columns, which hold numbers or NULL, changes."""
    return (
        "("
        + " OR ".join(
            f"COALESCE(NEW.{column}, 0) <> COALESCE(OLD.{column}, 0)" for column in columns
        )
        + ")"
    )


# INSERT OR REPLACE deletes the row in its way without firing a DELETE trigger: so the insert itself
# is guarded, by the rules that numbers have no gaps, the effective times of editions that stand
# rise, and one waits at most.
NEXT_EDITION = """
    EXISTS (SELECT 1 FROM editions_edition WHERE id = NEW.id OR sha256 = NEW.sha256)
    OR NOT EXISTS (SELECT 1 FROM vision_vision WHERE id = NEW.vision_id)
    OR NEW.number <> 1 + (
        SELECT COALESCE(MAX(number), 0) FROM editions_edition WHERE vision_id = NEW.vision_id
    )
    OR EXISTS (
        SELECT 1 FROM editions_edition AS earlier
        WHERE vision_id = NEW.vision_id
        AND (effective_at >= NEW.effective_at OR effective_at > DATABASE_TIME)
        AND NOT EXISTS (SELECT 1 FROM editions_withdrawal WHERE edition_id = earlier.id)
    )
"""
# A moment before its time the edition counts as in force: some worker may show it before it knows
# of the withdrawal.
WITHDRAWN_WRONGLY = """
    EXISTS (SELECT 1 FROM editions_withdrawal WHERE id = NEW.id OR edition_id = NEW.edition_id)
    OR NEW.before_its_time <> EXISTS (
        SELECT 1 FROM editions_edition WHERE id = NEW.edition_id AND effective_at > IN_A_MOMENT
    )
    OR (NEW.before_its_time AND (NEW.reason_ind <> '' OR NEW.reason_en <> ''))
"""


def in_the_way(table, parts, *unique):
    """True if an insert would replace, or update, a row whose number an edition shows."""
    same = " OR ".join(f"other.{column} = NEW.{column}" for column in unique)
    return (
        f"EXISTS (SELECT 1 FROM {table} AS other "
        "WHERE (other.id = NEW.id OR (other.vision_id = NEW.vision_id "
        f"AND ({same}))) AND other.number <= {last_shown(parts, 'other.vision_id')})"
    )


def numbers_stay(table, parts, *unique):
    """Up to the highest number shown, no row is added, renumbered, moved or deleted."""
    return [
        Trigger(
            table,
            "INSERT",
            f"NEW.number <= {last_shown(parts, 'NEW.vision_id')} "
            f"OR {in_the_way(table, parts, 'number', *unique)}",
            FIXED,
            "NEW.vision_id",
        ),
        Trigger(
            table,
            "UPDATE",
            f"{changed('number', 'vision_id')} "
            f"AND (OLD.number <= {last_shown(parts, 'OLD.vision_id')} "
            f"OR NEW.number <= {last_shown(parts, 'NEW.vision_id')})",
            FIXED,
            "NEW.vision_id",
        ),
        Trigger(
            table,
            "DELETE",
            f"OLD.number <= {last_shown(parts, 'OLD.vision_id')}",
            FIXED,
            "OLD.vision_id",
        ),
    ]


TRIGGERS = [
    Trigger("editions_edition", "UPDATE", "TRUE", PERMANENT),
    Trigger("editions_edition", "DELETE", "TRUE", PERMANENT),
    Trigger(
        "editions_edition",
        "INSERT",
        NEXT_EDITION,
        "an edition takes the next number and a later time, and replaces none",
    ),
    Trigger("editions_withdrawal", "UPDATE", "TRUE", PERMANENT),
    Trigger("editions_withdrawal", "DELETE", "TRUE", PERMANENT),
    Trigger(
        "editions_withdrawal",
        "INSERT",
        WITHDRAWN_WRONGLY,
        "An edition can be withdrawn only once; a scheduled edition is withdrawn without a reason.",
    ),
    Trigger(
        "vision_vision",
        "INSERT",
        "EXISTS (SELECT 1 FROM vision_vision AS other WHERE (id = NEW.id OR "
        "period_start = NEW.period_start "
        f"AND period_end = NEW.period_end) AND {published('other.id')})",
        FIXED,
    ),
    Trigger(
        "vision_vision",
        "UPDATE",
        f"{changed('id', 'period_start', 'period_end')} AND {published('OLD.id')}",
        FIXED,
    ),
    Trigger("vision_vision", "DELETE", published("OLD.id"), FIXED),
    *numbers_stay("vision_element", "ITS_ELEMENTS", "slug_ind", "slug_en"),
    *numbers_stay("missions_mission", "ITS_MISSIONS"),
    Trigger("vision_element", "INSERT", TAKEN, WORDS, "NEW.vision_id", "words"),
    Trigger(
        "vision_element",
        "UPDATE",
        f"(NEW.slug_ind <> OLD.slug_ind OR NEW.slug_en <> OLD.slug_en OR {changed('vision_id')}) "
        f"AND {TAKEN}",
        WORDS,
        "NEW.vision_id",
        "words",
    ),
    *(
        Trigger(
            table,
            "UPDATE",
            changed("anchor", part, "parent_id"),
            "a point keeps its anchor and its place in the tree",
        )
        for table, part in (("vision_point", "element_id"), ("missions_goal", "mission_id"))
    ),
]

TRUNCATE_TRIGGERS = [
    *(
        Trigger(table, "TRUNCATE", "TRUE", PERMANENT)
        for table in ("editions_edition", "editions_withdrawal")
    ),
    *(
        Trigger(
            table,
            "TRUNCATE",
            f"EXISTS (SELECT 1 FROM editions_edition AS shown WHERE {FIXES})",
            FIXED,
        )
        for table in ("vision_element", "missions_mission")
    ),
]

CORE_TABLES = {trigger.table for trigger in TRIGGERS}


def keep_for_ever(*tables):
    """Guard other tables too: their rows are written once, never changed or deleted."""
    for table in tables:
        TRIGGERS.extend(Trigger(table, event, "TRUE", KEPT) for event in ("UPDATE", "DELETE"))
        TRIGGERS.append(
            Trigger(
                table, "INSERT", f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)", KEPT
            )  # INSERT OR REPLACE
        )
        TRUNCATE_TRIGGERS.append(Trigger(table, "TRUNCATE", "TRUE", KEPT))


NAME_VISIONS = ["editions_edition"]  # tables whose column vision_id may hold a deleted vision


def keep_ids_of_visions(revisions, versions):
    """No new vision takes the id of a deleted one; only history may put that one back.

    ``revisions`` is a table with a column ``vision_id``; ``versions`` holds their rows.
    """
    NAME_VISIONS.append(revisions)
    years = "ITS_FIRST_YEAR = NEW.period_start AND ITS_LAST_YEAR = NEW.period_end"
    was_it = (
        f"SELECT 1 FROM {versions} AS gone "
        f"WHERE gone.kind = 'vision' AND gone.row = NEW.id AND {years}"
    )
    TRIGGERS.append(
        Trigger(
            "vision_vision",
            "INSERT",
            f"EXISTS (SELECT 1 FROM editions_edition WHERE vision_id = NEW.id) "
            f"AND NOT EXISTS ({was_it})",
            "the id of a deleted vision, which its editions keep, is not given to another",
            rule="id",
            when="AFTER",
        )
    )


def count_past_deleted_visions(using="default"):
    """Let the next vision take an id above all ids in editions and revisions.

    Rebuilding a table, or copying its rows, counts on from the highest id that stands.
    """
    connection = connections[using]
    standing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        highest = max(
            highest_vision(cursor, table) for table in standing.intersection(NAME_VISIONS)
        )
        if highest and connection.vendor == "postgresql":
            cursor.execute("SELECT pg_get_serial_sequence('vision_vision', 'id')")
            (sequence,) = cursor.fetchone()
            cursor.execute(
                f"SELECT setval(%s, GREATEST(%s, last_value)) FROM {sequence}", [sequence, highest]
            )
        elif highest:
            cursor.execute(
                "SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = 'vision_vision'"
            )
            (last,) = cursor.fetchone()
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = 'vision_vision'")
            cursor.execute(
                "INSERT INTO sqlite_sequence VALUES ('vision_vision', %s)", [max(last, highest)]
            )


def highest_vision(cursor, table):
    cursor.execute(f"SELECT COALESCE(MAX(vision_id), 0) FROM {table}")
    return cursor.fetchone()[0]


EXISTING = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'",
}


def triggers_for(connection, tables=None):
    """The triggers of these tables, or of all that exist: some apps may not be migrated yet."""
    triggers = TRIGGERS + TRUNCATE_TRIGGERS if connection.vendor == "postgresql" else TRIGGERS
    tables = tables or set(connection.introspection.table_names())
    return [trigger for trigger in triggers if trigger.table in tables]


def create_statements(vendor, trigger):
    condition = trigger.condition_for(vendor)
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {trigger.name} {trigger.when} {trigger.event} ON {trigger.table} "
            f"WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{trigger.message}'); END"
        ]
    row = "OLD" if trigger.event == "DELETE" else "NEW"
    wait = (
        f"PERFORM 1 FROM vision_vision WHERE id = {trigger.waits_for} FOR KEY SHARE; "
        if trigger.waits_for
        else ""
    )
    function = (
        f"CREATE OR REPLACE FUNCTION {trigger.name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {wait}"
        f"IF {condition} THEN RAISE EXCEPTION '{trigger.message}' "
        f"USING ERRCODE = 'check_violation'; "
        f"END IF; RETURN {row}; END $$"
    )
    return [
        function,
        f"CREATE TRIGGER {trigger.name} {trigger.when} {trigger.event} ON {trigger.table} "
        f"FOR EACH {'STATEMENT' if trigger.event == 'TRUNCATE' else 'ROW'} "
        f"EXECUTE FUNCTION {trigger.name}()",
    ]


def create_triggers(using="default", tables=None):
    """Make every trigger again, so that a changed one takes effect with the upgrade."""
    connection = connections[using]
    drop_triggers(using, tables)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(PARTS_OF_EDITION)
        for trigger in triggers_for(connection, tables):
            for statement in create_statements(connection.vendor, trigger):
                cursor.execute(statement)


def drop_triggers(using="default", tables=None):
    """For an operator's deliberate repair, and for the tests' flush."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for trigger in triggers_for(connection, tables):
            on_table = f" ON {trigger.table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.name}{on_table}")


def missing_triggers(using="default"):
    """The names of the triggers that the database lacks."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(EXISTING[connection.vendor])
        existing = {name for (name,) in cursor.fetchall()}
    return [trigger.name for trigger in triggers_for(connection) if trigger.name not in existing]


def tables_stand(using):
    """False before the first migration, when there is nothing to guard yet."""
    tables = set(connections[using].introspection.table_names())
    return tables >= CORE_TABLES


def drop_before_migrate(sender, using, plan, **kwargs):
    if plan:  # also before a migration that makes one of the tables
        drop_triggers(using)


def create_after_migrate(sender, using, **kwargs):
    if tables_stand(using):
        create_triggers(using)
        count_past_deleted_visions(using)
