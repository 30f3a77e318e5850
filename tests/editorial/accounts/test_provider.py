"""Logging in through the city's OpenID Connect provider, and every way to be refused."""

import logging
from base64 import urlsafe_b64encode
from time import time

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from jwt.algorithms import HMACAlgorithm

from editorial.accounts.provider import discovery
from editorial.models import Account, Event
from tests.support.factories import make_account
from tests.support.login_provider.fake import (
    CLIENT,
    ISSUER,
    RETURN,
    SECRET,
    SRI,
    START,
    asked_of,
    begin,
    come_back,
    install,
    private_key,
    public_key,
)
from tests.support.login_provider.fake import answer as response
from tests.support.people.accounts import (
    CODE,
    ENROL,
    PASSWORD,
    code_of,
    give_code,
    give_password,
    make_holder,
)
from tests.support.people.desk import is_inside

pytestmark = pytest.mark.django_db
DESK, LEAVE = "/admin/", "/admin/login/penyedia/keluar/"
AT_PROVIDER = {"SECOND_FACTOR": ("amr", "mfa")}


@pytest.fixture(autouse=True)
def _required(settings):
    settings.SECOND_FACTOR = "required"


@pytest.fixture
def provider(monkeypatch, settings):
    return install(monkeypatch, settings)


@pytest.fixture
def trusted(monkeypatch, settings):
    """A provider that asks for a second factor, and whose word about it counts."""
    provider = install(monkeypatch, settings, **AT_PROVIDER)
    provider.claims = {"amr": ["pwd", "mfa"]}
    return provider


@pytest.fixture
def holder():
    return make_holder("sri", identity=SRI)


def refusals():
    events = Event.objects.filter(kind="provider-refused").order_by("pk")
    return list(events.values_list("actor", "object", "detail"))


# Off, unless it is set


@pytest.mark.parametrize("path", [START, RETURN, LEAVE])
def test_without_a_provider_there_is_no_link_and_no_page(client, path):
    assert client.get(path).status_code == 404
    assert START not in client.get("/admin/login/").text


def test_the_login_page_links_to_the_provider_by_name_and_keeps_the_password_form(client, provider):
    page = client.get("/admin/login/?next=/admin/panduan/").text

    assert f'href="{START}?next=/admin/panduan/"' in page.replace("%2F", "/")
    assert "SSO Kota" in page
    assert 'type="password"' in page


def test_only_a_link_begins_a_login(client, provider):
    assert client.post(START).status_code == 405
    assert client.head(START).status_code == 405


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_guide_speaks_of_the_provider_only_where_there_is_one(
    client, settings, monkeypatch, language
):
    settings.SECOND_FACTOR = "off"
    client.force_login(make_account("sri", language=language))
    without = client.get("/admin/panduan/").text
    install(monkeypatch, settings)

    assert "SSO Kota" not in without
    assert "SSO Kota" in client.get("/admin/panduan/").text


# The way there


def test_the_browser_takes_state_nonce_and_the_challenge_to_the_provider(client, provider):
    first, second = (asked_of(begin(client)) for _ in range(2))

    assert first["response_type"] == "code"
    assert (first["client_id"], first["scope"]) == (CLIENT, "openid")
    assert first["redirect_uri"] == f"http://testserver{RETURN}"
    assert first["code_challenge_method"] == "S256"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 32
        assert first[name] != second[name]
    assert "acr_values" not in first


def test_a_level_of_the_provider_is_asked_for(client, monkeypatch, settings):
    install(monkeypatch, settings, SECOND_FACTOR=("acr", "mfa"))

    assert asked_of(begin(client))["acr_values"] == "mfa"


# Logging in


def test_the_provider_and_a_code_lead_to_the_requested_page(client, provider, holder):
    account, device = holder
    back = come_back(client, provider, "?next=/admin/panduan/")
    is_half = not is_inside(client)
    page = client.get(back.headers["Location"])
    after = give_code(client, code_of(device), back.headers["Location"])

    assert back.headers["Location"] == f"{CODE}?next=/admin/panduan/"
    assert is_half
    assert "SSO Kota knows you as sri" in page.text
    assert after.headers["Location"] == "/admin/panduan/"
    assert is_inside(client)
    kinds = Event.objects.filter(actor="sri", address="127.0.0.1").values_list("kind", flat=True)
    assert sorted(kinds) == ["login", "provider-right"]


