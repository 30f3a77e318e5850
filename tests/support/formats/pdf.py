"""The text of a PDF, read by the programs of poppler."""

import re
import shutil
import subprocess

import pytest

from tests.support.words import squeezed


def poppler(program, *options, pdf):
    if not shutil.which(program):
        pytest.skip(f"no {program} here: apt-get install poppler-utils")
    return subprocess.run(
        [program, *options], input=pdf, capture_output=True, check=True
    ).stdout.decode()


def spoken(pdf):
    """The text in the tags, which a screen reader reads, in order and without white space."""
    tags = poppler("pdfinfo", "-struct-text", "-", pdf=pdf)
    return squeezed("".join(re.findall(r'^ +"(.*)"$', tags, re.MULTILINE)))


def written(pdf):
    """The text on the pages, without white space."""
    return squeezed(poppler("pdftotext", "-", "-", pdf=pdf))
