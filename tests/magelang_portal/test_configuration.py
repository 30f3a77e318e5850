"""The settings read the environment, and refuse wrong configurations."""

import re
import traceback
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from magelang_portal.checks import variables_are_known
from tests.support.configuration import PRODUCTION, configure


def test_production_starts_when_it_is_configured(monkeypatch, tmp_path):
    settings = configure(monkeypatch, tmp_path, PRODUCTION)

    assert settings["ALLOWED_HOSTS"] == ["visi.example.go.id"]
    assert settings["SECURE_SSL_REDIRECT"]
    assert settings["SECOND_READER"] == "recorded"
    assert settings["SECOND_FACTOR"] == "required"


def test_a_portal_starts_without_the_folder_of_its_signer(monkeypatch, tmp_path):
    missing = {"PORTAL_PROOF_DIR": str(tmp_path / "gone")}

    settings = configure(monkeypatch, tmp_path, PRODUCTION | missing)

    assert settings["PROOF_DIR"] == tmp_path / "gone"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        (
            {"PORTAL_SECRET_KEY": ""},
            "PORTAL_PRODUCTION=1 needs PORTAL_SECRET_KEY: 50 or more random characters",
        ),
        ({"PORTAL_SECRET_KEY": "short"}, "PORTAL_SECRET_KEY is too easy to guess: use 50 or more"),
        ({"PORTAL_SECRET_KEY": "a" * 60}, "PORTAL_SECRET_KEY is too easy to guess: use 50 or more"),
        (
            {"PORTAL_SITE_URL": ""},
            "PORTAL_PRODUCTION=1 needs PORTAL_SITE_URL: the public address, such as",
        ),
        (
            {"PORTAL_SITE_URL": "http://visi.example.go.id"},
            "PORTAL_SITE_URL must begin with https://",
        ),
        (
            {"PORTAL_SECURITY_CONTACT": "Pak Budi"},
            "write an e-mail address, or one that begins with https:// or",
        ),
        ({"PORTAL_SITE_URL": "https://example.go.id/visi"}, "write https:// and a host name only"),
        (
            {"PORTAL_EMBED_ORIGINS": "https://example.go.id/ *"},
            "PORTAL_EMBED_ORIGINS is “https://example.go.id/ *”: write https:// and a host name",
        ),
        ({"PORTAL_ALLOWED_HOSTS": "*"}, "PORTAL_ALLOWED_HOSTS must name each host in full"),
        (
            {"PORTAL_ALLOWED_HOSTS": ".example.go.id"},
            "PORTAL_ALLOWED_HOSTS must name each host in full",
        ),
        (
            {"PORTAL_ALLOWED_HOSTS": "example.go.id"},
            "PORTAL_ALLOWED_HOSTS must name visi.example.go.id",
        ),
        ({"PORTAL_DEBUG": "1"}, "unset PORTAL_DEBUG"),
        (
            {"PORTAL_DATABASE_URL": "localhost"},
            "PORTAL_DATABASE_URL is not the address of a database",
        ),
        (
            {"PORTAL_DATABASE_URL": "mysql://u@h/n"},
            "PORTAL_DATABASE_URL begins with mysql://, and the portal works",
        ),
        ({"PORTAL_DATABASE_URL": "postgres://u@h/"}, "PORTAL_DATABASE_URL names no database"),
        (
            {"PORTAL_DATABASE_URL": "postgres://u:50%@h/n"},
            "PORTAL_DATABASE_URL is not an address that PostgreSQL",
        ),
        (
            {"PORTAL_DATABASE_URL": "postgres://u:p@q@h/n"},
            "write %25 for %, %40 for @, %3A for : and %2F for /.",
        ),
        (
            {"PORTAL_DATABASE_URL": "postgres://h/n?mode=x"},
            "write only options that PostgreSQL knows, such as sslmode",
        ),
        ({"PORTAL_PRODUCTION": "yes"}, "PORTAL_PRODUCTION is “yes”: write 1 to turn it on"),
        (
            {"PORTAL_SECOND_READER": "never"},
            "PORTAL_SECOND_READER is “never”: write required, so that nobody",
        ),
        (
            {"PORTAL_SECOND_FACTOR": "off"},
            "PORTAL_PRODUCTION=1 needs the second factor: unset PORTAL_SECOND_FACTOR.",
        ),
        (
            {"PORTAL_SECOND_FACTOR": "sms"},
            "PORTAL_SECOND_FACTOR is “sms”: write required, so that nobody",
        ),
        (
            {"PORTAL_BIND": "8000"},
            "PORTAL_BIND is “8000”: write an address of this machine and a port, such as",
        ),
        ({"PORTAL_BIND": "10.0.0.2"}, "PORTAL_BIND is “10.0.0.2”: write an address"),
        ({"PORTAL_BIND": "10.0.0.2:http"}, "PORTAL_BIND is “10.0.0.2:http”: write an address"),
        ({"PORTAL_BIND": "10.0.0.2:70000"}, "PORTAL_BIND is “10.0.0.2:70000”: write an address"),
        ({"PORTAL_BIND": "::1:8000"}, "PORTAL_BIND is “::1:8000”: write an address"),
        ({"PORTAL_TRUSTED_PROXIES": "*"}, "PORTAL_TRUSTED_PROXIES is “*”"),
        (
            {"PORTAL_TRUSTED_PROXIES": "10.0.0.1/24"},
            "10.0.0.1/24 has host bits set): write addresses, or",
        ),
        ({"PORTAL_TRUSTED_PROXIES": "proxy.lan"}, "PORTAL_TRUSTED_PROXIES is “proxy.lan”"),
        (
            {"PORTAL_WORKERS": "0"},
            "PORTAL_WORKERS is “0”: write a whole number from 1 to 256, such as 2.",
        ),
        ({"PORTAL_WORKERS": "many"}, "PORTAL_WORKERS is “many”: write a whole number"),
        (
            {"PORTAL_TRANSLATION_REVIEWER": "no"},
            "PORTAL_TRANSLATION_REVIEWER is “no”: write required, so that a",
        ),
        (
            {"PORTAL_EMAIL_URL": "smtp://127.0.0.1"},
            "PORTAL_EMAIL_URL needs PORTAL_EMAIL_FROM: the address that",
        ),
        (
            {"PORTAL_ALARM_EMAIL": "ti@magelangkota.go.id"},
            "PORTAL_ALARM_EMAIL needs PORTAL_EMAIL_URL: the mail server that",
        ),
        ({"PORTAL_ALARM_URL": "http://alarm.go.id/x"}, "write https://, a host and a path"),
        ({"PORTAL_ALARM_URL": "https://sri:x@alarm.go.id"}, "without a user name"),
        ({"PORTAL_ALARM_URL": "https://alarm..go.id/x"}, "write https://, a host and a path"),
        ({"PORTAL_ALARM_URL": f"https://{'a' * 64}.id/x"}, "write https://, a host and a path"),
        ({"PORTAL_ALARM_URL": "https://[::1/x"}, "write https://, a host and a path"),
        ({"PORTAL_ALARM_URL": "https://:443/x"}, "write https://, a host and a path"),
        ({"PORTAL_ALARM_URL": "https://alarm.go.id:70000"}, "write https://, a host and a path"),
        (
            {"PORTAL_ALARM_URL": "https://alarm.go.id/x"},
            "PORTAL_ALARM_URL needs PORTAL_ALARM_SECRET: 32 or more random characters",
        ),
        (
            {"PORTAL_ALARM_URL": "https://alarm.go.id/x", "PORTAL_ALARM_SECRET": "short"},
            "PORTAL_ALARM_URL needs PORTAL_ALARM_SECRET: 32 or more random characters",
        ),
        ({"PORTAL_ALARM_SECRET": "s" * 32}, "PORTAL_ALARM_SECRET needs PORTAL_ALARM_URL"),
        (
            {"PORTAL_OIDC_ISSUER": "https://sso.go.id"},
            "PORTAL_OIDC_CLIENT_ID is not set: set all of PORTAL_OIDC_ISSUER",
        ),
        (
            {"PORTAL_OIDC_CLIENT_ID": "visi", "PORTAL_OIDC_CLIENT_SECRET": "rahasia"},
            "PORTAL_OIDC_ISSUER is not set",
        ),
        (
            {"PORTAL_OIDC_ISSUER": "http://sso.go.id"},
            "write the issuer as the provider's discovery document does",
        ),
        ({"PORTAL_OIDC_CLAIM": "email"}, "an e-mail address may pass to another person"),
        ({"PORTAL_OIDC_SECOND_FACTOR": "mfa"}, "write amr: or acr: and the value"),
        ({"PORTAL_OIDC_SECOND_FACTOR": "acr:"}, "write amr: or acr: and the value"),
        ({"PORTAL_EMAIL_FROM": "Visi <a@b.go.id>"}, "write one e-mail address, such as"),
        (
            {"PORTAL_EMAIL_URL": "mail.go.id"},
            "PORTAL_EMAIL_URL is not the address of a mail server: write it like smtps://",
        ),
        ({"PORTAL_EMAIL_URL": "http://mail.go.id"}, "is not the address of a mail server"),
        ({"PORTAL_EMAIL_URL": "smtp://u:p/q@mail.go.id"}, "%2F for /"),
        ({"PORTAL_EMAIL_URL": "smtp://mail.go.id:99999"}, "PORTAL_EMAIL_URL is not an address"),
        ({"PORTAL_EMAIL_URL": "smtp://mail.go.id/inbox"}, "has more than a host and a port"),
        ({"PORTAL_EMAIL_URL": "smtps://sri@mail.go.id"}, "has a user without a password"),
        ({"PORTAL_EMAIL_URL": "smtp://mail.go.id?tsl=1"}, "after “?”, write only tls=1"),
        ({"PORTAL_EMAIL_URL": "smtp://mail.go.id?tls=yes"}, "after “?”, write only tls=1"),
        ({"PORTAL_EMAIL_URL": "smtps://mail.go.id?tls=1"}, "only with smtp://"),
        (
            {"PORTAL_EMAIL_URL": "smtp://sri:rahasia@mail.go.id"},
            "would send the password to mail.go.id so that others can read it: add ?tls=1",
        ),
    ],
)
def test_production_refuses_to_start_half_configured(
    monkeypatch, tmp_path, configuration, sentence
):
    with pytest.raises(ImproperlyConfigured, match=re.escape(sentence)):
        configure(monkeypatch, tmp_path, PRODUCTION | configuration)