def test_a_second_factor_at_the_provider_logs_in_for_this_session_only(client, trusted, holder):
    back = come_back(client, trusted)
    other = Client()
    give_password(other)

    assert back.headers["Location"] == DESK
    assert is_inside(client)
    assert not is_inside(other)
    assert Event.objects.get(kind="provider-right").detail == "with a second factor there"


def test_the_word_of_the_provider_counts_no_longer_once_the_setting_is_gone(
    client, trusted, holder, settings
):
    come_back(client, trusted)
    settings.OIDC_SECOND_FACTOR = None

    assert not is_inside(client)


@pytest.mark.parametrize(
    ("setting", "claims", "is_enough"),
    [
        (("amr", "mfa"), {"amr": ["mfa"]}, True),
        (("amr", "mfa"), {"amr": ["pwd"]}, False),
        (("amr", "mfa"), {"amr": "mfa-soon"}, False),
        (("amr", "mfa"), {}, False),
        (("acr", "2"), {"acr": "2"}, True),
        (("acr", "2"), {"acr": "1"}, False),
        (("acr", "2"), {"amr": ["2"]}, False),
        (None, {"amr": ["mfa"], "acr": "2"}, False),
    ],
)
def test_the_code_is_asked_here_unless_the_provider_asked_as_set(
    client, monkeypatch, settings, holder, setting, claims, is_enough
):
    provider = install(monkeypatch, settings, SECOND_FACTOR=setting)
    provider.claims = claims

    assert come_back(client, provider).headers["Location"] == (DESK if is_enough else CODE)
    assert is_inside(client) is is_enough


def test_another_claim_can_identify_the_account(client, monkeypatch, settings):
    provider = install(monkeypatch, settings, CLAIM="nip")
    provider.claims = {"nip": "198501012010011001"}
    make_holder("budi", identity="198501012010011001")

    assert come_back(client, provider).headers["Location"] == CODE


def test_a_session_has_a_new_key_and_holds_no_token(client, trusted, holder):
    begin(client)
    before = client.session.session_key

    come_back(client, trusted)

    assert client.session.session_key != before
    assert "oidc_states" not in client.session
    assert "opaque" not in str(dict(client.session))
    assert "eyJ" not in str(dict(client.session))


def test_no_login_leads_to_another_site(client, trusted, holder):
    assert come_back(client, trusted, "?next=https://evil.example/").headers["Location"] == DESK


def test_somebody_who_is_logged_in_is_not_sent_to_the_provider(client, trusted, holder):
    come_back(client, trusted)

    assert client.get(f"{START}?next=/admin/panduan/").headers["Location"] == "/admin/panduan/"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_both_usual_signatures_are_taken(client, trusted, holder, algorithm):
    kind = {"RS256": "RSA", "ES256": "EC"}[algorithm]
    trusted.kid, trusted.kind, trusted.algorithm = "second", kind, algorithm
    trusted.published = [public_key("first"), public_key("second", kind)]

    come_back(client, trusted)

    assert is_inside(client)


def test_a_new_key_of_the_provider_is_fetched_when_a_token_names_it(
    client, trusted, holder, monkeypatch
):
    come_back(client, trusted)
    trusted.kid, trusted.published = "next", [public_key("next")]
    monkeypatch.setattr(discovery, "monotonic", lambda: discovery.keys.fetched_at + 31)

    come_back(other := Client(), trusted)

    assert is_inside(other)
    assert trusted.requests.count("/keys") == 2


def test_an_unknown_key_does_not_make_the_portal_ask_without_end(client, trusted, holder):
    trusted.kid = "unknown"

    answers = [come_back(client, trusted).status_code for _ in range(5)]

    assert answers == [502] * 5
    assert trusted.requests.count("/keys") == 1


def test_a_clock_may_differ_by_a_minute(client, trusted, holder):
    trusted.claims |= {"exp": time() - 50, "iat": time() + 50}

    come_back(client, trusted)

    assert is_inside(client)


# Refused by the account


def test_an_identity_without_an_account_is_refused_and_makes_none(client, provider):
    provider.identity = "f3a1c2d4-orang"

    back = come_back(client, provider)

    assert back.status_code == 403
    assert "belum memiliki akun aktif" in back.text
    assert "Ask an administrator of the portal" in " ".join(back.text.split())
    assert "orang" not in back.text
    assert not Account.objects.exists()
    assert refusals() == [("", "f3a1c2d4-orang", "no active account has this identity")]


def test_the_audit_log_shows_the_longest_identity_as_an_account_takes_it(client, provider):
    provider.identity = "n" * Account._meta.get_field("identity").max_length

    come_back(client, provider)

    assert refusals()[0][1] == provider.identity


