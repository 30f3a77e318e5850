"""All settings of the portal. What differs between installations comes from PORTAL_… variables, read here and
nowhere else; docs/settings.md lists them."""

import os
import re
import secrets
import sqlite3
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from magelang_portal import ways_out

READ_VARIABLES = set()  # the names of all variables that are read here


def env(name, default=""):
    READ_VARIABLES.add(f"PORTAL_{name}")
    return os.environ.get(f"PORTAL_{name}", default).strip()


def env_switch(name):
    value = env(name) or "0"
    if value not in ("0", "1"):
        raise ImproperlyConfigured(
            f"PORTAL_{name} is “{value}”: write 1 to turn it on, 0 or nothing to leave it off."
        )
    return value == "1"


def env_required_in_production(name, default, way_out):
    value = env(name)
    if value or not PRODUCTION:
        return value or default()
    raise ImproperlyConfigured(f"PORTAL_PRODUCTION=1 needs PORTAL_{name}: {way_out}")


def env_bind(name, default):
    """Where gunicorn listens, as “address:port”; an address of IPv6 stands in brackets."""
    if not (value := env(name)):
        return default
    host, _, port = value.rpartition(":")
    try:
        address = ip_address(host.strip("[]"))
        is_written_so = host == (f"[{address}]" if address.version == 6 else f"{address}")
        if is_written_so and port.isdecimal() and int(port) < 65536:
            return value
    except ValueError:
        pass
    raise ImproperlyConfigured(
        f"PORTAL_{name} is “{value}”: write an address of this machine and a port, such as "
        "10.0.0.2:8000, or 0.0.0.0:8000 for all its addresses."
    )


def env_networks(name, default):
    """Networks, as both gunicorn and the portal read them; an address is a network of one."""
    value = env(name) or default
    try:
        return [ip_network(word) for word in value.replace(",", " ").split()]
    except ValueError as error:
        raise ImproperlyConfigured(
            f"PORTAL_{name} is “{value}” ({error}): write addresses, or networks such as "
            "10.0.0.0/24, with commas between them."
        ) from error


def env_count(name, default, most):
    value = env(name) or default
    if not (re.fullmatch(r"[0-9]{1,3}", value) and 1 <= int(value) <= most):
        raise ImproperlyConfigured(
            f"PORTAL_{name} is “{value}”: write a whole number from 1 to {most}, such as {default}."
        )
    return int(value)


def kept_secret_key():
    """The key of a portal that runs on this machine only: made once and kept, so that sessions survive a restart."""
    path = DATA_DIR / "secret_key"
    try:
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        if not path.exists() or not path.read_text().strip():
            fresh = path.with_suffix(f".{os.getpid()}")
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(50))
            fresh.replace(path)
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(DATA_DIR_UNWRITABLE(DATA_DIR, error)) from error


def contact_address(words):
    """The contact as a URI, as security.txt wants it; "" where it is a sentence or a postal address."""
    if re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", words, re.ASCII):
        return f"mailto:{words}"
    return words if re.fullmatch(r"(https://|mailto:|tel:\+)[!-~]+", words) else ""


def database(url, name="PORTAL_DATABASE_URL"):
    """Django's settings for the database at the address, which sentences call by this name."""
    scheme, _colon, rest = url.partition("://")
    match scheme.lower():
        case "postgres" | "postgresql" | "pgsql":
            return postgresql(f"postgresql://{rest}", name)
        case "sqlite":
            path = unquote(rest.partition("?")[0].removeprefix("/"))
            return {"ENGINE": "django.db.backends.sqlite3", "NAME": path or ":memory:"}
    begins = f"begins with {scheme}://, and the portal works with SQLite and PostgreSQL only"
    raise ImproperlyConfigured(
        f"{name} {begins if rest else 'is not the address of a database'}: write "
        "it like postgres://user:password@host/name, or unset it to use SQLite in PORTAL_DATA_DIR."
    )


def refuse_other_database(serving, owner, name, error=ImproperlyConfigured):
    """The role that owns the tables is another one, but of the same database."""
    if owner and serving["NAME"] != owner["NAME"]:
        raise error(
            f"PORTAL_OWNER_DATABASE_URL names the database {owner['NAME']}, and {name} names {serving['NAME']}: write "
            "the same database in both, with another user."
        )


PARTS_OF_ADDRESS = {
    "NAME": "dbname",
    "USER": "user",
    "PASSWORD": "password",
    "HOST": "host",
    "PORT": "port",
}


