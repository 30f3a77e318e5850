"""What an operator may get wrong, each with the way out. The settings themselves refuse a weak key and debug in
production, ``editions.W001`` is of the triggers, and Django's own checks are of all that it knows.

Errors keep commands from running, so what a rescue may meet is a warning; ``check --deploy --fail-level WARNING``
fails for those, too.
"""

import os
import runpy
import shlex
import stat
from pathlib import Path

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.db import connections
from django.db.migrations.loader import MigrationLoader

DOMAINS = ("django", "djangojs")
FROM_ANYWHERE = ("*", "0.0.0.0/0", "::/0")
READ, ENTER = stat.S_IROTH, stat.S_IXOTH
SECRET_FILES = ("secret_key", "*.sqlite3", "*.tar.gz")


@register(Tags.security)
def loopback_is_no_name_of_the_site(app_configs, **kwargs):
    loopback = [host for host in settings.ALLOWED_HOSTS if host in ("localhost", "[::1]") or host.startswith("127.")]
    if settings.PRODUCTION and loopback:
        yield Error(
            f"PORTAL_ALLOWED_HOSTS names {', '.join(loopback)}: a request without a Host header would be answered.",
            hint="Name only the hosts under which readers reach the portal.",
            id="portal.E001",
        )


@register(Tags.translation)
def messages_are_compiled(app_configs, **kwargs):
    for source in catalogues():
        if not source.with_suffix(".mo").exists():
            yield Error(
                f"{source.with_suffix('.mo')} is missing: the admin would speak English only.",
                hint="Install the portal anew, or run make messages.",
                id="portal.E002",
            )


@register(Tags.translation, deploy=True)
def compiled_messages_are_those_of_the_catalogue(app_configs, **kwargs):
    from magelang_portal.management.commands.check_messages import is_compiled  # slow to import

    for source in catalogues():
        compiled = source.with_suffix(".mo")
        if compiled.exists() and not is_compiled(source):
            yield Warning(
                f"{compiled} says something else than {source.name}.", hint="Run make messages.", id="portal.W003"
            )


def catalogues():
    paths = [
        Path(folder, "id", "LC_MESSAGES", f"{domain}.po") for folder in settings.LOCALE_PATHS for domain in DOMAINS
    ]
    return [path for path in paths if path.exists()]


@register(Tags.security, deploy=True)
def proxies_are_named(app_configs, **kwargs):
    """Both gunicorn and the portal believe some peers what they say of their clients."""
    configured = runpy.run_path(settings.BASE_DIR / "gunicorn.conf.py")["forwarded_allow_ips"].split(",")
    arguments = shlex.split(os.environ.get("GUNICORN_CMD_ARGS", ""))
    if {*configured, *settings.TRUSTED_PROXIES} & {*FROM_ANYWHERE} or any(
        "forwarded-allow-ips" in a for a in arguments
    ):
        yield Warning(
            "What anyone says of the client's address and of HTTPS may be believed.",
            hint="Let forwarded_allow_ips in gunicorn.conf.py, and GUNICORN_CMD_ARGS, name the proxy only.",
            id="portal.W004",
        )


@register(Tags.security, deploy=True)
def data_are_for_their_owner_only(app_configs, **kwargs):
    folder = settings.DATA_DIR
    if not (folder.is_dir() and folder.stat().st_mode & ENTER):
        return  # nobody else comes in
    secret = [path for pattern in SECRET_FILES for path in folder.glob(pattern)]
    readable = [path for path in [folder, *secret] if path.stat().st_mode & READ]
    if readable:
        yield Warning(
            f"Every user of this machine may read {', '.join(map(str, sorted(readable)))}.",
            hint=f"chmod 700 {folder}; the web server reads the static copy elsewhere: set PORTAL_COPY_DIR.",
            id="portal.W005",
        )


@register(Tags.security)
def journal_is_safe(app_configs, **kwargs):
    options = settings.DATABASES["default"].get("OPTIONS", {})
    if "journal_mode=wal" in options.get("init_command", "").lower() and not settings.SQLITE_WAL_IS_SAFE:
        yield Error(
            "The database is to be in WAL mode, which this version of SQLite can corrupt.",
            hint="Let settings.py choose SQLITE_JOURNAL_MODE, or use a SQLite from 3.51.3.",
            id="portal.E006",
        )


@register(Tags.database)
def database_is_not_newer_than_the_code(app_configs, databases, **kwargs):
    for using in databases or []:
        loader = MigrationLoader(connections[using], ignore_no_migrations=True)
        known = {*loader.disk_migrations, *(key for one in loader.disk_migrations.values() for key in one.replaces)}
        if newer := sorted(".".join(key) for key in set(loader.applied_migrations) - known):
            yield Warning(
                f"The database was used by a newer release, which knows {', '.join(newer[:3])}.",
                hint="Run that release, or see that this one works on it; else restore the backup before the update.",
                id="portal.W007",
            )