def test_an_inactive_account_is_refused_with_the_same_page(client, provider):
    unknown = come_back(client, provider)
    make_account("sri", identity=SRI, is_active=False)

    inactive = come_back(client, provider)

    assert (inactive.status_code, visible(inactive)) == (403, visible(unknown))
    assert refusals()[1][0] == "sri"


def visible(response):
    return response.text.partition("<main")[2].partition("</main>")[0]


def test_an_empty_identity_opens_no_account_without_one(client, provider):
    make_account("sri")
    provider.identity = ""

    assert come_back(client, provider).status_code == 502


def test_an_e_mail_address_or_a_user_name_identifies_nobody(client, provider):
    make_account("sri", email="sri@magelangkota.go.id")
    provider.identity = "other"
    provider.claims = {
        "email": "sri@magelangkota.go.id",
        "email_verified": True,
        "preferred_username": "sri",
    }

    assert come_back(client, provider).status_code == 403


def test_an_identity_differs_by_its_case(client, provider, holder):
    provider.identity = SRI.upper()

    assert come_back(client, provider).status_code == 403


def test_an_account_that_is_deactivated_between_the_steps_gets_no_further(client, trusted, holder):
    account, _device = holder
    come_back(client, trusted)
    account.is_active = False
    account.save()

    assert not is_inside(client)


# Refused by the token


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another client"},
        {"aud": [CLIENT, "another client"], "azp": "another client"},
        {"azp": "another client"},
        {"iss": "https://evil.example"},
        {"nonce": "of another login"},
        {"exp": 1_700_000_000},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"sub": 7},
    ],
)
def test_a_token_for_something_else_is_refused(client, trusted, holder, claims):
    trusted.claims |= claims

    assert come_back(client, trusted).status_code == 502
    assert not is_inside(client)
    assert refusals()[0][2] == "the answer was not valid"


@pytest.mark.parametrize("missing", ["iss", "sub", "aud", "exp", "iat", "nonce"])
def test_a_token_without_a_needed_claim_is_refused(client, trusted, holder, missing):
    trusted.missing = (missing,)

    assert come_back(client, trusted).status_code == 502
    assert not is_inside(client)


def signed(claims, key, algorithm):
    return jwt.encode(claims, key, algorithm, {"kid": "first"})


def by_nobody(claims):
    return signed(claims, None, "none")


def by_another_key(claims):
    return signed(claims, private_key("of a stranger"), "RS256")


def by_the_client_secret(claims):
    return signed(claims, SECRET.ljust(32), "HS256")


def by_the_public_key_as_a_secret(claims):
    """PyJWT refuses to sign so; an attacker does not."""
    public = private_key("first").public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, body, _signature = signed(claims, SECRET.ljust(32), "HS256").split(".")
    signature = HMACAlgorithm(HMACAlgorithm.SHA256).sign(f"{head}.{body}".encode(), pem)
    return ".".join([head, body, urlsafe_b64encode(signature).decode().rstrip("=")])


def by_no_signature_at_all(claims):
    return "no token"


def by_no_algorithm(claims):
    _head, body, signature = signed(claims, private_key("first"), "RS256").split(".")
    return ".".join([urlsafe_b64encode(b'{"kid": "first"}').decode().rstrip("="), body, signature])


def by_a_number(claims):
    return 7


def by_the_right_key_for_other_words(claims):
    head, _body, signature = signed(claims, private_key("first"), "RS256").split(".")
    _head, body, _signature = signed(claims | {"sub": "boss"}, None, "none").split(".")
    return ".".join([head, body, signature])


@pytest.mark.parametrize(
    "sign",
    [
        by_nobody,
        by_another_key,
        by_the_client_secret,
        by_the_public_key_as_a_secret,
        by_the_right_key_for_other_words,
        by_no_signature_at_all,
        by_a_number,
        by_no_algorithm,
    ],
)
def test_a_token_with_another_signature_is_refused(client, trusted, holder, sign, caplog):
    address = begin(client)
    claims = {"iss": ISSUER, "sub": SRI, "aud": CLIENT, "exp": time() + 300, "iat": time()}
    trusted.token = sign(claims | {"nonce": asked_of(address)["nonce"], "amr": ["mfa"]})

    back = client.get(*trusted.log_in(address))

    assert back.status_code == 502
    assert not is_inside(client)
    assert "ID token" in caplog.text
    assert "eyJ" not in caplog.text


# Refused by the way back