PROVIDER = {
    "PORTAL_OIDC_ISSUER": "https://sso.example.go.id/realms/kota",
    "PORTAL_OIDC_CLIENT_ID": "visi",
    "PORTAL_OIDC_CLIENT_SECRET": "rahasia",
}


def test_a_login_provider_needs_three_settings_and_has_the_name_of_its_host(monkeypatch, tmp_path):
    settings = configure(monkeypatch, tmp_path, PRODUCTION | PROVIDER)

    assert settings["OIDC_NAME"] == "sso.example.go.id"
    assert (settings["OIDC_CLAIM"], settings["OIDC_RP_SCOPES"]) == ("sub", "openid")
    assert settings["OIDC_SECOND_FACTOR"] is None


def test_without_a_login_provider_its_name_is_not_shown(monkeypatch, tmp_path):
    assert configure(monkeypatch, tmp_path, {"PORTAL_OIDC_NAME": "SSO"})["OIDC_NAME"] == ""


def test_the_claim_and_the_second_factor_of_a_provider_can_be_chosen(monkeypatch, tmp_path):
    chosen = {
        "PORTAL_OIDC_NAME": "SSO Kota",
        "PORTAL_OIDC_CLAIM": "nip",
        "PORTAL_OIDC_SECOND_FACTOR": "acr:urn:mfa",
    }
    settings = configure(monkeypatch, tmp_path, PROVIDER | chosen)

    assert settings["OIDC_NAME"] == "SSO Kota"
    assert (settings["OIDC_CLAIM"], settings["OIDC_RP_SCOPES"]) == ("nip", "openid profile")
    assert settings["OIDC_SECOND_FACTOR"] == ("acr", "urn:mfa")


