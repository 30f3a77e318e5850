"""What `portal doctor` finds between readers and the portal: name, certificate, proxy."""

import socket
from pathlib import Path

import pytest
import requests

from magelang_portal.operations.doctor import probe
from magelang_portal.operations.doctor.site import challenge, dns, proxy, systemd
from tests.support.doctor import ask, ids, numbers
from tests.support.login_provider.fake import install
from tests.support.servers.false_proxy import proxy as false_proxy
from tests.support.servers.ports import free_port
from tests.support.servers.tls import DAY, Authority, shown

HOST = "visi.magelangkota.go.id"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusted(authority, monkeypatch, settings):
    """An authority that this machine trusts, and the site whose certificates it signs."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    settings.SITE_URL, settings.SITE_HOST = f"https://{HOST}", HOST
    return authority


# The certificate


def ask_about(certificate):
    with shown(certificate) as port:
        return ask("certificate", connect=f"127.0.0.1:{port}")


def test_a_good_certificate_is_measured_and_not_a_finding(trusted):
    answer = ask_about(trusted.certificate(HOST))

    assert ids(answer) == []
    assert 59 < numbers(answer)["days_left"] <= 60
    assert answer.words == [f"59 days left, of {HOST}"]


@pytest.mark.parametrize(
    ("begins", "ends", "found"),
    [
        (-90 * DAY, -DAY, "certificate.E005"),
        (-90 * DAY, 2 * DAY, "certificate.E006"),
        (-90 * DAY, 13 * DAY, "certificate.W007"),
        (-3 * DAY, 3 * DAY, None),
        (-5 * DAY, DAY, "certificate.W007"),
        (DAY, 90 * DAY, "certificate.E004"),
    ],
    ids=["expired", "two days", "13 days", "half of six days", "last of six days", "future"],
)
def test_a_certificate_at_the_end_of_its_life_is_found(trusted, begins, ends, found):
    answer = ask_about(trusted.certificate(HOST, begins=begins, ends=ends))

    assert ids(answer) == [found] * bool(found)


@pytest.mark.parametrize(("ends", "found"), [(DAY, []), (-DAY, ["certificate.E008"])])
def test_an_expired_certificate_above_that_of_the_site_is_found(trusted, tmp_path, ends, found):
    between = Authority(tmp_path, above=trusted, ends=ends)

    assert ids(ask_about(between.certificate(HOST))) == found


def test_a_certificate_of_another_name_is_found(trusted):
    answer = ask_about(trusted.certificate("lama.magelangkota.go.id"))

    assert ids(answer) == ["certificate.E003"]
    assert "but for lama.magelangkota.go.id" in answer.findings[0].msg


def test_a_certificate_of_an_authority_that_nobody_trusts_is_found(trusted, tmp_path):
    answer = ask_about(Authority(tmp_path).certificate(HOST))

    assert ids(answer) == ["certificate.E001"]


def test_a_site_that_does_not_answer_has_no_certificate(trusted):
    assert ids(ask("certificate", connect=f"127.0.0.1:{free_port()}")) == ["certificate.E002"]


def test_a_site_without_https_is_not_asked_for_its_certificate():
    answer = ask("certificate")

    assert (ids(answer), len(answer.unasked)) == ([], 1)


# The name


@pytest.fixture
def named(settings, monkeypatch):
    """The site's name leads to the addresses that the test puts into the list."""
    settings.SITE_HOST, settings.SITE_URL = HOST, f"https://{HOST}"
    found = []
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *arguments, **options: [(f, 1, 6, "", (a, 443)) for f, a in found],
    )
    return found


def test_a_name_that_nobody_knows_is_found(settings, monkeypatch):
    settings.SITE_URL = "https://visi.invalid"

    assert ids(ask("dns")) == ["dns.E001"]