def test_a_code_counts_once(client, trusted, holder):
    path, query = trusted.log_in(begin(client))
    client.get(path, query)
    other = Client()
    state = asked_of(begin(other))["state"]

    again, elsewhere = other.get(path, query), other.get(path, query | {"state": state})

    assert [again.status_code, elsewhere.status_code] == [400, 400]
    assert not is_inside(other)


def test_the_address_of_a_login_works_once(client, provider, holder):
    path, query = provider.log_in(begin(client))

    answers = [client.get(path, query).status_code for _ in range(2)]

    assert answers == [302, 400]


def test_a_stranger_cannot_log_somebody_else_in_as_themselves(client, trusted, holder):
    attacker = Client()
    path, query = trusted.log_in(begin(attacker))
    begin(client)

    assert client.get(path, query).status_code == 400
    assert not is_inside(client)
    assert refusals() == []


def test_the_return_of_a_login_that_nobody_began_ends_no_session(client, trusted, holder):
    come_back(client, trusted)

    answers = [
        client.get(RETURN, query).status_code
        for query in ({}, {"error": "access_denied"}, {"code": "x", "state": "y"})
    ]

    assert answers == [400] * 3
    assert is_inside(client)


def test_a_login_that_took_more_than_ten_minutes_is_refused(client, trusted, holder):
    path, query = trusted.log_in(begin(client))
    session = client.session
    session["oidc_states"][query["state"]]["added_on"] -= 601
    session.save()

    back = client.get(path, query)

    assert back.status_code == 400
    assert "more than ten minutes" in back.text


def test_a_browser_may_begin_several_logins(client, trusted, holder):
    first = begin(client, "?next=/admin/panduan/")
    begin(client)

    back = client.get(*trusted.log_in(first))

    assert back.headers["Location"] == "/admin/panduan/"


@pytest.mark.parametrize(
    ("answer", "status", "recorded"),
    [
        ({"error": "access_denied", "code": ""}, 403, 0),
        ({"error": "access_denied"}, 403, 0),
        ({"error": "temporarily_unavailable", "code": ""}, 503, 0),
        ({"error": "invalid_scope", "code": ""}, 502, 0),
        ({"code": ""}, 502, 0),
        ({"iss": "https://evil.example"}, 502, 1),
    ],
)
def test_another_answer_than_a_code_is_a_page_and_without_a_code_it_is_not_recorded(
    client, trusted, holder, answer, status, recorded
):
    back = come_back(client, trusted, **answer)

    assert back.status_code == status
    assert 'href="/admin/login/"' in back.text
    assert "/token" not in trusted.requests
    assert len(refusals()) == recorded
    assert not is_inside(client)


# The provider is down, slow or set wrongly


DOWN, SLOW = requests.ConnectionError("refused"), requests.ReadTimeout("5 s")
DISCOVERY = "/.well-known/openid-configuration"


@pytest.mark.parametrize("failure", [DOWN, SLOW])
def test_while_the_provider_is_down_the_link_says_so_and_the_password_works(
    client, provider, holder, failure
):
    provider.failure = {DISCOVERY: failure}

    page = client.get(START)
    give_password(client)
    give_code(client, code_of(holder[1]))

    assert page.status_code == 503
    assert page.headers["Retry-After"] == "30"
    assert "Wait a minute and try again" in page.text
    assert "tidak menjawab" in page.text
    assert is_inside(client)


@pytest.mark.parametrize("path", ["/token", "/keys"])
def test_a_provider_that_goes_down_during_a_login_is_a_page_too(client, provider, holder, path):
    provider.failure = {path: SLOW}

    assert come_back(client, provider).status_code == 503
    assert refusals() == [("", "", "the provider did not answer")]


def test_a_provider_that_is_down_is_asked_once_in_ten_seconds(client, provider, monkeypatch):
    provider.failure = {DISCOVERY: DOWN}

    for _ in range(5):
        client.get(START)
    assert provider.requests == [DISCOVERY]

    provider.failure = None
    monkeypatch.setattr(discovery, "monotonic", lambda: discovery.discovery.failed_at + 10)
    assert client.get(START).status_code == 302


def test_known_addresses_serve_on_while_the_discovery_is_down(client, provider, monkeypatch):
    begin(client)
    provider.failure = {DISCOVERY: DOWN}
    monkeypatch.setattr(discovery, "monotonic", lambda: discovery.discovery.fetched_at + 3601)

    assert client.get(START).status_code == 302