def postgresql(url, name):
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict  # by libpq, as PostgreSQL's programs read it

    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError:
        parts = None
    if parts is None or "@" in parts.get("host", ""):
        # Without the reason of libpq, which may repeat a piece of the password.
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


BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env("DATA_DIR", str(BASE_DIR / "var"))).resolve()
DATA_DIR_UNWRITABLE = ways_out.of_data_folder  # the sentence about a folder and an error
COPY_DIR = (
    None if env("COPY_DIR") == "off" else Path(env("COPY_DIR") or DATA_DIR / "copy").resolve()
)
PRODUCTION = env_switch("PRODUCTION")
DEBUG = env_switch("DEBUG")
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured(
        "PORTAL_PRODUCTION=1 and PORTAL_DEBUG=1 exclude each other: unset PORTAL_DEBUG."
    )

SECRET_KEY = env_required_in_production(
    "SECRET_KEY", kept_secret_key, "50 or more random characters that nobody else knows."
)
if PRODUCTION and (len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10):
    raise ImproperlyConfigured(
        "PORTAL_SECRET_KEY is too easy to guess: use 50 or more random characters."
    )


# How gunicorn serves; over a socket that systemd passes, it does not bind one of its own

BIND = env_bind("BIND", f"127.0.0.1:{os.environ.get('PORT') or 8000}")
WORKERS = env_count("WORKERS", "2", most=256)
# Proxies trusted to report the client's address and whether it used HTTPS. Over a Unix socket nginx
# has no address; the socket's file mode decides who may connect.
TRUSTED_PROXIES = env_networks("TRUSTED_PROXIES", "127.0.0.1, ::1")


# Where citizens find the portal

SITE_URL = env_required_in_production(
    "SITE_URL",
    lambda: f"http://127.0.0.1:{BIND.rpartition(':')[2]}",
    "the public address, such as https://visi.example.go.id",
).rstrip("/")
if PRODUCTION and not SITE_URL.startswith("https://"):
    raise ImproperlyConfigured("PORTAL_SITE_URL must begin with https:// when PORTAL_PRODUCTION=1.")
if not re.fullmatch(r"https?://[\w.\-:\[\]]+", SITE_URL):
    raise ImproperlyConfigured(
        f"PORTAL_SITE_URL is “{SITE_URL}”: write https:// and a host name only, such as https://visi.example.go.id."
    )
SITE_HOST = urlsplit(SITE_URL).hostname
ALLOWED_HOSTS = (env("ALLOWED_HOSTS") or SITE_HOST).replace(",", " ").split()
if PRODUCTION and any(host.startswith(("*", ".")) for host in ALLOWED_HOSTS):
    raise ImproperlyConfigured(
        "PORTAL_ALLOWED_HOSTS must name each host in full: “*” and “.domain” let any host pass."
    )
if PRODUCTION and SITE_HOST not in ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        f"PORTAL_ALLOWED_HOSTS must name {SITE_HOST}, the host of PORTAL_SITE_URL, too."
    )
if not PRODUCTION:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "[::1]"]
ROOT_URLCONF = "magelang_portal.urls"
WSGI_APPLICATION = "magelang_portal.wsgi.application"


# Whose word is enough: to publish, and for a translation

SECOND_READER = env("SECOND_READER") or "recorded"
if SECOND_READER not in ("required", "recorded"):
    raise ImproperlyConfigured(
        f"PORTAL_SECOND_READER is “{SECOND_READER}”: write required, so that nobody publishes what they were the last "
        "to write, or recorded, so that they may and the edition says so."
    )

TRANSLATION_REVIEWER = env("TRANSLATION_REVIEWER") or "optional"
if TRANSLATION_REVIEWER not in ("required", "optional"):
    raise ImproperlyConfigured(
        f"PORTAL_TRANSLATION_REVIEWER is “{TRANSLATION_REVIEWER}”: write required, so that a translation is done when "
        "a second translator has read it, or optional, so that it is done when it is written."
    )


# What only the city can say; hidden on the pages while empty

CITY_CONTACT = env("CONTACT")
CITY_LICENCE = env("LICENCE")
CITY_LICENCE_URL = env("LICENCE_URL")
CITY_OFFICIAL_SITE = env_switch("OFFICIAL_SITE")
SECURITY_CONTACT = contact_address(env("SECURITY_CONTACT") or CITY_CONTACT)
if env("SECURITY_CONTACT") and not SECURITY_CONTACT:
    raise ImproperlyConfigured(
        f"PORTAL_SECURITY_CONTACT is “{env('SECURITY_CONTACT')}”: write an e-mail address, or one that begins with "
        "https:// or tel:+."
    )


