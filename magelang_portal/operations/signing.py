"""``python -m magelang_portal.operations.signing``: signs the checkpoint of the portal.

A timer runs this as a user of its own, whose key the portal cannot read (docs/proof.md). It reads
the portal as strangers do, signs only what extends what it signed before, and asks a timestamp
service to date each edition. With ``make-key`` it makes the key.
"""

import os
import subprocess
import sys
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, Request, build_opener

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.exceptions import ImproperlyConfigured

from magelang_portal import environment
from public.formats import verify_chain
from public.formats.verify_chain import Finding, SameHost, Site

KEY, PUBLIC, NOTE = "private/key", "key.pub", "checkpoint"
NEEDS = "The signer needs PORTAL_{} in /etc/portal-sign.env: see docs/proof.md."
TYPE = "application/timestamp-query"


class Refused(Exception):
    """The signer does not sign, or has no key; the message says why and what to do."""


def main(arguments):
    try:
        run(arguments, *read_settings())
    except Finding as found:
        sys.exit(f"{found.said()} Nothing was signed.")
    except (ImproperlyConfigured, Refused, OSError) as error:
        sys.exit(str(error))


def read_settings():
    """The site's address, the folder, the timestamp service and its certificate."""
    site = environment.env_web_address("SITE_URL").rstrip("/")
    folder = environment.env_folder("PROOF_DIR")
    service = environment.env_web_address("TIMESTAMP_URL")
    certificate = environment.env_file("TIMESTAMP_CA")
    for name, value in {"SITE_URL": site, "PROOF_DIR": folder}.items():
        if not value:
            raise Refused(NEEDS.format(name))
    if not folder.is_dir():
        raise environment.refusal("PROOF_DIR", folder, "make the folder first.")
    if service and not certificate:
        raise Refused(NEEDS.format("TIMESTAMP_CA"))
    known = environment.READ_VARIABLES
    if unknown := [name for name in os.environ if name.startswith("PORTAL_") and name not in known]:
        raise Refused(f"{unknown[0]} is not a setting of the signer: correct it, or take it out.")
    return site, folder, service, certificate


def run(arguments, site, folder, service="", certificate=None):
    if arguments == ["make-key"]:
        print(make_key(folder, f"{urlsplit(site).netloc}/editions"))
    elif arguments:
        raise Refused("Write make-key, or nothing to sign.")
    else:
        heads = verify_chain.with_second_look(sign, Site(site), folder)
        if service:
            for head in heads:
                stamp(head, folder, service, certificate)


# The key


def make_key(folder, name):
    """Make the key once. Returns the public key, as strangers get it."""
    path = folder / KEY
    if path.exists():
        raise Refused(f"There is a key already: {path}. Strangers know it, so it stays.")
    key = Ed25519PrivateKey.generate()
    path.parent.mkdir(mode=0o700, exist_ok=True)
    put(path, key.private_bytes_raw(), mode=0o600)
    public = verify_chain.written_key(name, key.public_key().public_bytes_raw())
    put(folder / PUBLIC, f"{public}\n".encode())
    return public


def own_key(folder):
    """The name of the key, and the key."""
    try:
        key = Ed25519PrivateKey.from_private_bytes((folder / KEY).read_bytes())
        name, public = verify_chain.read_key((folder / PUBLIC).read_text().strip())
    except (OSError, ValueError, Finding) as error:
        raise Refused(f"There is no key in {folder}: make one with make-key.") from error
    if public != key.public_key().public_bytes_raw():
        raise Refused(f"{folder / PUBLIC} is not of {folder / KEY}: restore both from a backup.")
    return name, key


# The checkpoint


def sign(site, folder):
    """Sign the checkpoint unless this key has signed it. Returns the heads. Raises ``Finding``."""
    name, key = own_key(folder)
    body = verify_chain.text_at(site, verify_chain.BODY)
    if body is None:
        raise Finding("unreachable", what=verify_chain.BODY, why="404")
    origin, heads = verify_chain.read_body(body)
    if origin != name:
        raise Finding("other-site", before=name, now=origin)
    before, now = signed_before(folder), note(body, name, key)
    verify_chain.check_extends(heads_of(before), heads)
    if now != before:
        verify_chain.check_files(site, heads)
        put(folder / NOTE, now.encode())
    return heads


def signed_before(folder):
    try:
        return (folder / NOTE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def heads_of(note):
    return verify_chain.read_body(verify_chain.read_note(note)[0])[1] if note else []


def note(body, name, key):
    """The checkpoint with its signature (c2sp.org/signed-note)."""
    identity = verify_chain.key_id(name, key.public_key().public_bytes_raw())
    signature = verify_chain.base64.b64encode(identity + key.sign(body.encode())).decode()
    return f"{body}\n\N{EM DASH} {name} {signature}\n"


# Timestamps (RFC 3161)


def stamp(head, folder, service, certificate):
    """Keep the service's word on when it saw the edition's hash, once."""
    period, number, sha256 = head.split()
    path = folder / f"{period}-{number}.tsr"
    if path.exists():
        return
    with TemporaryDirectory() as temporary:
        query, reply = Path(temporary, "query"), Path(temporary, "reply")
        openssl("-query", "-sha256", "-digest", sha256, "-cert", "-out", query)
        reply.write_bytes(answer(service, query.read_bytes()))
        openssl("-verify", "-queryfile", query, "-in", reply, "-CAfile", certificate)
        put(path, reply.read_bytes())


def answer(service, query):
    request = Request(service, query, {"Content-Type": TYPE}, method="POST")
    opener = build_opener(SameHost, HTTPHandler, HTTPSHandler)
    try:
        with opener.open(request, timeout=verify_chain.LONGEST) as answered:
            return verify_chain.read_all(answered)
    except (OSError, HTTPException, ValueError) as error:
        raise Refused(f"The timestamp service {service} does not answer ({error}).") from error


def openssl(*arguments):
    asked = subprocess.run(["openssl", "ts", *arguments], capture_output=True, text=True)
    if asked.returncode:
        raise Refused(
            "The answer of the timestamp service is not right: compare PORTAL_TIMESTAMP_CA with "
            f"its certificate. openssl says: {asked.stderr.strip()[-300:]}"
        )


def put(path, content, mode=0o644):
    """Write the file in one step; a power cut leaves the old one or the new one."""
    fresh = path.with_name(f".{path.name}.part")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    fresh.replace(path)


if __name__ == "__main__":
    main(sys.argv[1:])