def test_a_slow_provider_holds_two_threads_and_no_more(client, provider):
    with discovery.turn(), discovery.turn():
        page = client.get(START)

    assert page.status_code == 503
    assert client.get(START).status_code == 302


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"issuer": f"{ISSUER}/"}, "PORTAL_OIDC_ISSUER must be the same, letter by letter"),
        ({"token_endpoint": "http://sso.example.go.id/token"}, "token_endpoint that begins with"),
        ({"jwks_uri": None}, "names no jwks_uri"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "names no authorization_endpoint"),
    ],
)
def test_a_wrong_discovery_document_is_refused_with_words_in_the_log_only(
    client, provider, caplog, document, words
):
    provider.document = document

    page = client.get(START)

    assert page.status_code == 503
    assert words in caplog.text
    assert words not in page.text


@pytest.mark.parametrize("published", [None, {}, ["first"]])
def test_keys_that_are_none_are_refused(client, trusted, holder, published):
    trusted.published = published

    assert come_back(client, trusted).status_code == 503


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (({"error": "invalid_client"}, 401), "refuses PORTAL_OIDC_CLIENT_ID"),
        (({"error": "strange"}, 400), "answered 400 without an ID token"),
        (({"access_token": "opaque"}, 200), "answered 200 without an ID token"),
    ],
)
def test_another_answer_than_a_token_tells_the_operator_what_to_change(
    client, provider, holder, caplog, monkeypatch, answer, words
):
    monkeypatch.setattr(requests, "post", lambda *args, **options: response(*answer))

    page = come_back(client, provider)

    assert page.status_code == 502
    assert words in caplog.text
    assert "opaque" not in caplog.text


def test_no_code_state_or_secret_is_logged(client, provider, caplog):
    caplog.set_level(logging.DEBUG)
    path, query = provider.log_in(begin(client))

    client.get(path, query)

    for secret in (query["code"], query["state"], SECRET, "eyJ", "opaque"):
        assert secret not in caplog.text


# Beside the password


def test_refused_logins_there_lock_no_password_out(client, provider, holder):
    account, device = holder
    account.identity = ""
    account.save()

    for _ in range(7):
        come_back(client, provider)
    give_password(client)
    give_code(client, code_of(device))

    assert is_inside(client)
    assert not Event.objects.filter(kind__in=["login-failed", "locked-out"]).exists()


def test_an_account_whose_password_was_taken_opens_through_the_provider_only(client, trusted):
    account, _device = make_holder("sri", identity=SRI)
    account.set_unusable_password()
    account.save()

    assert give_password(Client()).status_code == 200
    come_back(client, trusted)
    assert is_inside(client)


# The first factor of a new account


def test_a_new_account_sets_up_its_second_factor_after_the_provider(client, provider):
    make_account("sri", password=PASSWORD, identity=SRI)

    back = come_back(client, provider)
    page = client.get(back.headers["Location"], follow=True)

    assert page.redirect_chain[-1][0] == ENROL
    assert "<img" in page.text


def test_neither_an_old_password_nor_an_old_identity_sets_up_a_first_factor(client, provider):
    make_account("sri", password=PASSWORD, identity=SRI)
    long_ago = timezone.now() - timezone.timedelta(days=8)
    Account.objects.update(password_set_at=timezone.now(), identity_set_at=long_ago)
    come_back(client, provider)
    too_late = client.get(ENROL)

    account = Account.objects.get()
    account.identity = "new"
    account.save()
    provider.identity = "new"
    come_back(client, provider)

    assert "waited more than 7 days" in " ".join(too_late.text.split())
    assert "<img" in client.get(ENROL).text
    Account.objects.update(password_set_at=long_ago)
    give_password(other := Client())
    assert "Your password is too old" in other.get(ENROL).text


# Pages that ask again


@pytest.fixture
def administrator(client, trusted):
    """Logged in by the provider with its second factor, and without one here."""
    account = make_account("sri", "Administrator", identity=SRI)
    come_back(client, trusted)
    return account


def pass_ten_minutes(client):
    session = client.session
    session["proven"] -= 601
    session.save()


def test_an_account_form_asks_the_provider_again_after_ten_minutes(client, trusted, administrator):
    form = f"/admin/editorial/account/{make_account('budi').pk}/change/"
    is_open_at_first = client.get(form).status_code == 200
    pass_ten_minutes(client)

    away = client.get(form)
    asked = asked_of(client.get(away.headers["Location"]).headers["Location"])
    back = come_back(client, trusted, away.headers["Location"].partition("penyedia/")[2])

    assert is_open_at_first
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    assert back.headers["Location"] == form
    assert client.get(form).status_code == 200


