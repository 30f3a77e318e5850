"""The portal's settings with the journal mode that it uses if SQLite is new enough."""

from magelang_portal.settings import *  # noqa: F403
from magelang_portal.settings import DATABASES, SQLITE_JOURNAL_MODE

DATABASES["default"]["OPTIONS"]["init_command"] = DATABASES["default"]["OPTIONS"][
    "init_command"
].replace(f"journal_mode={SQLITE_JOURNAL_MODE}", "journal_mode=WAL")
SQLITE_JOURNAL_MODE = "WAL"
