"""Several nodes on one database: what one publishes all answer, and losing one loses no reader."""

import signal
import time

import pytest

from tests.cluster import cluster
from tests.postgres import MISSING, PROGRAMS
from tests.readers import Readers, answer

MISSION = "/id/visi/2016-2021/misi/1/"
WORDS = "Membangun kota bersama warga."
PUBLISH = f"""
from editions.document import Text
from editions.publishing import publish
from missions.models import Mission
from vision.models import Vision
Mission.objects.filter(number=1).update(statement_ind="{WORDS}", statement_en="To build the city with its people.")
publish(Vision.objects.get(), note=Text("Perbaikan", "Correction"), publisher="Sri")
"""


@pytest.fixture(scope="module")
def nodes():
    if PROGRAMS is None:
        pytest.skip(MISSING)
    with cluster() as running:
        yield running


def test_what_one_node_publishes_all_answer_and_never_the_old_text_after_the_new(nodes):
    addresses = [f"{place.address}{MISSION}" for place in (nodes, *nodes.nodes)]

    with Readers(addresses) as readers:
        nodes.nodes[0].manage("shell", "--verbosity=0", "--command", PUBLISH)
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


def test_while_the_database_is_stopped_pages_go_on_and_afterwards_new_text_is_read(nodes):
    address = f"{nodes.address}{MISSION}"
    answer(address)

    with Readers([address], each=4) as readers:
        nodes.postgres.stop()
        time.sleep(1)
        admin, sentence = answer(f"{nodes.address}/admin/login/")
        unknown, _ = answer(f"{nodes.address}/id/tidak-ada/")
        nodes.postgres.start()
        wait_until(lambda: answer(f"{nodes.address}/admin/login/")[0] == 200)

    assert readers.failed() == []
    assert (admin, unknown) == (503, 404)
    assert b"Basis data tidak menjawab." in sentence


def wait_until(is_so):
    for _attempt in range(100):
        if is_so():
            return
        time.sleep(0.1)
    pytest.fail("it did not come to pass in 10 seconds")
