"""All settings of the portal. The environment decides what differs between installations:
docs/settings.md lists its PORTAL_… variables."""

import os
import re
import secrets
import sqlite3
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from editions.data_folder.files import data_folder_unwritable, write_safely
from magelang_portal import single_sign_on
from magelang_portal.database_address import database, refuse_other_database
from magelang_portal.environment import (
    contact_address,
    env,
    env_bind,
    env_choice,
    env_count,
    env_file,
    env_folder,
    env_mailbox,
    env_networks,
    env_origins,
    env_picture,
    env_program,
    env_required,
    env_switch,
    env_web_address,
    env_webhook,
)
from magelang_portal.mail_address import mailer

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env("DATA_DIR", str(BASE_DIR / "var"))).resolve()
COPY_DIR = (
    None if env("COPY_DIR") == "off" else Path(env("COPY_DIR") or DATA_DIR / "copy").resolve()
)
PUBLICATION_HOOK = env_program("PUBLICATION_HOOK")
if PUBLICATION_HOOK and not COPY_DIR:
    raise ImproperlyConfigured(
        "PORTAL_PUBLICATION_HOOK runs when the static copy is written: unset PORTAL_COPY_DIR=off."
    )
PRODUCTION = env_switch("PRODUCTION")
DEBUG = env_switch("DEBUG")
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured(
        "PORTAL_PRODUCTION=1 and PORTAL_DEBUG=1 exclude each other: unset PORTAL_DEBUG."
    )


def kept_secret_key():
    """A key that is made once and kept in the data folder, so that sessions survive a restart."""
    path = DATA_DIR / "secret_key"
    try:
        if not path.exists() or not path.read_text().strip():
            write_safely(path, secrets.token_urlsafe(50))
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(data_folder_unwritable(DATA_DIR, error)) from error


if PRODUCTION:
    SECRET_KEY = env_required("SECRET_KEY", "50 or more random characters that nobody else knows.")
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10:
        raise ImproperlyConfigured(
            "PORTAL_SECRET_KEY is too easy to guess: use 50 or more random characters."
        )
else:
    SECRET_KEY = env("SECRET_KEY") or kept_secret_key()


# gunicorn. BIND counts unless systemd passes a socket.

BIND = env_bind("BIND", f"127.0.0.1:{os.environ.get('PORT') or 8000}")
WORKERS = env_count("WORKERS", "2", most=256)
# Proxies trusted to report the client's address and whether it used HTTPS. Over a Unix socket nginx
# has no address; the socket's file mode decides who may connect.
TRUSTED_PROXIES = env_networks("TRUSTED_PROXIES", "127.0.0.1, ::1")


# The public address

if PRODUCTION:
    SITE_URL = env_required("SITE_URL", "the public address, such as https://visi.example.go.id")
    if not SITE_URL.startswith("https://"):
        raise ImproperlyConfigured(
            "PORTAL_SITE_URL must begin with https:// when PORTAL_PRODUCTION=1."
        )
else:
    SITE_URL = env("SITE_URL") or f"http://127.0.0.1:{BIND.rpartition(':')[2]}"
