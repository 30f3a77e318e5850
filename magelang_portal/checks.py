"""System checks of the configuration and the machine; each hint says what to change.

An error stops every command, so a fault that an operator may meet during a rescue is a warning;
``check --deploy --fail-level WARNING`` fails for those, too. Checks with the tag ``SURROUNDINGS``
also run when a server starts. The settings refuse a weak key and debug mode in production, and
``editions.W001`` checks the triggers.
"""

import os
import re
import shlex
import stat
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings
from django.core.checks import Error, Info, Tags, Warning, register
from django.db import Error as DatabaseProblem
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from magelang_portal import operator_errors
from magelang_portal.environment import IN_A_FILE, READ_VARIABLES, env

DOMAINS = ("django", "djangojs")
READ, ENTER = stat.S_IROTH, stat.S_IXOTH
SURROUNDINGS = "surroundings"
SETTINGS_WITH_HOSTS = (
    "PORTAL_TIMESTAMP_URL",
    "PORTAL_ALARM_EMAIL",
    "PORTAL_ALARM_URL",
    "PORTAL_ALLOWED_HOSTS",
    "PORTAL_CONTACT",
    "PORTAL_CURRENT_VISION_URL",
    "PORTAL_DATABASE_URL",
    "PORTAL_EMAIL_FROM",
    "PORTAL_EMAIL_URL",
    "PORTAL_EMBED_ORIGINS",
    "PORTAL_LICENCE_URL",
    "PORTAL_OIDC_ISSUER",
    "PORTAL_OWNER_DATABASE_URL",
    "PORTAL_SECURITY_CONTACT",
    "PORTAL_SITE_URL",
)
PLACEHOLDER = re.compile(r"(?:^|\.)example\.(?:go\.id|com|net|org)$|\.(?:example|invalid|test)$")
SECRET_FILES = ("secret_key", "*.sqlite3", "*.tar.gz")


@register(Tags.security)
def allowed_hosts_without_loopback(app_configs, **kwargs):
    loopback = [
        host
        for host in settings.ALLOWED_HOSTS
        if host in ("localhost", "[::1]") or host.startswith("127.")
    ]
    if settings.PRODUCTION and loopback:
        yield Error(
            f"PORTAL_ALLOWED_HOSTS names {', '.join(loopback)}: a request without a Host header "
            "would be answered.",
            hint="Name only the hosts under which readers reach the portal.",
            id="portal.E001",
        )


@register(Tags.translation)
def messages_are_compiled(app_configs, **kwargs):
    for source in catalogues():
        if not source.with_suffix(".mo").exists():
            yield Error(
                f"{source.with_suffix('.mo')} is missing: the admin would be in English only.",
                hint="Install the portal again, or run make messages.",
                id="portal.E002",
            )


def catalogues():
    paths = [
        Path(folder, "id", "LC_MESSAGES", f"{domain}.po")
        for folder in settings.LOCALE_PATHS
        for domain in DOMAINS
    ]
    return [path for path in paths if path.exists()]


@register(Tags.security, deploy=True)
def proxies_are_named(app_configs, **kwargs):
    """gunicorn and the portal trust the X-Forwarded headers of these proxies."""
    arguments = shlex.split(os.environ.get("GUNICORN_CMD_ARGS", ""))
    is_overridden = any("forwarded-allow-ips" in argument for argument in arguments)
    if is_overridden or any(network.prefixlen < 8 for network in settings.TRUSTED_PROXIES):
        yield Warning(
            "Anybody may be able to give the portal a false client address, or claim that a "
            "request came by HTTPS.",
            hint="Name only the proxies in PORTAL_TRUSTED_PROXIES, and none in GUNICORN_CMD_ARGS.",
            id="portal.W004",
        )


@register(Tags.security, deploy=True)
def proxy_on_another_machine_is_trusted(app_configs, **kwargs):
    """Each page behind a proxy that is not trusted redirects to itself for ever."""
    host = settings.BIND.rpartition(":")[0].strip("[]")
    is_for_others = host != "unix" and not ip_address(host).is_loopback
    if is_for_others and all(network.is_loopback for network in settings.TRUSTED_PROXIES):
        yield Warning(
            f"gunicorn listens on {settings.BIND} for other machines, none of them a trusted "
            "proxy.",
            hint="Set PORTAL_TRUSTED_PROXIES to the addresses of the proxies.",
            id="portal.W010",
        )


@register(Tags.security, deploy=True)
def data_are_private(app_configs, **kwargs):
    folder = settings.DATA_DIR
    if not (folder.is_dir() and folder.stat().st_mode & ENTER):
        return  # other users cannot enter
    secret = [path for pattern in SECRET_FILES for path in folder.glob(pattern)]
    readable = [path for path in [folder, *secret] if path.stat().st_mode & READ]
    if readable:
        yield Warning(
            f"Every user of this machine may read {', '.join(map(str, sorted(readable)))}.",
            hint=f"chmod 700 {folder}, and set PORTAL_COPY_DIR to a folder that the web server may "
            "read.",
            id="portal.W005",
        )