def test_one_address_that_does_not_answer_is_found(named, monkeypatch):
    named += [(socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")]
    errors = {"192.0.2.1": None, "2001:db8::1": ConnectionRefusedError("refused")}
    monkeypatch.setattr(dns, "error_of", lambda place, port: errors[place])

    answer = ask("dns")

    assert ids(answer) == ["dns.W003"]
    assert "2001:db8::1" in answer.findings[0].msg


def test_a_site_of_which_no_address_answers_is_an_error(named, monkeypatch):
    named += [(socket.AF_INET, "192.0.2.1")]
    monkeypatch.setattr(dns, "error_of", lambda place, port: TimeoutError("timed out"))

    assert ids(ask("dns")) == ["dns.E003"]


def test_an_address_is_not_blamed_for_a_machine_without_ipv6(named, monkeypatch):
    named += [(socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")]
    lost = OSError(dns.NO_WAY[0], "Network is unreachable")
    monkeypatch.setattr(dns, "error_of", lambda place, port: lost if ":" in place else None)

    answer = ask("dns")

    assert (ids(answer), answer.unasked) == ([], ["2001:db8::1: this machine has no IPv6"])


def test_a_site_without_ipv4_is_found(named, monkeypatch):
    named += [(socket.AF_INET6, "2001:db8::1")]
    monkeypatch.setattr(dns, "error_of", lambda place, port: None)

    assert ids(ask("dns")) == ["dns.W002"]


def test_an_address_is_really_asked():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert dns.error_of("127.0.0.1", listener.getsockname()[1]) is None

    assert isinstance(dns.error_of("127.0.0.1", free_port()), ConnectionRefusedError)


# The proxy


@pytest.fixture
def site(live_portal, live_server, trusted, settings):
    """Ask the portal behind a proxy that has this fault."""
    settings.ALLOWED_HOSTS += [HOST]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    def behind(fault="", times=1, answer=None):
        place = live_server.thread.host, live_server.thread.port
        with false_proxy(place, trusted.certificate(HOST), fault, answer) as port:
            for _time in range(times):
                found = ask("proxy", connect=f"127.0.0.1:{port}")
        return found

    return behind


def test_a_good_proxy_is_not_a_finding(site):
    answer = site()

    assert ids(answer) == []
    assert f"https://{HOST} is answered by release 1" in answer.words[0]
    assert "it sees this machine as 127.0.0.1" in answer.words


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("forgets X-Forwarded-Proto", "proxy.E005"),
        ("passes on X-Forwarded-Proto", "proxy.E005"),
        ("forgets X-Forwarded-For", "proxy.E007"),
        ("passes on X-Forwarded-For", "proxy.E006"),
        ("forgets Host", "proxy.E008"),
        ("hides Content-Security-Policy", "proxy.E009"),
        ("sets a cookie", "proxy.W010"),
    ],
)
def test_a_proxy_with_a_fault_is_found(site, fault, found):
    assert ids(site(fault)) == [found]


def test_a_proxy_that_keeps_what_nobody_may_keep_is_found(site):
    assert ids(site("caches", times=2)) == ["proxy.E003"]


def test_another_server_at_the_address_is_found(site):
    assert ids(site(answer=(404, [("Content-Length", "4")], b"nope")))[0] == "proxy.E002"


def test_a_release_that_cannot_tell_what_it_sees_is_no_fault(site, monkeypatch):
    monkeypatch.setattr("magelang_portal.health.answered", lambda request: None)

    answer = site()

    assert (ids(answer), len(answer.unasked)) == ([], 2)


def test_another_release_that_runs_is_a_warning_only(site, monkeypatch):
    monkeypatch.setattr(proxy, "code_version", lambda: "other")

    assert ids(site()) == ["proxy.W004"]


@pytest.mark.parametrize(
    ("status", "target", "found"),
    [
        (301, f"https://{HOST}/id/", []),
        (301, f"http://{HOST}/id/", ["proxy.E013"]),
        (200, "", ["proxy.E013"]),
    ],
)
def test_http_that_does_not_lead_to_https_is_found(trusted, status, target, found):
    answer = probe.Answer("proxy")
    fixed = status, [("Location", target), ("Content-Length", "0")], b""
    with false_proxy(None, answer=fixed) as port:
        answer.findings.extend(proxy.plain_http(answer, ("127.0.0.1", 443), port))

    assert ids(answer) == found


def test_a_closed_port_80_is_found(trusted):
    answer = probe.Answer("proxy")

    found = list(proxy.plain_http(answer, ("127.0.0.1", 443), free_port()))

    assert [finding.id for finding in found] == ["proxy.W012"]


# Only who has the key may ask what the portal sees


@pytest.mark.parametrize("asked", ["", "x", "a:b:c", "x" * 3000])
def test_a_stranger_hears_nothing_but_ok(client, asked):
    assert client.get("/livez", headers={challenge.HEADER: asked}).content == b"ok\n"


def test_an_old_question_is_not_answered(client, monkeypatch):
    asked, _nonce = challenge.question()
    monkeypatch.setattr(challenge, "SECONDS", -1)

    assert client.get("/livez", headers={challenge.HEADER: asked}).content == b"ok\n"


def test_a_question_does_not_pass_for_its_answer():
    asked, _nonce = challenge.question()

    assert challenge.heard(asked) is None


# The login provider


def test_a_portal_without_a_login_provider_is_not_asked_for_it():
    answer = ask("login-provider")

    assert (ids(answer), len(answer.unasked)) == ([], 1)


def test_a_login_provider_that_answers_is_fine(monkeypatch, settings):
    install(monkeypatch, settings)

    answer = ask("login-provider")

    assert (ids(answer), answer.words) == ([], ["SSO Kota publishes its addresses and keys"])


def test_a_portal_that_may_not_use_the_network_reaches_no_login_provider(monkeypatch, settings):
    install(monkeypatch, settings)
    monkeypatch.setattr(systemd, "SYSTEMD", Path("/"))
    monkeypatch.setattr(systemd, "systemctl", lambda *arguments: "yes")

    assert ids(ask("login-provider")) == ["login.W002"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"failure": {"/keys": requests.ConnectionError()}}, "/keys: ConnectionError"),
        ({"document": {"issuer": "https://other.go.id"}}, "PORTAL_OIDC_ISSUER must be the same"),
    ],
)
def test_a_login_provider_that_is_down_or_named_wrongly_is_found(
    monkeypatch, settings, fault, words
):
    vars(install(monkeypatch, settings)).update(fault)

    answer = ask("login-provider")

    assert ids(answer) == ["login.W001"]
    assert words in answer.findings[0].msg
