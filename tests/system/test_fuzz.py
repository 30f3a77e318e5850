"""Thousands of random requests, to every address in every role: none is answered by a 500.

The seed is printed. ``FUZZ_SEED=1 make test ARGS="-k fuzz"`` repeats a run;
``FUZZ_REQUESTS=20000`` makes it longer.
"""

import os
from collections import Counter
from dataclasses import dataclass
from http.cookies import SimpleCookie
from random import Random, SystemRandom
from urllib.parse import quote, urlencode

import lxml.html
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from tests.support.addresses import admin_addresses, filled, make_rows, public_addresses
from tests.support.people.desk import cookies_of

SEED = int(os.environ.get("FUZZ_SEED") or SystemRandom().randrange(2**32))
REQUESTS = int(os.environ.get("FUZZ_REQUESTS") or 2000)
PEOPLE = [
    "superuser",
    "superuser",
    "Editor",
    "Translator",
    "Publisher",
    "Administrator",
    "no role",
    "stranger",
]
METHODS = ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"]
TEXTS = [
    "",
    " ",
    "\0",
    "0",
    "-1",
    "1",
    "2",
    "1e9",
    "0x10",
    "٣",
    "9" * 20,
    "9" * 400,
    "abc",
    "None",
    "true",
    "[]",
    "{}",
    "a" * 3000,
    "é" * 400,
    "😀",
    "\u202e\u2066",
    "\ufeff",
    "\x0b\x1b",
    "pemba\u00ad ngunan",
    "\u0301",
    "lıma ſatu",
    "\r\nSet-Cookie: x=1",
    "../../etc/passwd",
    "..\\..",
    "//evil.example/",
    "javascript:alert(1)",
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "' OR 1=1 --",
    "%",
    "%%00",
    "{{ 7|add:7 }}{% debug %}",
    "((((",
    "(a+)+$",
    "2016-2021",
    "9999-12-31",
    "0000-00-00",
    "2026-02-30T25:61",
    "1,2,3",
    "-3.-1.99",
    "a:b:c",
    ":::",
    "u1",
    "u1-p1",
    "m1",
    "e" * 100 + ":" + "f" * 100,
]
NAMES = """
p o q e all page before after next row ask did only state kind person age element part period to
text _popup _to_field _changelist_filters _facets _save _continue _addanother _saveasnew action
index _selected_action select_across do confirm post token base seen language working_copy when
plan password__startswith user__password__regex statement_ind__regex name_ind__iregex id__exact
id__in when__year when__gte vision__id__exact element__vision__id__exact field_name app_label
model_name term action_time__year vision__isnull pk groups__id__exact is_active__exact
editions__sha256__regex
"""
HEADERS = {
    "accept-encoding": ["br;q=x", "gzip;q=1;q=0", ",", "*;q=0", "br" * 2000, "\x00", "é"],
    "accept-language": ["en-" * 3000, ",".join(["en;q=0." + "0" * 7000]), "*" * 4000, "\x00"],
    "cookie": [
        "sessionid=../../x",
        "sessionid=" + "a" * 4000,
        "csrftoken=\x01; =;;",
        "django_language=<script>",
    ],
    "if-none-match": ["*", '"', "W/", '"a", "b', "é"],
    "if-modified-since": ["yesterday", "Thu, 01 Jan 99999 00:00:00 GMT", "0"],
    "if-match": ["*", '"x"'],
    "range": ["bytes=0-", "bytes=-1-2", "bytes=" + "0-1," * 500, "lines=1"],
    "referer": ["//evil", "http://[", "\x00"],
    "origin": ["null", "http://[::1", "https://evil.example"],
    "host": [
        "evil.example",
        "localhost@evil",
        "127.0.0.1:99999999",
        "[::1",
        "\x00",
        "testserver:80:80",
        "",
    ],
    "x-forwarded-proto": ["https", "https,http", "\x00"],
    "x-forwarded-for": ["1.2.3.4", "'", "::1, 2" * 100],
    "x-http-method-override": ["DELETE"],
    "content-length": ["-1", "x", "99999999999"],
}
TYPES = [
    "application/json",
    "text/xml",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "x",
    "text/plain; charset=x",
]
BODIES = [b"", b"\0\xff", b"--x", b"a=b&" * 2000, b"{", b"%ff=%00&%zz"]
FILE_BODIES = [
    b"",
    b"\0",
    b"PK\x03\x04",
    b"<?xml version='1.0'?><xliff/>",
    b"key;x\r\n",
    b"\xff\xfe",
    b"<!DOCTYPE x>" * 9,
]


@dataclass
class Asked:
    """One request; its representation can send it again."""

    person: str
    method: str
    path: str
    data: object = b""
    content_type: str | None = None
    headers: dict | None = None

    def sent_by(self, client):
        arguments = {"headers": self.headers or {}}
        if self.method == "GET":
            return client.get(self.path, **arguments)
        if isinstance(self.data, dict):
            return client.post(self.path, self.data, **arguments)
        kind = self.content_type or "application/x-www-form-urlencoded"
        return client.generic(self.method, self.path, self.data, content_type=kind, **arguments)