@pytest.mark.parametrize("claims", [{"auth_time": 1_700_000_000}, {"auth_time": "now"}])
def test_an_old_login_at_the_provider_does_not_open_an_account_form(
    client, trusted, administrator, claims
):
    pass_ten_minutes(client)
    trusted.claims |= claims

    assert come_back(client, trusted, "?again=1").status_code == 403
    assert client.get("/admin/editorial/account/add/").status_code == 302


@pytest.mark.parametrize("claims", [{"auth_time": 1_700_000_000}, {"auth_time": None}])
def test_who_logged_in_at_the_provider_long_ago_logs_in_and_opens_no_account_form(
    client, trusted, claims
):
    make_account("sri", "Administrator", identity=SRI)
    trusted.claims |= claims

    come_back(client, trusted)
    away = client.get("/admin/editorial/account/add/")

    assert is_inside(client)
    assert (away.status_code, away.headers["Location"].partition("?")[0]) == (302, START)


@pytest.mark.parametrize("path", ["/admin/faktor-kedua/kode/", ENROL])
def test_no_page_proves_anything_without_the_provider(client, administrator, path):
    pass_ten_minutes(client)

    client.get(path, follow=False)
    client.post(path, {"code": "000000"})

    assert client.get("/admin/editorial/account/add/").status_code == 302


def test_an_account_form_that_was_open_too_long_is_sent_again_after_the_provider(
    client, trusted, administrator
):
    other = make_account("budi")
    path = f"/admin/editorial/account/{other.pk}/change/"
    base = client.get(path).context["adminform"].form.initial["base"]
    fields = {"language": "id", "first_name": "Budi", "is_active": "on", "base": base}
    pass_ten_minutes(client)
    page = client.post(path, fields)

    come_back(client, trusted, "?again=1")
    client.post(path, fields)

    assert '<input type="hidden" name="first_name" value="Budi">' in page.text
    assert f"{START}?again=1" in page.text
    other.refresh_from_db()
    assert other.first_name == "Budi"


# The identity in the account


def change(client, account, **fields):
    path = f"/admin/editorial/account/{account.pk}/change/"
    base = client.get(path).context["adminform"].form.initial["base"]
    return client.post(path, {"language": "id", "is_active": "on", "base": base} | fields)


def test_an_administrator_writes_the_identity_and_the_sessions_of_the_account_end(
    client, trusted, administrator
):
    budi = make_account("budi")
    theirs = Client()
    theirs.force_login(budi)

    change(client, budi, identity=" nip-7 ")

    budi.refresh_from_db()
    assert budi.identity == "nip-7"
    assert theirs.get(DESK).status_code == 302
    event = Event.objects.get(kind="identity")
    assert (event.actor, event.object, event.detail) == ("sri", "budi", "nip-7")


def test_two_accounts_cannot_have_one_identity(client, trusted, administrator):
    page = change(client, make_account("budi"), identity=SRI)

    assert page.status_code == 200
    assert "Another account has this identity" in page.text
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(username="budi").update(identity=SRI)


def test_the_form_has_no_identity_without_a_provider(client, settings):
    settings.SECOND_FACTOR = "off"
    client.force_login(make_account("rina", "Administrator"))
    budi = make_account("budi", identity="nip-7")

    page = client.get(f"/admin/editorial/account/{budi.pk}/change/")
    change(client, budi)

    assert "identity" not in page.context["adminform"].form.fields
    budi.refresh_from_db()
    assert budi.identity == "nip-7"


# Logging out


def test_logging_out_here_offers_to_log_out_there(client, trusted, holder):
    come_back(client, trusted)

    page = client.post("/admin/logout/")
    away = client.get(LEAVE).headers["Location"]

    assert not is_inside(client)
    assert f'href="{LEAVE}"' in page.text
    assert away.startswith(f"{ISSUER}/logout?")
    assert asked_of(away)["post_logout_redirect_uri"] == "http://testserver/admin/login/"


def test_logging_out_after_a_password_speaks_of_no_provider(client, provider, holder):
    give_password(client)
    give_code(client, code_of(holder[1]))

    assert LEAVE not in client.post("/admin/logout/").text


def test_a_provider_without_a_logout_leaves_the_browser_to_be_closed(client, trusted):
    trusted.document = {"end_session_endpoint": None}

    page = client.get(LEAVE)

    assert page.status_code == 404
    assert "Close all windows" in page.text
