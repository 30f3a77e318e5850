"""Several nodes on one database: all serve each publication, and losing one loses no reader."""

import re
import signal
import socket
import time
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from tests.support.people.editor import MAKE, PASSWORD
from tests.support.people.readers import Readers, answer
from tests.support.postgres import MISSING, PROGRAMS
from tests.support.servers import nginx
from tests.support.servers.cluster import cluster
from tests.support.servers.nodes import Node
from tests.support.servers.scripts import PUBLISH
from tests.support.waiting import wait_until

MISSION = "/id/visi/2016-2021/misi/1/"
WORDS = "Membangun kota bersama warga."


@pytest.fixture(scope="module")
def nodes():
    if PROGRAMS is None:
        pytest.skip(MISSING)
    if not nginx.IS_HERE:
        pytest.skip(nginx.MISSING)
    with cluster() as running:
        yield running


def test_all_nodes_serve_a_publication_and_none_the_old_text_after_the_new(nodes):
    addresses = [f"{place.address}{MISSION}" for place in (nodes, *nodes.nodes)]

    with Readers(addresses) as readers:
        nodes.nodes[0].manage("shell", "--verbosity=0", "--command", PUBLISH.format(words=WORDS))
        time.sleep(2)

    assert readers.failed() == []
    assert readers.flaps(WORDS) == 0
    assert {WORDS.encode() in answer(address)[1] for address in addresses} == {True}


def test_killing_a_node_under_load_loses_no_reader(nodes):
    lost = nodes.nodes[1]

    with Readers([f"{nodes.address}{MISSION}"], each=4) as readers:
        time.sleep(0.5)
        lost.stop(signal.SIGKILL)
        time.sleep(0.5)
        lost.start()
        time.sleep(0.5)

    assert len(readers.seen) > 100
    assert readers.failed() == []


def test_pages_stay_available_without_the_database_and_new_text_follows_its_return(nodes):
    address = f"{nodes.address}{MISSION}"
    answer(address)

    with Readers([address], each=4) as readers:
        nodes.postgres.stop()
        time.sleep(1)
        admin, sentence = answer(f"{nodes.nodes[0].address}/admin/login/")
        unknown, _ = answer(f"{nodes.address}/id/tidak-ada/")
        nodes.postgres.start()
        wait_until(lambda: answer(f"{nodes.nodes[0].address}/admin/login/")[0] == 200)

    assert readers.failed() == []
    assert (admin, unknown) == (503, 404)
    assert b"Basis data tidak menjawab." in sentence


def test_no_request_hangs_while_the_database_hangs(nodes):
    workers = [node.workers() for node in nodes.nodes]
    ready = [f"{node.address}/readyz" for node in nodes.nodes]  # queries the database each time

    with (
        Readers([f"{nodes.address}{MISSION}"], each=4) as readers,
        Readers(ready, each=4) as watchers,
    ):
        wait_until(lambda: len(readers.seen) >= 100)  # so that every worker has the page
        nodes.postgres.pause()
        wait_until(lambda: answer(f"{nodes.nodes[0].address}/admin/login/")[0] == 503)
        unknown, _ = answer(f"{nodes.address}/id/tidak-ada/")
        time.sleep(8)  # longer than any wait in a worker
        nodes.postgres.resume()
        wait_until(lambda: answer(f"{nodes.nodes[0].address}/admin/login/")[0] == 200)

    assert readers.failed() == []
    assert unknown == 404
    assert {seen.status for seen in watchers.seen} == {200, 503}
    assert [node.workers() for node in nodes.nodes] == workers


def test_no_request_waits_for_a_database_that_connects_but_never_answers(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        node = Node(
            tmp_path,
            {"PORTAL_DATABASE_URL": f"postgres://portal@127.0.0.1:{mute.getsockname()[1]}/portal"},
        )
        node.start()
        try:
            answers = [
                answer(f"{node.address}{path}")
                for path in ("/id/", "/admin/login/", "/readyz", "/livez")
            ]
        finally:
            node.stop()

    assert [status for status, _ in answers] == [503, 503, 503, 200]
    assert b"Basis data tidak menjawab." in answers[0][1]


def guess(address, password="a guess", number=0):
    """The status of a login with this password, by a client with an invented address."""
    browser = build_opener(HTTPCookieProcessor())
    page = browser.open(f"{address}/admin/login/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    fields = {"csrfmiddlewaretoken": token, "username": "sri", "password": password}
    headers = {"X-Forwarded-For": f"198.51.100.{number}", "Referer": f"{address}/admin/login/"}
    try:
        with browser.open(
            Request(f"{address}/admin/login/", urlencode(fields).encode(), headers)
        ) as response:
            return response.status
    except HTTPError as error:
        return error.code


def test_all_nodes_count_password_guesses_together_despite_invented_addresses(nodes):
    nodes.nodes[0].manage("shell", "--verbosity=0", "--command", MAKE)

    answers = [guess(nodes.address, number=number) for number in range(8)]

    assert answers == [200] * 4 + [429] * 4
    assert [guess(node.address, PASSWORD, 99) for node in nodes.nodes] == [
        200,
        200,
    ]  # without nginx it is another client
    assert guess(nodes.address, PASSWORD) == 429