INSTALLED_APPS = [
    "modeltranslation",  # before admin, which it patches
    "editorial.apps.PortalAdminConfig",  # django.contrib.admin with the portal's own site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "vision",
    "missions",
    "editions",
    "public",
    "editorial",
    "magelang_portal",
]

MIDDLEWARE = [
    # Before anything asks for the client's address or whether the request came over HTTPS.
    "editorial.middleware.ClientAddressMiddleware",
    # Outside of everything that answers: redirects to HTTPS, static files, errors.
    "public.middleware.HeadersMiddleware",
    # Redirects to HTTPS and sends HSTS; `check --deploy` looks for this very name.
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # static files need nothing that follows
    "public.middleware.CompressionMiddleware",  # around all that may answer a public text
    # Inside of compression, which reads Cache-Control; around all that may answer in the admin.
    "editorial.middleware.UnpublishedMiddleware",
    # Before the Host header is checked and the session is read.
    "magelang_portal.outage.AvailabilityMiddleware",
    # Before the session reads its cookie and an error page needs a language.
    "public.middleware.OneAddressOneBodyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",  # checks the Host header and adds closing slashes
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",  # adds to request.user whether a second factor was used
    "editorial.middleware.AdminMiddleware",  # needs the account; an error needs its language
    # Django's messages; it marks that the view has answered, so nothing inside it saves anything.
    "magelang_portal.outage.AnsweredMiddleware",
    "axes.middleware.AxesMiddleware",  # puts the page about a lockout in place of the login's answer
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


# Database

SQLITE_WAL_IS_SAFE = sqlite3.sqlite_version_info >= (3, 51, 3) or any(
    fixed <= sqlite3.sqlite_version_info < (fixed[0], fixed[1] + 1)
    for fixed in [(3, 50, 7), (3, 44, 6)]
)
SQLITE_JOURNAL_MODE = (
    "WAL" if SQLITE_WAL_IS_SAFE else "TRUNCATE"
)  # older SQLite can corrupt a WAL database
if env("DATABASE_URL"):
    DATABASES = {"default": database(env("DATABASE_URL"))}
else:
    own_file = str(DATA_DIR / "portal.sqlite3")
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": own_file}}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # Without it, most read-then-write transactions that meet fail at once instead of waiting.
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": f"PRAGMA journal_mode={SQLITE_JOURNAL_MODE};"
        "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-8000",
    }
else:
    from magelang_portal.postgresql import Connection

    # A server that hangs hurts more than one that is down: wait seconds for it, not minutes.
    DATABASES["default"]["OPTIONS"] = DATABASES["default"][
        "OPTIONS"
    ] | {  # sslmode and others of the URL
        "connect_timeout": 2,
        "options": "-c statement_timeout=5000 -c lock_timeout=4000 -c idle_in_transaction_session_timeout=15000",
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        "tcp_user_timeout": 5000,  # milliseconds
        "pool": {
            "min_size": 1,
            "max_size": 4,
            "timeout": 2,
            "connection_class": Connection,
        },  # of each worker
    }
