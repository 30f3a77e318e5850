"""Make the portal's booklets, and open them."""

import io
import re
from dataclasses import replace

import pikepdf

from public.booklet.renditions import MAKERS

SITE = "https://visi.example.go.id"


def with_text(edition, **changes):
    """The edition with another text, as if that had been published."""
    edition.document = replace(edition.document, **changes)
    return edition


def made(edition, language="id", state="archived", rendition="booklet"):
    make, *_type = MAKERS[rendition]
    address = f"{SITE}/{language}/visi/2016-2021/edisi/2/"
    return make(edition, language, state=state, permalink=address, site_url=SITE)


def opened(edition, language="id", **options):
    return pikepdf.open(io.BytesIO(made(edition, language, **options)))


def languages_of_words(pdf):
    """The language of each piece of text that is not in the booklet's own."""
    contents = b"".join(page.Contents.read_bytes() for page in pdf.pages)
    return re.findall(rb"/Lang ?\((\w+)\)", contents)
