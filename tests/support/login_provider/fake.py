"""An OpenID Connect provider inside the test: it answers the portal's requests without a network.

A test changes its attributes to make it answer wrongly.
"""

import json
from base64 import urlsafe_b64encode
from functools import cache
from hashlib import sha256
from time import time
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from editorial.accounts.provider import discovery

ISSUER = "https://sso.example.go.id/realms/kota"
CLIENT, SECRET = "portal visi", "rahasia/dan:panjang"
START, RETURN = "/admin/login/penyedia/", "/admin/login/penyedia/kembali/"
SRI = "f3a1c2d4-sri"  # her identity there


@cache
def private_key(name, kind="RSA"):
    if kind == "EC":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_key(name, kind="RSA"):
    algorithm = ECAlgorithm if kind == "EC" else RSAAlgorithm
    key = json.loads(algorithm.to_jwk(private_key(name, kind).public_key()))
    return key | {"kid": name, "use": "sig"}


class FakeProvider:
    def __init__(self):
        self.identity, self.claims, self.missing = SRI, {}, ()
        self.kid, self.kind, self.algorithm = "first", "RSA", "RS256"
        self.published = [public_key("first")]
        self.document, self.failure, self.token = {}, None, None
        self.codes, self.requests = {}, []

    # What a browser does there

    def log_in(self, address, **answer):
        """The address that the browser is sent back to, with a code."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        query = {"code": code, "state": asked["state"], "iss": ISSUER} | answer
        return asked["redirect_uri"], {name: value for name, value in query.items() if value}

    # What the portal asks

    def get(self, address, **options):
        path = urlsplit(address).path.removeprefix("/realms/kota")
        self.requests.append(path)
        self._fail(path, options)
        if path == "/.well-known/openid-configuration":
            return answer(self.discovery() | self.document)
        assert path == "/keys", address
        return answer({"keys": self.published})

    def post(self, address, data, *, auth, **options):
        path = urlsplit(address).path.removeprefix("/realms/kota")
        self.requests.append(path)
        self._fail(path, options)
        assert (path, auth.username, auth.password) == (
            "/token",
            "portal%20visi",
            "rahasia%2Fdan%3Apanjang",
        )
        asked = self.codes.pop(data["code"], None)
        if asked is None or not self._is_proof(asked, data):
            return answer({"error": "invalid_grant"}, 400)
        return answer({"access_token": "opaque", "id_token": self.token or self.id_token(asked)})

    def _is_proof(self, asked, data):
        digest = sha256(data["code_verifier"].encode()).digest()
        challenge = urlsafe_b64encode(digest).decode().rstrip("=")
        return (
            asked["code_challenge_method"] == "S256"
            and challenge == asked["code_challenge"]
            and data["redirect_uri"] == asked["redirect_uri"]
        )

    def _fail(self, path, options):
        assert options["timeout"] <= 5
        if self.failure and path in self.failure:
            raise self.failure[path]

    def discovery(self):
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "end_session_endpoint": f"{ISSUER}/logout",
        }

    def id_token(self, asked):
        claims = {
            "iss": ISSUER,
            "sub": self.identity,
            "aud": CLIENT,
            "exp": time() + 300,
            "iat": time(),
            "auth_time": int(time()),
            "nonce": asked["nonce"],
        } | self.claims
        claims = {name: value for name, value in claims.items() if name not in self.missing}
        key = private_key(self.kid, self.kind)
        return jwt.encode(claims, key, self.algorithm, {"kid": self.kid})


def answer(document, status=200):
    response = requests.Response()
    response.status_code, response._content = status, json.dumps(document).encode()
    return response


def install(monkeypatch, settings, **options):
    """Single sign-on at a fresh fake provider, with these settings."""
    provider = FakeProvider()
    monkeypatch.setattr(requests, "get", provider.get)
    monkeypatch.setattr(requests, "post", provider.post)
    forget()
    defaults = {
        "ISSUER": ISSUER,
        "NAME": "SSO Kota",
        "RP_CLIENT_ID": CLIENT,
        "RP_CLIENT_SECRET": SECRET,
    }
    for name, value in (defaults | options).items():
        setattr(settings, f"OIDC_{name}", value)
    return provider


def forget():
    for remembered in (discovery.discovery, discovery.keys):
        remembered.forget()


def begin(client, query=""):
    """The address of the provider that the link of the login page leads to."""
    response = client.get(START + query)
    assert response.status_code == 302, response.text
    return response.headers["Location"]


def asked_of(address):
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def come_back(client, provider, query="", **answer):
    """The portal's answer after a login at the provider."""
    return client.get(*provider.log_in(begin(client, query), **answer))