@register(SURROUNDINGS)
def hook_can_be_run(app_configs, **kwargs):
    from public.mirror.hook import fault_of

    if settings.PUBLICATION_HOOK and (fault := fault_of(settings.PUBLICATION_HOOK)):
        yield Warning(
            f"The portal refuses to run PORTAL_PUBLICATION_HOOK: {fault}.",
            hint="Name a program that only root may change, in a folder that only root may change.",
            id="portal.W020",
        )


@register(Tags.security)
def journal_is_safe(app_configs, **kwargs):
    options = settings.DATABASES["default"].get("OPTIONS", {})
    is_wal = "journal_mode=wal" in options.get("init_command", "").lower()
    if is_wal and not settings.SQLITE_WAL_IS_SAFE:
        yield Error(
            "The settings put the database in WAL mode, in which this version of SQLite can damage "
            "it.",
            hint="Let settings.py choose SQLITE_JOURNAL_MODE, or use a SQLite from 3.51.3.",
            id="portal.E006",
        )


@register(Tags.database)
def database_is_not_newer_than_the_code(app_configs, databases, **kwargs):
    for using in databases or []:
        loader = MigrationLoader(connections[using], ignore_no_migrations=True)
        known = {
            *loader.disk_migrations,
            *(key for one in loader.disk_migrations.values() for key in one.replaces),
        }
        if newer := sorted(".".join(key) for key in set(loader.applied_migrations) - known):
            yield Warning(
                f"The database was used by a newer release, which knows {', '.join(newer[:3])}.",
                hint="Run that release, or try whether this one works with it; otherwise restore "
                "the backup made before the update.",
                id="portal.W007",
            )


@register(Tags.security, deploy=True)
def placeholders_are_replaced(app_configs, **kwargs):
    for name in SETTINGS_WITH_HOSTS:
        if any(PLACEHOLDER.search(host) for host in hosts_in(env(name.removeprefix("PORTAL_")))):
            yield Error(
                f"{name} still names the example of deploy/portal.env.example.",
                hint="Write the city's own address there.",
                id="portal.E010",
            )


@register(Tags.security, deploy=True)
def reminders_link_to_the_site(app_configs, **kwargs):
    if settings.HAS_MAIL_SERVER and not env("SITE_URL"):
        yield Warning(
            f"The reminders by mail link to {settings.SITE_URL}, which their readers cannot open.",
            hint="Set PORTAL_SITE_URL to the public address of the portal.",
            id="portal.W015",
        )


def hosts_in(value):
    """The hosts in a list of addresses: each without user, password, port and path."""
    for word in re.split(r"[\s,;]+", value.lower()):
        address = re.split(r"[/?#]", word.rpartition("://")[2])[0]
        yield re.sub(r":\d*$", "", address.rpartition("@")[2]).strip(".()<>")


@register(SURROUNDINGS, deploy=True)
def database_answers(app_configs, **kwargs):
    from editions.connections import file_of_database, unpooled

    fresh = unpooled()
    try:
        file_of_database(fresh)
        fresh.introspection.table_names()
    except FileNotFoundError as error:
        yield Error(operator_errors.no_database(error.filename), id="portal.E011")
    except (DatabaseProblem, OSError) as error:
        yield Error(operator_errors.in_words(error), id="portal.E011")
    finally:
        fresh.close()


@register(Tags.security, deploy=True)
def tables_belong_to_another_role(app_configs, **kwargs):
    """Only ``Info``: a warning would stop the update of an existing installation."""
    if connections["default"].vendor == "postgresql" and not settings.OWNER_DATABASE:
        yield Info(
            "The role of PORTAL_DATABASE_URL owns the tables: anybody who gets its password can "
            "drop the triggers that protect published editions.",
            hint="Give the tables to another role, as docs/owner.md says, and set "
            "PORTAL_OWNER_DATABASE_URL.",
            id="portal.I014",
        )


@register(SURROUNDINGS)
def variables_are_known(app_configs, **kwargs):
    for name in sorted(name for name in os.environ if name.startswith("PORTAL_")):
        if name.removesuffix(IN_A_FILE) not in READ_VARIABLES:
            known = get_close_matches(name, READ_VARIABLES, n=1)
            nearest = known[0] if known else "one that docs/settings.md lists"
            yield Warning(
                f"{name} is not a setting of the portal, so it changes nothing.",
                hint=f"Write {nearest}, or take it out.",
                id="portal.W012",
            )


@register(SURROUNDINGS)
def user_is_the_portals_own(app_configs, **kwargs):
    """Root has rights that the portal never needs, and the portal cannot write root's files."""
    folder = settings.DATA_DIR
    is_of_another = folder.exists() and folder.stat().st_uid != 0
    if os.geteuid() == 0 and (settings.PRODUCTION or is_of_another):
        yield Warning(
            "The portal runs as root: a fault in it can harm the whole machine, and the portal's "
            f"own user may not open the files that root writes to {folder}.",
            hint="Run commands with bin/portal, and the server by its unit (deploy/systemd).",
            id="portal.W013",
        )
