"""Call WSGI applications without a server and without Django's test client."""

import io
from urllib.parse import unquote

from django.core.handlers.wsgi import WSGIHandler

HOST = "127.0.0.1"
OF_ONE_REQUEST = ("Expires", "X-Request-ID")
MISSION = "/id/visi/2016-2021/misi/1/"


class Asked:
    """One answer of a WSGI application."""

    def __init__(self, application, path, method="GET", query="", host=HOST, **headers):
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": HOST,
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": headers.get(
                "x_forwarded_proto", "http"
            ),  # as from gunicorn behind a trusted proxy
            "wsgi.input": io.BytesIO(),
            "HTTP_HOST": host,
        } | {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        body = application(environ, self.start)
        self.body = b"".join(body)
        getattr(body, "close", lambda: None)()

    def start(self, status, headers, exc_info=None):
        kept = (header for header in headers if header[0] not in OF_ONE_REQUEST)
        self.status, self.headers = int(status[:3]), sorted((name, value) for name, value in kept)

    @property
    def all(self):
        return self.status, self.headers, self.body

    def __getitem__(self, name):
        return dict(self.headers).get(name)

    @property
    def text(self):
        return self.body.decode()


class Django:
    """Django, with a count of its requests."""

    def __init__(self):
        self.answer, self.paths = WSGIHandler(), []

    def __call__(self, environ, start_response):
        self.paths.append(environ["PATH_INFO"])
        return self.answer(environ, start_response)


def read_anew(front, path=MISSION):
    """The page after the last answer of the database has become too old."""
    front.watch._ask_at = front.watch._valid_until = 0
    return Asked(front, path)
