"""The log that a portal in production writes."""

import json
import sys

from tests.support.configuration import PRODUCTION
from tests.support.servers.commands import run

GUNICORN = """
import logging
from gunicorn.config import Config
from gunicorn.glogging import Logger
logger = Logger(Config())
import magelang_portal.wsgi
logger.warning("Worker %s was\\nkilled", 7)
logging.getLogger("axes.handlers").warning("what a client calls itself")
logging.getLogger("django.request").error("it broke")
"""


def test_in_production_every_line_of_the_log_is_json(tmp_path):
    ended = run(
        sys.executable,
        "-c",
        GUNICORN,
        PORTAL_DATA_DIR=str(tmp_path),
        PORTAL_STATIC_ROOT=str(tmp_path),
        **PRODUCTION,
    )

    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [(line["logger"], line["message"]) for line in lines] == [
        ("gunicorn.error", "Worker 7 was\nkilled"),
        ("django.request", "it broke"),
    ]
