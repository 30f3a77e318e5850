"""A proxy and two nodes on other machines: the client's address and HTTPS arrive everywhere."""

import http.client
import re
from collections import Counter
from functools import partial
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.configuration import PRODUCTION
from tests.support.people.editor import MAKE, PASSWORD
from tests.support.servers import nginx
from tests.support.servers.machines import Unavailable, wired
from tests.support.servers.nodes import Node

EVENTS = """
from editorial.models import Event
print(*Event.objects.order_by("pk").values_list("kind", "address"))
"""


class Site:
    """A proxy, two nodes on one database, and two readers, each on a separate machine."""

    def __init__(self, folder, machines):
        self.proxy_machine, first, second, self.colleague, self.stranger = machines
        settings = PRODUCTION | {
            "PORTAL_SITE_URL": f"https://{self.proxy_machine.address}",
            "PORTAL_TRUSTED_PROXIES": f"{self.proxy_machine.address}, 2001:db8::/32",
            "PORTAL_DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite3'}",
            "PORTAL_STATIC_ROOT": str(folder / "static"),
            "PORTAL_WORKERS": "1",
        }
        self.nodes = [
            Node(
                folder / machine.name,
                settings | {"PORTAL_BIND": f"{machine.address}:8000"},
                port=8000,
                machine=machine,
            )
            for machine in (first, second)
        ]
        addresses = [f"{node.machine.address}:8000" for node in self.nodes]
        self.proxy = nginx.Proxy(
            folder / "nginx", addresses, folder / "copy", machine=self.proxy_machine
        )
        self.proxy.say_https()

    def start(self):
        self.nodes[0].prepare()
        self.nodes[0].manage("shell", "--verbosity=0", "--command", MAKE)
        for node in self.nodes:
            node.start()
        self.proxy.start()

    def stop(self):
        self.proxy.stop()
        for node in self.nodes:
            if node.process:
                node.stop()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    if not nginx.IS_HERE:
        pytest.skip(nginx.MISSING)
    try:
        with wired("proxy", "node-1", "node-2", "colleague", "stranger") as machines:
            running = Site(tmp_path_factory.mktemp("site"), machines)
            try:
                running.start()
                yield running
            finally:
                running.stop()
    except Unavailable as reason:
        pytest.skip(str(reason))


def asked(address, fields=None, **headers):
    """The status, headers and body of an answer; redirects are not followed."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    try:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        body = fields and urlencode(fields)
        target = f"{place.path}?{place.query}".rstrip("?")
        connection.request("POST" if fields else "GET", target, body, names)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def tried(address, password):
    """The status of a login by a browser that reached the proxy by HTTPS."""
    address += "/admin/login/"
    _, headers, page = asked(address)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    fields = {"csrfmiddlewaretoken": token, "username": "sri", "password": password}
    known = {
        "Cookie": headers["Set-Cookie"].partition(";")[0],
        "Referer": address.replace("http:", "https:"),
        "Content_Type": "application/x-www-form-urlencoded",
    }
    return asked(address, fields, **known)[0]


def test_pages_and_forms_of_both_nodes_answer_without_redirecting_to_themselves(site):
    for path in ("/id/", "/id/cari/?q=kota", "/admin/login/", "/livez"):
        statuses = {site.colleague.do(asked, f"{site.proxy.address}{path}")[0] for _ in range(6)}
        assert statuses == {200}, path


def test_a_node_ignores_proxy_headers_from_a_client_that_bypasses_the_proxy(site):
    node = site.nodes[0]
    claims = {"X_Forwarded_Proto": "https", "X_Forwarded_For": site.colleague.address}
    host = urlsplit(site.proxy.address).hostname

    for path in ("/id/", "/id/?x=1"):
        ask = partial(asked, f"{node.address}{path}", Host=host, **claims)
        status, headers, _ = site.stranger.do(ask)
        assert (status, headers["Location"]) == (301, f"https://{host}{path}")


def test_a_strangers_password_guesses_lock_out_no_colleague(site):
    address = site.proxy.address

    guesses = [site.stranger.do(tried, address, "a guess") for _ in range(6)]
    entered = site.colleague.do(tried, address, PASSWORD)

    assert guesses == [200] * 4 + [429] * 2
    assert entered == 302
    told = site.nodes[0].manage("shell", "--verbosity=0", "--command", EVENTS)
    assert Counter(re.findall(r"\('(\S+)', '(\S+)'\)", told)) == {
        ("login-failed", site.stranger.address): 5,
        ("locked-out", site.stranger.address): 1,
        ("password-right", site.colleague.address): 1,
    }
