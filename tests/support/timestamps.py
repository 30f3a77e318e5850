"""A timestamp authority (RFC 3161) for tests, made with openssl."""

import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

POLICY = """
[tsa]
serial = {folder}/serial
signer_cert = {folder}/certificate.pem
signer_key = {folder}/key.pem
certs = {folder}/certificate.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
"""


class Authority(BaseHTTPRequestHandler):
    """Answers a query with the time of the machine; ``server.spoilt`` answers another body."""

    def do_POST(self):
        folder, body = self.server.folder, self.server.spoilt
        self.server.asked += 1
        (folder / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
        if body is None:
            openssl("ts", "-reply", "-config", folder / "tsa.cnf", "-section", "tsa",
                    "-queryfile", folder / "query", "-out", folder / "reply")  # fmt: skip
            body = (folder / "reply").read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@contextmanager
def authority(folder):
    """A server with ``address``, ``certificate`` and the number of times it was ``asked``."""
    folder.mkdir()
    (folder / "tsa.cnf").write_text(POLICY.format(folder=folder))
    (folder / "serial").write_text("01\n")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Time",
            "-addext", "extendedKeyUsage=critical,timeStamping",
            "-keyout", folder / "key.pem", "-out", folder / "certificate.pem")  # fmt: skip
    with HTTPServer(("127.0.0.1", 0), Authority) as server:
        server.folder, server.spoilt, server.asked = folder, None, 0
        server.address = f"http://127.0.0.1:{server.server_port}/"
        server.certificate = folder / "certificate.pem"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