@pytest.mark.parametrize(
    ("address", "read"),
    [
        (
            "postgres://sri@db.go.id/portal",
            {"USER": "sri", "HOST": "db.go.id", "NAME": "portal", "PORT": ""},
        ),
        ("postgresql://sri@db.go.id:5433/portal", {"HOST": "db.go.id", "PORT": "5433"}),
        ("pgsql://sri@db.go.id/portal", {"HOST": "db.go.id", "NAME": "portal"}),
        (
            "postgres://%2Frun%2Fpostgresql/portal",
            {"HOST": "/run/postgresql", "NAME": "portal", "USER": ""},
        ),
        ("postgres://sri@%2Fsrv%2FDatabase/portal", {"HOST": "/srv/Database", "USER": "sri"}),
        ("postgres:///portal?host=/run/postgresql", {"HOST": "/run/postgresql", "NAME": "portal"}),
        ("postgres:///portal", {"HOST": "", "NAME": "portal"}),
        ("postgres://sri@[::1]:5432/portal", {"HOST": "::1", "PORT": "5432"}),
        (
            "postgres://sri@10.0.0.4,10.0.0.5/portal?target_session_attrs=read-write",
            {"HOST": "10.0.0.4,10.0.0.5", "PORT": ","},
        ),
        (
            "postgres://s%40r:p%40s%2Fs%25%3A%E2%82%AC@h/kota%20kita",
            {"PASSWORD": "p@s/s%:€", "NAME": "kota kita"},
        ),
        ("sqlite:////srv/portal/kota%20kita.sqlite3", {"NAME": "/srv/portal/kota kita.sqlite3"}),
        ("sqlite:///portal.sqlite3", {"NAME": "portal.sqlite3"}),
        ("sqlite://:memory:", {"NAME": ":memory:"}),
        ("sqlite://", {"NAME": ":memory:"}),
    ],
)
def test_the_address_of_a_database_may_have_any_form_of_psql(monkeypatch, tmp_path, address, read):
    database = configure(monkeypatch, tmp_path, {"PORTAL_DATABASE_URL": address})["DATABASES"][
        "default"
    ]

    assert {name: database[name] for name in read} == read


