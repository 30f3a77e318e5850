"""What stands in a PDF, as the programs of poppler read it."""

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
    """What a screen reader says, in order and without white space: the text in the tags."""
    tags = poppler("pdfinfo", "-struct-text", "-", pdf=pdf)
    return squeezed("".join(re.findall(r'^ +"(.*)"$', tags, re.MULTILINE)))


def written(pdf):
    """What stands on the pages, without white space."""
    return squeezed(poppler("pdftotext", "-", "-", pdf=pdf))
