"""A receiver of webhooks for tests."""

import json
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """Keeps what it got, as pairs of headers and body; ``status`` is what it answers."""

    def __init__(self):
        self.got, self.status, self.location, self.before = [], 204, "", lambda: None

    @property
    def messages(self):
        return [json.loads(body) for _headers, body in self.got]

    def events(self):
        return [(message["alarm"], message["event"]) for message in self.messages]

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.before()
        if self.status == 204:
            self.got.append((handler.headers, body))
        handler.send_response(self.status)
        if self.location:
            handler.send_header("Location", self.location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()


@contextmanager
def receiver(certificate=None):
    """(Receiver, port) until the block ends; it speaks HTTPS with a file of ``tls.Authority``."""
    kept = Receiver()
    methods = {
        "do_POST": lambda handler: kept.take(handler),
        "log_message": lambda *words: None,
    }
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Handler", (BaseHTTPRequestHandler,), methods)
    )
    server.daemon_threads = True
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield kept, server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
