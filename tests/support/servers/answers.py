"""Answers to a reader, with their headers, as a server sent them."""

import gzip
import http.client
import re
from urllib.parse import urlsplit

import brotli

DECODE = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}


class Answer:
    def __init__(self, address, path="/", method="GET", body=None, **headers):
        parts = urlsplit(address)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, names)
            response = connection.getresponse()
            self.status, self.headers, self.content = (
                response.status,
                response.headers,
                response.read(),
            )
        finally:
            connection.close()

    @property
    def body(self):
        return DECODE[self.headers["Content-Encoding"]](self.content)


def sitemap_of(address):
    """The paths in the sitemap of the site."""
    return [
        urlsplit(found).path
        for found in re.findall("<loc>(.*?)</loc>", Answer(address, "/sitemap.xml").body.decode())
    ]
