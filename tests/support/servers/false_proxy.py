"""A proxy with TLS that can do wrong what a proxy may do wrong."""

import http.client
import ssl
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """``server.fault`` names what it does wrong, if anything; ``server.kept`` is its cache."""

    def do_GET(self):
        if self.path in self.server.kept:
            return self.send(*self.server.kept[self.path])
        status, headers, body = self.server.answer or self.fetch()
        if self.server.fault == "caches":
            self.server.kept[self.path] = status, headers, body
        return self.send(status, headers, body)

    def fetch(self):
        with closing(http.client.HTTPConnection(*self.server.behind, timeout=20)) as connection:
            connection.request("GET", self.path, headers=self.passed_on())
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()

    def passed_on(self):
        headers = {name: value for name, value in self.headers.items() if name != "Connection"}
        fault = self.server.fault
        for name, value in {
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": self.client_address[0],
        }.items():
            if fault != f"passes on {name}":
                headers.pop(name, None)
            if fault not in (f"passes on {name}", f"forgets {name}"):
                headers[name] = value
        if fault == "forgets Host":
            headers["Host"] = f"{self.server.behind[0]}:{self.server.behind[1]}"
        return headers

    def send(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers:
            if self.server.fault != f"hides {name}" and name not in (
                "Connection",
                "Transfer-Encoding",
            ):
                self.send_header(name, value)
        if self.server.fault == "sets a cookie":
            self.send_header("Set-Cookie", "node=1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@contextmanager
def proxy(behind, certificate=None, fault="", answer=None):
    """Its port, in front of the server at ``behind``, a host and port; or with a fixed answer."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.behind, server.fault, server.answer, server.kept = behind, fault, answer, {}
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
