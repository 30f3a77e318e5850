"""Django's settings for the address of a database, such as PORTAL_DATABASE_URL."""

from urllib.parse import unquote

from django.core.exceptions import ImproperlyConfigured

PARTS_OF_ADDRESS = {
    "NAME": "dbname",
    "USER": "user",
    "PASSWORD": "password",
    "HOST": "host",
    "PORT": "port",
}


def database(url, name="PORTAL_DATABASE_URL"):
    """Raises ``ImproperlyConfigured`` with a sentence that calls the address by ``name``."""
    scheme, _colon, rest = url.partition("://")
    match scheme.lower():
        case "postgres" | "postgresql" | "pgsql":
            return postgresql(f"postgresql://{rest}", name)
        case "sqlite":
            path = unquote(rest.partition("?")[0].removeprefix("/"))
            return {"ENGINE": "django.db.backends.sqlite3", "NAME": path or ":memory:"}
    fault = f"begins with {scheme}://, and the portal works with SQLite and PostgreSQL only"
    raise ImproperlyConfigured(
        f"{name} {fault if rest else 'is not the address of a database'}: write "
        "it like postgres://user:password@host/name, or unset it to use SQLite in PORTAL_DATA_DIR."
    )


def postgresql(url, name):
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict  # by libpq, as PostgreSQL's programs read it

    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError:
        parts = None
    if parts is None or "@" in parts.get("host", ""):
        # libpq's own reason may repeat a piece of the password.
        raise ImproperlyConfigured(
            f"{name} is not an address that PostgreSQL can read. Inside a user name or password, "
            "write %25 for %, %40 for @, %3A for : and %2F for /. After “?”, write only options "
            "that PostgreSQL knows, such as sslmode."
        )
    if not (parts.get("dbname") or parts.get("service")):
        raise ImproperlyConfigured(
            f"{name} names no database: write it like postgres://user:password@host/name, with the "
            "database's name after the host."
        )
    own = {name: parts.pop(part, "") for name, part in PARTS_OF_ADDRESS.items()}
    engine = {"ENGINE": "django.db.backends.postgresql", "CONN_HEALTH_CHECKS": True}
    return engine | own | {"OPTIONS": parts}


def refuse_other_database(serving, owner, name, error=ImproperlyConfigured):
    """Raise ``error`` unless both roles are of the same database."""
    if owner and serving["NAME"] != owner["NAME"]:
        raise error(
            f"PORTAL_OWNER_DATABASE_URL names the database {owner['NAME']}, and {name} names "
            f"{serving['NAME']}: write the same database in both, with another user."
        )
