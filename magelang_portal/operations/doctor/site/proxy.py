"""Does the site's own address lead to this portal, and does the proxy tell it the truth?

The request carries lies in the headers that a proxy must overwrite.
"""

import http.client
import ssl
from contextlib import closing
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.core.checks import Error, Warning
from django.utils.csp import CSP

from magelang_portal import VERSION
from magelang_portal.operations.doctor.site import challenge
from magelang_portal.operations.doctor.site.certificate import place_of_site, stranger
from public.releases import code_version

SECONDS = 4
STRANGER = "203.0.113.7"  # reserved for documentation: nobody's address
LIES = {"X-Forwarded-For": STRANGER, "X-Forwarded-Proto": "http"}
NGINX = "Compare /etc/nginx/nginx-portal.conf with deploy/nginx-portal.conf: it needs"
OK = b"ok\n"
LONGEST = 1_000_000  # bytes of an answer


def look(answer):
    if not settings.SITE_URL.startswith("https://"):
        return answer.could_not_ask("PORTAL_SITE_URL does not begin with https://")
    place = place_of_site(answer.options.connect)
    try:
        with closing(connected(place)) as connection:
            yield from what_it_sees(answer, connection)
            yield from what_it_passes_on(connection)
        yield from plain_http(answer, place)
    except ssl.SSLCertVerificationError:
        answer.could_not_ask("the site by https, because of its certificate")
    except (OSError, http.client.HTTPException) as error:
        yield Error(
            f"{settings.SITE_URL} does not answer at {place[0]}, port {place[1]}: "
            f"{error or type(error).__name__}.",
            hint="systemctl status nginx portal. --connect 127.0.0.1 asks nginx on this machine.",
            id="proxy.E001",
        )


class Connection(http.client.HTTPSConnection):
    """Connects to ``place``, and speaks as if that were the host of the site.

    An expired certificate, or one of another name, is a finding of another question.
    """

    def __init__(self, place):
        context = stranger(is_for_any_name=True)
        super().__init__(settings.SITE_HOST, place[1], timeout=SECONDS, context=context)
        self.place = place

    def connect(self):
        self.sock = self._create_connection(self.place, self.timeout)
        self.own_address = self.sock.getsockname()[0]
        self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)


def connected(place):
    connection = Connection(place)
    connection.connect()
    return connection


