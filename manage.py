#!/usr/bin/env python
import logging
import os
import sys

from django.core.management import execute_from_command_line

from magelang_portal import VERSION, operator_errors


def main(arguments):
    """Run a command. A failure outside the code prints one sentence; ``--traceback`` shows all."""
    if arguments[1:] == ["--version"]:  # Django would print its own
        return print(VERSION)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "magelang_portal.settings")
    # The pool would log each attempt to connect before the sentence.
    logging.getLogger("psycopg.pool").addFilter(lambda record: False)
    try:
        return execute_from_command_line(arguments)
    except Exception as error:
        sentence = None if "--traceback" in arguments else operator_errors.sentence_for(error)
        if not sentence:
            raise
        sys.exit(sentence)


if __name__ == "__main__":
    main(sys.argv)