OWNER_DATABASE = None  # of the role that owns the tables, where it is another; see magelang_portal/operations/owner.py
if env("OWNER_DATABASE_URL"):
    OWNER_DATABASE = database(env("OWNER_DATABASE_URL"), "PORTAL_OWNER_DATABASE_URL")
    if OWNER_DATABASE["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(
            "PORTAL_OWNER_DATABASE_URL is not of PostgreSQL: write postgres://, or unset it."
        )
    if DATABASES["default"]["ENGINE"] == OWNER_DATABASE["ENGINE"]:
        refuse_other_database(DATABASES["default"], OWNER_DATABASE, "PORTAL_DATABASE_URL")
    OWNER_DATABASE["OPTIONS"] = OWNER_DATABASE["OPTIONS"] | {
        "connect_timeout": 2,
        # Give up after 4 s, so that the server is not blocked; the operator can run it again.
        "options": "-c lock_timeout=4000",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# Two languages, one time zone

LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
LANGUAGE_CODE = "id"
LOCALE_PATHS = [
    BASE_DIR / "locale",
    BASE_DIR / "locale" / "django",
]  # the portal's own words first, then Django's
MODELTRANSLATION_DEFAULT_LANGUAGE = "id"
MODELTRANSLATION_FALLBACK_LANGUAGES = ("id",)
MODELTRANSLATION_AUTO_POPULATE = (
    False  # it would copy Indonesian into English and hide what is missing
)


def MODELTRANSLATION_BUILD_LOCALIZED_VERBOSE_NAME(name, language):
    """How forms name a text in one of its languages, such as “pernyataan – Inggris”."""
    return f"{name} – {_('Indonesian') if language == 'ind' else _('English')}"


TIME_ZONE = "Asia/Jakarta"
USE_TZ = True
FORMAT_MODULE_PATH = "magelang_portal.formats"  # writes the zone out beside every time


# Static files: the admin's only; public pages carry their style inside

STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False


# Accounts

AUTH_USER_MODEL = "editorial.Account"
LOGIN_URL = "admin:login"
SECOND_FACTOR = env("SECOND_FACTOR") or ("required" if PRODUCTION else "off")
if SECOND_FACTOR not in ("required", "off"):
    raise ImproperlyConfigured(
        f"PORTAL_SECOND_FACTOR is “{SECOND_FACTOR}”: write required, so that nobody logs in without a code of their "
        "phone, or off, on a portal that only you can reach."
    )
if PRODUCTION and SECOND_FACTOR == "off":
    raise ImproperlyConfigured(
        "PORTAL_PRODUCTION=1 needs the second factor: unset PORTAL_SECOND_FACTOR."
    )
OTP_TOTP_ISSUER = "Visi Kota Magelang"  # how an authenticator app names the account
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: it refuses before a password is hashed
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [
    ["username", "ip_address"]
]  # so that no guesser locks out an office, or a person elsewhere
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "editorial.accounts.lockout.network_of"
AXES_USERNAME_CALLABLE = "editorial.accounts.lockout.kept_name"
AXES_LOCKOUT_CALLABLE = "editorial.accounts.lockout.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken"]
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True  # the audit log has what it would say
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "editorial.accounts.passwords.GuessablePasswordValidator"},
]


# Security

ADMIN_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}
PUBLIC_CSP = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.NONE],  # a page with a style allows it by its hash
    "font-src": ["data:"],
    "img-src": [CSP.SELF, "data:"],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
HEADERS_OF_EVERY_ANSWER = {
    "Cross-Origin-Opener-Policy": SECURE_CROSS_ORIGIN_OPENER_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": SECURE_REFERRER_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": X_FRAME_OPTIONS,
}
SESSION_COOKIE_AGE = 8 * 3600  # a working day; then one logs in anew, whatever one did
SESSION_IDLE_AGE = 3600  # see editorial/accounts/sessions.py
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
# They would bind every host of the city's domain, so only who answers for all of them turns them on.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env_switch("HSTS_SUBDOMAINS")
SECURE_HSTS_PRELOAD = env_switch("HSTS_PRELOAD")
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = (
        "HTTP_X_FORWARDED_PROTO",
        "https",
    )  # nginx overwrites it; deploy/ says how
    SECURE_HSTS_SECONDS = 63_072_000
    SILENCED_SYSTEM_CHECKS = [
        "security.W002",  # HeadersMiddleware sends X-Frame-Options
        *([] if SECURE_HSTS_INCLUDE_SUBDOMAINS else ["security.W005"]),
        *([] if SECURE_HSTS_PRELOAD else ["security.W021"]),
    ]
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sid"
    CSRF_COOKIE_NAME = "__Host-csrf"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
        "json": {"()": "magelang_portal.log.JsonFormatter"},
    },
    "filters": {
        "no_outage": {"()": "magelang_portal.log.NoOutage"},
        "once_a_minute": {"()": "magelang_portal.log.OnceAMinute"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "json" if PRODUCTION else "line"}
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING"},
        "django.request": {"filters": ["no_outage"]},
        "magelang_portal.health": {"level": "INFO" if PRODUCTION else "WARNING"},
        "editions.data_folder.heads": {"level": "INFO" if PRODUCTION else "WARNING"},
        "audit": {"level": "INFO" if PRODUCTION else "WARNING"},  # elsewhere its page is enough
        "axes": {"level": "ERROR"},  # it would quote what the client calls itself
        "django.security.DisallowedHost": {
            "level": "CRITICAL"
        },  # strangers would fill the log with tracebacks
        "gunicorn.error": {
            "handlers": ["console"],
            "propagate": False,
        },  # its own lines are no JSON
        "gunicorn.http.wsgi": {
            "level": "ERROR"
        },  # it warns of every HEAD request, whose body it drops
        "magelang_portal.outage": {"filters": ["once_a_minute"]},
        "psycopg.pool": {"filters": ["once_a_minute"]},  # it tells of every attempt to connect
    },
}
