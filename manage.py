#!/usr/bin/env python
import logging
import os
import sys

from django.core.management import execute_from_command_line

from magelang_portal import ways_out


def main(arguments):
    """Run a command. What fails around the portal is one sentence for the operator; ``--traceback`` shows all."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "magelang_portal.settings")
    logging.getLogger("psycopg.pool").addFilter(
        lambda record: False
    )  # the sentence says it, and once
    try:
        execute_from_command_line(arguments)
    except Exception as error:
        sentence = None if "--traceback" in arguments else ways_out.of(error)
        if not sentence:
            raise
        sys.exit(sentence)


if __name__ == "__main__":
    main(sys.argv)