def get(connection, path, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", path, headers={"Host": host_header()} | names)
    response = connection.getresponse()
    return response.status, response.headers, response.read(LONGEST)


def host_header():
    return settings.SITE_URL.partition("://")[2]


# What the portal sees


def what_it_sees(answer, connection):
    asked, nonce = challenge.question()
    own_address = connection.own_address
    headers = LIES | {challenge.HEADER: asked}
    status, fields, body = get(connection, "/livez", **headers)
    seen = challenge.heard(body.decode("latin-1"))
    if not seen:
        return (yield from another_server(answer, status, body))
    if seen["nonce"] != nonce or fields["Age"]:
        yield Error(
            "A cache between readers and the portal answered with an old page, though the portal "
            "says that nobody may keep it (Cache-Control: no-store).",
            hint="Let the proxy or CDN obey Cache-Control, and keep /admin/ out of its cache.",
            id="proxy.E003",
        )
    answer.say(f"{settings.SITE_URL} is answered by release {seen['version']}")
    yield from another_release(seen)
    yield from scheme(seen)
    yield from client(answer, seen, own_address)
    yield from host(seen)


def another_server(answer, status, body):
    if status == 200 and body == OK:
        answer.could_not_ask(
            "what the portal sees: the running release is older than 1.1.0, or has another "
            "PORTAL_SECRET_KEY"
        )
        return
    yield Error(
        f"{settings.SITE_URL}/livez answers with status {status}, not with the portal's “ok”.",
        hint="502 or 504: systemctl status portal. 404: another site of nginx answers; look into "
        "/etc/nginx/sites-enabled.",
        id="proxy.E002",
    )


def another_release(seen):
    if (seen["version"], seen["code"]) == (VERSION, code_version()):
        return
    yield Warning(
        f"Release {seen['version']} is running, and this is "
        + (VERSION if seen["version"] != VERSION else "other code of the same number")
        + ".",
        hint="During an update this is right. Otherwise: systemctl restart portal.service",
        id="proxy.W004",
    )


def scheme(seen):
    if seen["scheme"] == "https":
        return
    does = "passes on the client's" if seen["forwarded_proto"] else "sets no"
    yield Error(
        f"The proxy {does} X-Forwarded-Proto, so each page redirects to itself for ever.",
        hint=f"{NGINX} proxy_set_header X-Forwarded-Proto $scheme;",
        id="proxy.E005",
    )


def client(answer, seen, own_address):
    if seen["client"] == STRANGER:
        yield Error(
            "The proxy passes on the client's X-Forwarded-For, so anybody may claim any address, "
            "and nobody who guesses passwords is stopped.",
            hint=f"{NGINX} proxy_set_header X-Forwarded-For $remote_addr;",
            id="proxy.E006",
        )
    elif not seen["forwarded_for"] or is_proxy(seen["client"], own_address):
        yield Error(
            "The portal does not learn the client's address, so somebody who guesses passwords "
            "can lock out the staff.",
            hint=f"{NGINX} proxy_set_header X-Forwarded-For $remote_addr; and "
            "PORTAL_TRUSTED_PROXIES must name the proxy.",
            id="proxy.E007",
        )
    else:
        answer.say(f"it sees this machine as {seen['client']}")


def is_proxy(address, own_address):
    if not address or address == own_address:
        return not address
    networks = [*settings.TRUSTED_PROXIES, ip_network("127.0.0.0/8")]
    return any(ip_address(address) in network for network in networks)


def host(seen):
    if seen["host"] != host_header():
        yield Error(
            f"The proxy tells the portal the host name {seen['host'] or '“”'}, not "
            f"{host_header()}.",
            hint=f"{NGINX} proxy_set_header Host $host;",
            id="proxy.E008",
        )


# What readers get


def what_it_passes_on(connection):
    status, fields, _body = get(connection, "/id/")
    lost = [
        name
        for name, value in security_headers().items()
        if not (fields[name] or "").startswith(value)
    ]
    if status == 200 and lost:
        yield Error(
            f"Readers get a page without the portal's own {', '.join(lost)}.",
            hint="Let the proxy pass on the portal's headers: take add_header, proxy_hide_header "
            "and more_set_headers out of its site.",
            id="proxy.E009",
        )
    if status == 200 and "Set-Cookie" in fields:
        yield Warning(
            "Something between readers and the portal sets a cookie on public pages.",
            hint="Turn off cookies (sticky sessions, bot detection) in the proxy or CDN.",
            id="proxy.W010",
        )
    if status != 200:
        yield Error(
            f"{settings.SITE_URL}/id/ answers with status {status}"
            + (f", to {fields['Location']}." if fields["Location"] else "."),
            hint="journalctl -u portal says why. A page that redirects to itself lacks "
            "X-Forwarded-Proto, or PORTAL_TRUSTED_PROXIES does not name the proxy.",
            id="proxy.E011",
        )


def security_headers():
    """The headers of a page, and how the value of each begins."""
    headers = dict(settings.HEADERS_OF_EVERY_ANSWER)
    headers[str(CSP.HEADER_ENFORCE)] = f"default-src {CSP.NONE}"  # then the hash of the style
    if settings.SECURE_HSTS_SECONDS:
        headers["Strict-Transport-Security"] = hsts()
    return headers


def hsts():
    """As Django's SecurityMiddleware writes it."""
    subdomains = "; includeSubDomains" if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS else ""
    preload = "; preload" if settings.SECURE_HSTS_PRELOAD else ""
    return f"max-age={settings.SECURE_HSTS_SECONDS}{subdomains}{preload}"


def plain_http(answer, place, port=80):
    """Port 80 must lead to https. It may be closed: then readers who type the name wait."""
    if place[1] != 443 and port == 80:
        return answer.could_not_ask("whether http leads to https: the site has a port of its own")
    try:
        with closing(http.client.HTTPConnection(place[0], port, timeout=SECONDS)) as connection:
            status, fields, _body = get(connection, "/id/")
    except OSError:
        yield Warning(
            f"Port {port} does not answer, so readers who type the name without https wait in "
            "vain, and certbot cannot renew the certificate by http.",
            hint="Open the port in the firewall; nginx's site listens there.",
            id="proxy.W012",
        )
    else:
        if fields["Location"] != f"{settings.SITE_URL}/id/" or status not in (301, 308):
            yield Error(
                f"http does not lead to https: status {status}, to {fields['Location']}.",
                hint="Compare nginx's site with deploy/nginx.conf: at port 80 it needs return 301 "
                "https://$host$request_uri;",
                id="proxy.E013",
            )
