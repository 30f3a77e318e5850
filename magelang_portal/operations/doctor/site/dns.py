"""Does the name of the site lead somewhere, and does each address answer?"""

import errno
import socket
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

from django.core.checks import Error, Warning

from magelang_portal.operations.doctor.site.certificate import place_of_site

SECONDS = 3  # for a connection
NO_WAY = (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
FAMILIES = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}


def look(answer):
    host, port = place_of_site()
    if is_address(host):
        return answer.could_not_ask("PORTAL_SITE_URL has an address instead of a name")
    try:
        found = addresses(host, port)
    except socket.gaierror as error:
        yield Error(
            f"The name {host} is unknown: {error.strerror}.",
            hint="Let whoever manages the city's domain add an A record, and an AAAA record for "
            "IPv6; or correct PORTAL_SITE_URL. getent hosts shows what this machine knows.",
            id="dns.E001",
        )
    else:
        answer.say(f"{host} is {', '.join(place for _family, place in found)}")
        yield from families(answer, host, found)
        yield from silence(answer, host, port, found)


def is_address(host):
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def addresses(host, port):
    """Pairs of family and address, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((family, place[0]) for family, *_others, place in found))


def families(answer, host, found):
    known = {FAMILIES.get(family) for family, _place in found}
    if all(ip_address(place).is_loopback for _family, place in found):
        answer.could_not_ask(f"where strangers find {host}: /etc/hosts names it here")
    elif "IPv4" not in known:
        yield Warning(
            f"{host} has no IPv4 address, so readers with IPv4 only do not reach it.",
            hint="Let whoever manages the city's domain add an A record.",
            id="dns.W002",
        )
    elif "IPv6" not in known:
        answer.say("it has no IPv6 address")


def silence(answer, host, port, found):
    with ThreadPoolExecutor() as threads:
        errors = list(threads.map(lambda one: error_of(one[1], port), found))
    silent = []
    for (family, place), error in zip(found, errors, strict=True):
        answer.measure("answers", int(not error), address=place)
        if error and error.errno in NO_WAY:
            answer.could_not_ask(f"{place}: this machine has no {FAMILIES.get(family, 'way')}")
        elif error:
            silent.append((place, error))
    for place, error in silent:
        kind = Error if len(silent) == len(found) else Warning
        yield kind(
            f"{place}, an address of {host}, does not answer at port {port}: {error}.",
            hint="Start nginx and open the port there, or take the address out of the domain's "
            "records.",
            id=f"dns.{'E' if kind is Error else 'W'}003",
        )


def error_of(place, port):
    """The error of a connection, or None."""
    try:
        socket.create_connection((place, port), SECONDS).close()
    except OSError as error:
        return error
    return None