def test_options_of_the_address_reach_postgresql_but_do_not_change_the_portals_limits(
    monkeypatch, tmp_path
):
    address = "postgres://h/n?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem&connect_timeout=60"
    options = configure(monkeypatch, tmp_path, {"PORTAL_DATABASE_URL": address})["DATABASES"][
        "default"
    ]["OPTIONS"]

    assert (options["sslmode"], options["sslrootcert"]) == ("verify-full", "/etc/ca.pem")
    assert options["connect_timeout"] == 2


def test_without_an_address_the_database_is_in_the_data_folder(monkeypatch, tmp_path):
    folder = tmp_path / "kota % kita?"

    database = configure(monkeypatch, tmp_path, {"PORTAL_DATA_DIR": str(folder)})["DATABASES"][
        "default"
    ]

    assert Path(database["NAME"]) == folder / "portal.sqlite3"


@pytest.mark.parametrize(
    ("address", "read"),
    [
        ("smtp://127.0.0.1:2525", {"host": "127.0.0.1", "port": 2525, "use_tls": False}),
        ("smtp://sri:p%40s%2Fs%25@[::1]", {"host": "::1", "password": "p@s/s%"}),
        (
            "smtp://sri%40go.id:p@mail.go.id:587/?tls=1",
            {"username": "sri@go.id", "port": 587, "use_tls": True, "use_ssl": False},
        ),
        ("smtps://sri:p@mail.go.id", {"port": None, "use_tls": False, "use_ssl": True}),
    ],
)
def test_the_address_of_a_mail_server_may_have_any_form_of_the_page(
    monkeypatch, tmp_path, address, read
):
    given = {"PORTAL_EMAIL_URL": address, "PORTAL_EMAIL_FROM": "visi@magelangkota.go.id"}
    options = configure(monkeypatch, tmp_path, given)["MAILERS"]["default"]["OPTIONS"]

    assert {name: options[name] for name in read} == read