SITE_URL = SITE_URL.rstrip("/")
if not re.fullmatch(r"https?://[\w.\-:\[\]]+", SITE_URL):
    raise ImproperlyConfigured(
        f"PORTAL_SITE_URL is “{SITE_URL}”: write https:// and a host name only, such as "
        "https://visi.example.go.id."
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


# Second opinions, before publishing and on translations

SECOND_READER = env_choice(
    "SECOND_READER",
    "recorded",
    {
        "required": "so that nobody publishes what they were the last to write",
        "recorded": "so that they may and the edition says so",
    },
)
TRANSLATION_REVIEWER = env_choice(
    "TRANSLATION_REVIEWER",
    "optional",
    {
        "required": "so that a translation is done when a second translator has read it",
        "optional": "so that it is done when it is written",
    },
)
SECOND_ADMINISTRATOR = env_choice(
    "SECOND_ADMINISTRATOR",
    "off",
    {
        "required": "so that a role takes effect when a second administrator agrees",
        "off": "so that one administrator is enough",
    },
)


# Facts that only the city can give; pages hide them while they are empty

CITY_CONTACT = env("CONTACT")
CITY_LICENCE = env("LICENCE")
CITY_LICENCE_URL = env("LICENCE_URL")
CITY_OFFICIAL_SITE = env_switch("OFFICIAL_SITE")
CITY_ARMS = env_picture("ARMS")
CURRENT_VISION_URL = env_web_address("CURRENT_VISION_URL")
EMBED_ORIGINS = env_origins("EMBED_ORIGINS")  # the sites that may show the portal's frames
SECURITY_CONTACT = contact_address(env("SECURITY_CONTACT") or CITY_CONTACT)
if env("SECURITY_CONTACT") and not SECURITY_CONTACT:
    raise ImproperlyConfigured(
        f"PORTAL_SECURITY_CONTACT is “{env('SECURITY_CONTACT')}”: write an e-mail address, or one "
        "that begins with https:// or tel:+."
    )


# Reminders by mail, if a mail server is named

HAS_MAIL_SERVER = bool(env("EMAIL_URL"))
MAILERS = {"default": mailer(env("EMAIL_URL"))}
DEFAULT_FROM_EMAIL = env_mailbox("EMAIL_FROM")
if HAS_MAIL_SERVER and not DEFAULT_FROM_EMAIL:
    raise ImproperlyConfigured(
        "PORTAL_EMAIL_URL needs PORTAL_EMAIL_FROM: the address that the portal's mail comes from."
    )


# Who hears of alarms, by mail and at a webhook

ALARM_EMAIL = env_mailbox("ALARM_EMAIL")
if ALARM_EMAIL and not HAS_MAIL_SERVER:
    raise ImproperlyConfigured(
        "PORTAL_ALARM_EMAIL needs PORTAL_EMAIL_URL: the mail server that sends the alarms."
    )
ALARM_URL = env_webhook("ALARM_URL")
ALARM_SECRET = env("ALARM_SECRET")
if ALARM_URL and len(ALARM_SECRET) < 32:
    raise ImproperlyConfigured(
        "PORTAL_ALARM_URL needs PORTAL_ALARM_SECRET: 32 or more random characters, which only the "
        "portal and the receiver know."
    )
if ALARM_SECRET and not ALARM_URL:
    raise ImproperlyConfigured(
        "PORTAL_ALARM_SECRET needs PORTAL_ALARM_URL: the address that gets the alarms."
    )


# Where the signer of checkpoints writes, if there is one, and the timestamp service that only the
# signer asks (docs/proof.md)

PROOF_DIR = env_folder("PROOF_DIR")
TIMESTAMP_URL = env_web_address("TIMESTAMP_URL")
TIMESTAMP_CA = env_file("TIMESTAMP_CA")
if bool(TIMESTAMP_URL) != bool(TIMESTAMP_CA):
    raise ImproperlyConfigured(
        "PORTAL_TIMESTAMP_URL and PORTAL_TIMESTAMP_CA go together: set both, or neither."
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
    # Before all code that reads the client's address or whether the request came over HTTPS.
    "editorial.middleware.ClientAddressMiddleware",
    # Outside of all answers: redirects to HTTPS, static files, errors.
    "public.middleware.HeadersMiddleware",
    # Redirects to HTTPS and sends HSTS; `check --deploy` looks for this very name.
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # static files need nothing that follows
    "public.middleware.CompressionMiddleware",  # around all answers with public texts
    # Inside of compression, which reads Cache-Control; around all answers of the admin.
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
    "axes.middleware.AxesMiddleware",  # replaces the login's answer by the page about a lockout
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
# Older versions of SQLite can corrupt a WAL database.
SQLITE_JOURNAL_MODE = "WAL" if SQLITE_WAL_IS_SAFE else "TRUNCATE"
if env("DATABASE_URL"):
    DATABASES = {"default": database(env("DATABASE_URL"))}
else:
    own_file = str(DATA_DIR / "portal.sqlite3")
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": own_file}}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # Otherwise two transactions that read, then write, fail at once instead of waiting.
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": f"PRAGMA journal_mode={SQLITE_JOURNAL_MODE};"
        "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-8000",
    }
else:
    from magelang_portal.postgresql import Connection

    # A hanging server does more harm than one that is down: wait seconds for it, not minutes.
    DATABASES["default"]["OPTIONS"] |= {
        "connect_timeout": 2,
        "options": "-c statement_timeout=5000 -c lock_timeout=4000 "
        "-c idle_in_transaction_session_timeout=15000",
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        "tcp_user_timeout": 5000,  # milliseconds
        "pool": {  # of each worker
            "min_size": 1,
            "max_size": 4,
            # Each host of the address that is down is tried for 2 s before the next.
            "timeout": 2 * len(DATABASES["default"]["HOST"].split(",")),
            # After an outage the next request connects, instead of waiting for the pool's next
            # attempt, which may be half a minute away.
            "reconnect_timeout": 1,
            "connection_class": Connection,
        },
    }
OWNER_DATABASE = None  # of the role that owns the tables, if another serves (docs/owner.md)
if env("OWNER_DATABASE_URL"):
    OWNER_DATABASE = database(env("OWNER_DATABASE_URL"), "PORTAL_OWNER_DATABASE_URL")
    if OWNER_DATABASE["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(
            "PORTAL_OWNER_DATABASE_URL is not of PostgreSQL: write postgres://, or unset it."
        )
    if DATABASES["default"]["ENGINE"] == OWNER_DATABASE["ENGINE"]:
        refuse_other_database(DATABASES["default"], OWNER_DATABASE, "PORTAL_DATABASE_URL")
    OWNER_DATABASE["OPTIONS"] |= {
        "connect_timeout": 2,
        # Give up after 4 s, so that the server is not blocked; the operator can run it again.
        "options": "-c lock_timeout=4000",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# Two languages, one time zone

LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
LANGUAGE_CODE = "id"
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "django"]  # the portal's come first
MODELTRANSLATION_DEFAULT_LANGUAGE = "id"
MODELTRANSLATION_FALLBACK_LANGUAGES = ("id",)
# It would copy Indonesian into English, and hide missing translations.
MODELTRANSLATION_AUTO_POPULATE = False


def MODELTRANSLATION_BUILD_LOCALIZED_VERBOSE_NAME(name, language):
    """The label of a text in one of its languages, such as “pernyataan – Inggris”."""
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
SECOND_FACTOR = env_choice(
    "SECOND_FACTOR",
    "required" if PRODUCTION else "off",
    {
        "required": "so that nobody logs in without a code from their phone",
        "off": "on a portal that only you can reach",
    },
)
if PRODUCTION and SECOND_FACTOR == "off":
    raise ImproperlyConfigured(
        "PORTAL_PRODUCTION=1 needs the second factor: unset PORTAL_SECOND_FACTOR."
    )
# Single sign-on through an OpenID Connect provider, if one is named. mozilla-django-oidc reads some
# of these settings by their names.
OIDC_RP_CLIENT_ID, OIDC_RP_CLIENT_SECRET = env("OIDC_CLIENT_ID"), env("OIDC_CLIENT_SECRET")
OIDC_ISSUER = single_sign_on.issuer(env("OIDC_ISSUER"), must_be_https=PRODUCTION)
single_sign_on.refuse_half(
    {
        "OIDC_ISSUER": OIDC_ISSUER,
        "OIDC_CLIENT_ID": OIDC_RP_CLIENT_ID,
        "OIDC_CLIENT_SECRET": OIDC_RP_CLIENT_SECRET,
    }
)
OIDC_NAME = OIDC_ISSUER and (env("OIDC_NAME") or urlsplit(OIDC_ISSUER).hostname)
OIDC_CLAIM = single_sign_on.claim(env("OIDC_CLAIM") or "sub")
OIDC_SECOND_FACTOR = single_sign_on.second_factor(env("OIDC_SECOND_FACTOR"))
OIDC_RP_SCOPES = "openid" if OIDC_CLAIM == "sub" else "openid profile"
OIDC_RP_SIGN_ALGO, OIDC_OP_USER_ENDPOINT = "RS256", ""  # the library requires them
OIDC_AUTHENTICATION_CALLBACK_URL = "admin:provider_return"
OIDC_MAX_STATES = 5  # logins that one browser has begun
OTP_TOTP_ISSUER = "Visi Kota Magelang"  # how an authenticator app names the account
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: it refuses before a password is hashed
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
# Both together: a guesser locks out neither a whole office nor a person elsewhere.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "editorial.accounts.lockout.network_of"
AXES_USERNAME_CALLABLE = "editorial.accounts.lockout.hashed_name"
AXES_LOCKOUT_CALLABLE = "editorial.accounts.lockout.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken"]
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True  # the audit log has the same
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
    "connect-src": [CSP.SELF],  # no script runs; Lighthouse fetches robots.txt
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
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), "
    "payment=(), usb=()",
    "Referrer-Policy": SECURE_REFERRER_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": X_FRAME_OPTIONS,
}
SESSION_COOKIE_AGE = 8 * 3600  # a working day, then everyone logs in again
SESSION_IDLE_AGE = 3600  # editorial/accounts/sessions.py says why
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
# They apply to every subdomain of the site, so the operator decides.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env_switch("HSTS_SUBDOMAINS")
SECURE_HSTS_PRELOAD = env_switch("HSTS_PRELOAD")
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    # nginx overwrites the header (deploy/).
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 63_072_000
    SILENCED_SYSTEM_CHECKS = [
        "security.W002",  # HeadersMiddleware sends X-Frame-Options
        *([] if SECURE_HSTS_INCLUDE_SUBDOMAINS else ["security.W005"]),
        *([] if SECURE_HSTS_PRELOAD else ["security.W021"]),
        *([] if HAS_MAIL_SERVER else ["mail.E001"]),  # mail is optional
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
        "no_secret_address": {"()": "magelang_portal.log.NoSecretAddress"},
        "once_a_minute": {"()": "magelang_portal.log.OnceAMinute"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "json" if PRODUCTION else "line"}
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING"},
        "django.request": {"filters": ["no_outage", "no_secret_address"]},
        "magelang_portal.health": {"level": "INFO" if PRODUCTION else "WARNING"},
        "editions.data_folder.heads": {"level": "INFO" if PRODUCTION else "WARNING"},
        "audit": {"level": "INFO" if PRODUCTION else "WARNING"},  # elsewhere its page is enough
        "axes": {"level": "ERROR"},  # its warnings quote the client's headers
        # Strangers would fill the log with tracebacks.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # gunicorn's own handler writes no JSON.
        "gunicorn.error": {"handlers": ["console"], "propagate": False},
        # It warns of every HEAD request, whose body it drops.
        "gunicorn.http.wsgi": {"level": "ERROR"},
        "magelang_portal.outage": {"filters": ["once_a_minute"]},
        "psycopg.pool": {"filters": ["once_a_minute"]},  # it logs every attempt to connect
    },
}