class Fuzzer:
    """Makes requests by changing those that the portal's pages send."""

    def __init__(self, random, public, editorial, forms):
        self.random, self.public, self.editorial, self.forms = random, public, editorial, forms

    def request(self):
        return self.random.choice(
            [self.read, self.read, self.read, self.search, self.send, self.send, self.misuse]
        )()

    def person(self):
        return self.random.choice(PEOPLE)

    def text(self):
        text = self.random.choice(TEXTS)
        return text + self.random.choice(TEXTS) if self.random.random() < 0.2 else text

    def path(self):
        """An address, usually with one part replaced."""
        path = self.random.choice(self.random.choice([self.public, self.editorial]))
        parts = path.split("/")
        if self.random.random() < 0.6:
            raw = self.random.choice(
                [
                    "%00",
                    "%ff%fe",
                    "%c0%af",
                    "%0d%0ax:y",
                    "..",
                    "%2e%2e",
                    "%5c",
                    "//",
                    quote(self.text()[:500]),
                ]
            )
            parts[self.random.randrange(1, len(parts))] = raw
        return "/".join(parts) or "/"

    def query(self):
        names = self.random.choices(NAMES.split(), k=self.random.randrange(1, 4))
        return urlencode([(name, self.text()) for name in names])

    def some_headers(self):
        names = self.random.sample(sorted(HEADERS), self.random.choice([0, 0, 1, 3]))
        return {name: self.random.choice(HEADERS[name]) for name in names}

    def read(self):
        path = self.path() + (f"?{self.query()}" if self.random.random() < 0.6 else "")
        return Asked(self.person(), "GET", path, headers=self.some_headers())

    def search(self):
        words = " ".join(
            self.random.choice([self.text(), "kota", "jasa", "services"]) for _ in range(3)
        )
        page = self.random.choice(
            ["/id/cari/", "/en/search/", "/admin/vision/point/", "/admin/editorial/revision/"]
        )
        return Asked(
            "superuser",
            "GET",
            f"{page}?{urlencode({'q': words, 'page': self.text(), 'p': self.text()})}",
        )

    def send(self):
        """A form of a page, with other values in some of its fields."""
        path = self.random.choice(sorted(self.forms))
        fields, files = self.random.choice(self.forms[path])
        data = dict(fields)
        for name in self.random.sample(
            sorted(data), min(len(data), self.random.choice([1, 1, 2, 5]))
        ):
            data[name] = self.text()
        if data and self.random.random() < 0.2:
            del data[self.random.choice(sorted(data))]
        if self.random.random() < 0.3:
            data[self.random.choice(NAMES.split())] = self.text()
        for name in files:
            data[name] = SimpleUploadedFile(self.text() or "x", self.random.choice(FILE_BODIES))
        path += f"?{self.query()}" if self.random.random() < 0.2 else ""
        return Asked(
            "superuser" if self.random.random() < 0.8 else self.person(), "POST", path, data
        )

    def misuse(self):
        """Other methods, and bodies that are not forms."""
        method = self.random.choice([*METHODS, "POST", "POST"])
        body, kind = self.random.choice(BODIES), self.random.choice(TYPES)
        return Asked(self.person(), method, self.path(), body, kind, self.some_headers())


def forms_of(client, paths):
    """The forms of the pages at the paths, by path: fields with values, and names of files."""
    found = {}
    for path in paths:
        text = client.get(path).content
        page = lxml.html.fromstring(text) if text.startswith(b"<!") else None
        for form in [] if page is None else page.forms:
            fields = {key: value or "" for key, value in form.form_values()}
            fields |= {
                button.get("name"): button.get("value") or ""
                for button in form.xpath(".//button[@name]")[:1]
            }
            files = [field.get("name") for field in form.xpath(".//input[@type='file']")]
            if (
                form.method == "POST"
                and (form.action or path).startswith("/")
                and "logout" not in (form.action or "")
            ):
                found.setdefault((form.action or path).split("#")[0], []).append((fields, files))
    return found


@pytest.mark.django_db
def test_no_random_request_gets_a_server_error(portal, capsys):
    keys = make_rows(portal)
    cookies = {person: cookies_of(person) for person in dict.fromkeys(PEOPLE)}
    editorial = [filled(route, keys) for route in admin_addresses() if "logout" not in route]
    superuser = Client()
    superuser.cookies = SimpleCookie(cookies["superuser"].output(header="", sep=";"))
    forms = forms_of(superuser, editorial) | forms_of(Client(), ["/admin/login/"])
    fuzzer = Fuzzer(Random(SEED), public_addresses(), editorial, forms)
    faults, statuses = [], Counter()

    for _ in range(REQUESTS):
        asked, client = fuzzer.request(), Client()
        client.cookies = SimpleCookie(cookies[asked.person].output(header="", sep=";"))
        with transaction.atomic():
            try:
                response = asked.sent_by(client)
                statuses[response.status_code] += 1
                if response.status_code >= 500:
                    faults.append((response.status_code, asked))
            except Exception as error:
                faults.append((repr(error), asked))
            transaction.set_rollback(True)

    with capsys.disabled():
        print(
            f"\nFUZZ_SEED={SEED}: {sum(statuses.values())} requests, "
            f"{dict(sorted(statuses.items()))}"
        )
    assert not faults, "\n".join(f"{error}: {asked}" for error, asked in faults)
    assert {200, 302, 400, 403, 404, 405} <= set(statuses)
    assert len(fuzzer.forms) > 15
