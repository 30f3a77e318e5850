"""Certificates of a throw-away authority, and a server that shows one of them."""

import datetime
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


class Authority:
    """Signs certificates; ``file`` is its own, which a client may trust.

    Instead, the authority ``above`` may sign its own, which ends at ``ends``; servers show it, too.
    """

    def __init__(self, folder, above=None, ends=100 * DAY):
        self.folder, self.file = Path(folder), Path(folder, "authority.pem")
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = named("Throw-away, in between" if above else "Throw-away")
        is_authority = x509.BasicConstraints(True, None)
        own = (above or self).signed(self.name, self.key, -90 * DAY, ends, is_authority)
        self.file.write_bytes(own)
        self.shown = own if above else b""

    def signed(self, name, key, begins, ends, extension):
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begins)
            .not_valid_after(now + ends)
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def certificate(self, *hosts, begins=-30 * DAY, ends=60 * DAY):
        """A file with the certificate and its key; ``begins`` and ``ends`` count from now."""
        key, names = (
            ec.generate_private_key(ec.SECP256R1()),
            x509.SubjectAlternativeName([name_of(host) for host in hosts]),
        )
        signed = self.signed(named(hosts[0]), key, begins, ends, names)
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path = self.folder / f"{hosts[0]}.pem"
        path.write_bytes(signed + self.shown + secret)
        return path


def named(words):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])


def name_of(host):
    with suppress(ValueError):
        return x509.IPAddress(ip_address(host))
    return x509.DNSName(host)


@contextmanager
def shown(certificate):
    """The port of 127.0.0.1 that shows the certificate and closes, until the block ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=answer, args=(listener, context), daemon=True).start()
        yield listener.getsockname()[1]


def answer(listener, context):
    with suppress(OSError):  # the listener is closed
        while True:
            plain, _address = listener.accept()
            with plain, suppress(OSError), context.wrap_socket(plain, server_side=True) as client:
                client.recv(1)