def test_without_a_mail_server_the_portal_sends_nothing(monkeypatch, tmp_path):
    settings = configure(monkeypatch, tmp_path, {})

    assert not settings["HAS_MAIL_SERVER"]
    assert settings["MAILERS"]["default"]["BACKEND"].endswith("dummy.EmailBackend")


@pytest.mark.parametrize(
    "configuration",
    [
        {"PORTAL_DATABASE_URL": "postgres://sri:rahasia%@h/n"},
        {"PORTAL_EMAIL_URL": "smtp://sri:rahasia/@mail.go.id"},
        {"PORTAL_EMAIL_URL": "smtp://sri:rahasia@mail.go.id"},
    ],
)
def test_no_refusal_repeats_a_password(monkeypatch, tmp_path, configuration):
    with pytest.raises(ImproperlyConfigured) as refusal:
        configure(monkeypatch, tmp_path, configuration)

    assert "rahasia" not in "".join(traceback.format_exception(refusal.value))


def test_a_setting_may_stand_in_a_file(monkeypatch, tmp_path):
    file = tmp_path / "secret"
    file.write_text("smtps://mail.go.id\n")
    given = {"PORTAL_EMAIL_URL_FILE": str(file), "PORTAL_EMAIL_FROM": "visi@magelangkota.go.id"}

    settings = configure(monkeypatch, tmp_path, given)

    assert settings["MAILERS"]["default"]["OPTIONS"]["host"] == "mail.go.id"
    assert [*variables_are_known(None)] == []


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        (
            {"PORTAL_CONTACT": "a", "PORTAL_CONTACT_FILE": "/dev/null"},
            "PORTAL_CONTACT and PORTAL_CONTACT_FILE are both set: unset one of them.",
        ),
        (
            {"PORTAL_CONTACT_FILE": "/nowhere/contact"},
            "The file /nowhere/contact of PORTAL_CONTACT_FILE cannot be read (No such file or "
            "directory). Name a file that the portal's user may read.",
        ),
        (
            {"PORTAL_CONTACT_FILE": "/bin/true"},
            "The file /bin/true of PORTAL_CONTACT_FILE cannot be read (it is not text). "
            "Name a file that the portal's user may read.",
        ),
        (
            {"PORTAL_DATABASE_URL_FILE": "/dev/null"},
            "The file /dev/null of PORTAL_DATABASE_URL_FILE is empty. Write the value into it, or "
            "unset PORTAL_DATABASE_URL_FILE.",
        ),
    ],
)
def test_a_wrong_file_of_a_setting_is_refused(monkeypatch, tmp_path, configuration, sentence):
    with pytest.raises(ImproperlyConfigured) as refusal:
        configure(monkeypatch, tmp_path, configuration)

    assert str(refusal.value) == sentence


def test_gunicorn_may_listen_on_a_socket_file(monkeypatch, tmp_path):
    socket = {"PORTAL_BIND": "unix:/run/portal/gunicorn.sock"}

    settings = configure(monkeypatch, tmp_path, PRODUCTION | socket)

    assert settings["BIND"] == "unix:/run/portal/gunicorn.sock"
