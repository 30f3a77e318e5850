"""The layer before Django: public answers from memory, as long as the release lasts."""

import ctypes
from collections import OrderedDict
from concurrent.futures import Future, TimeoutError
from contextlib import closing, suppress
from functools import lru_cache
from threading import Lock

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from editions.models import document_of
from public.addresses import UNPUBLISHED
from public.delivery.watch import Watch
from public.mirror import reading
from public.pages.answers import Answer, ask, call, encoding_for, is_for_everyone
from public.pages.rendering import RELEASE
from public.search.index import index_of

MEMORY = 32_000_000  # bytes of answers in each worker
PATIENCE = 5.0  # seconds that a reader waits while the same page is rendered for another
IS_LOST = "portal.database_is_lost"  # key of the WSGI environment, for Django
NOT_PUBLIC = (*UNPUBLISHED, settings.STATIC_URL, "/livez", "/readyz")
CONDITIONS = ("HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")  # rare: left to Django


class Front:
    """A WSGI application around ``django``: renders each public address once for a release.

    It answers from memory only a GET or HEAD without a query, for an allowed host, so that nothing
    that a reader sends is ever kept. Without the database, pages that are not in memory come
    from the static copy.
    """

    def __init__(self, django):
        self.django, self.watch, self.pages = django, Watch(), Pages(MEMORY)
        self.release = None

    def __call__(self, environ, start_response):
        release = self.watch.release()
        if release is not self.release:
            self._switch_to(release)
        if is_plain(environ):
            key = (release and release.key, environ["PATH_INFO"])
            if answer := self.pages.get(key):
                return send(answer, environ, start_response, "memory" if self.watch.is_lost else "")
            if not key[1].startswith(NOT_PUBLIC):
                return self._render_or_copy(key, release, environ, start_response)
        return self._pass_on(release, environ, start_response)

    def _switch_to(self, release):
        """Drop the pages, search indexes and documents of the previous release."""
        before, self.release = self.release, release
        if before:  # else the server has just started, with indexes made for its first reader
            self.pages.keep_only(release.key)
            index_of.cache_clear()
            document_of.cache_clear()
            give_memory_back()

    def _render_or_copy(self, key, release, environ, start_response):
        """Render a page that is not in memory; without a database, read it from the static copy."""
        if self.watch.is_lost:
            if answer := reading.find(key[1]):
                return send(answer, environ, start_response, "copy")
            return self._pass_on(release, environ, start_response)
        for_this_reader = []

        def render():
            status, headers, body = ask(self.django, environ, release)
            if is_for_everyone(status, headers):
                with closing(body):
                    return Answer.of(headers, b"".join(body))
            for_this_reader.extend([status, headers, body])
            return None

        if answer := self.pages.get_or_render(key, render):
            return send(answer, environ, start_response)
        if for_this_reader:
            return send_or_copy(*for_this_reader, environ, start_response)
        return self._pass_on(release, environ, start_response)  # another reader's, not kept

    def _pass_on(self, release, environ, start_response):
        environ[RELEASE], environ[IS_LOST] = release, self.watch.is_lost
        if self.watch.is_lost and is_followed_link(environ):
            return send_or_copy(*call(self.django, environ), environ, start_response)
        return self.django(environ, start_response)


def send_or_copy(status, headers, body, environ, start_response):
    """Send Django's answer; if Django failed, the page of this path from the static copy."""
    if status.startswith("5") and (answer := reading.find(environ["PATH_INFO"])):
        body.close()
        return send(answer, environ, start_response, "copy")
    start_response(status, headers)
    return body


def give_memory_back():
    """Return freed memory to the system; only glibc can."""
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def is_plain(environ):
    """Whether only the path and the accepted encoding decide the answer."""
    return (
        environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and not environ.get("QUERY_STRING")
        and is_allowed(environ.get("HTTP_HOST", ""))
        and (not settings.PRODUCTION or is_secure(environ))
        and environ.keys().isdisjoint(CONDITIONS)
    )


def is_followed_link(environ):
    """Whether the query is not a search: social networks append queries to shared links."""
    query = environ.get("QUERY_STRING", "")
    return (
        query
        and "q=" not in query
        and environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and not environ["PATH_INFO"].startswith(NOT_PUBLIC)
        and is_allowed(environ.get("HTTP_HOST", ""))
    )


@lru_cache(maxsize=64)
def is_allowed(host):
    """Whether Django would accept the host."""
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def is_secure(environ):
    """As gunicorn says, which trusts only PORTAL_TRUSTED_PROXIES."""
    return environ.get("wsgi.url_scheme") == "https"


def send(answer, environ, start_response, served_from=""):
    """Send the encoding that the request accepts, or a 304 if the reader has it."""
    encoded = answer.encoded[encoding_for(environ.get("HTTP_ACCEPT_ENCODING", ""))]
    mark = [("X-Served-From", served_from)] if served_from else []
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known and (encoded.etag in known or known.strip() == "*"):
        start_response("304 Not Modified", encoded.headers_of_304 + mark)
        return []
    start_response("200 OK", encoded.headers + mark)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [encoded.body]


class Pages:
    """A cache of answers by (release key, path), at most ``limit`` bytes in all.

    The answers requested longest ago are dropped first; very large ones are never kept.
    """

    def __init__(self, limit):
        self.limit, self.size = limit, 0
        self._kept, self._being_rendered, self._lock = OrderedDict(), {}, Lock()

    def get(self, key):
        answer = self._kept.get(key)
        if answer:
            with suppress(KeyError):  # another thread may have dropped it
                self._kept.move_to_end(key)
        return answer

    def get_or_render(self, key, render):
        """The answer, rendered once even if several readers ask for it at the same time.

        None where ``render`` returns None, and after ``PATIENCE`` seconds of waiting for another.
        """
        with self._lock:
            if answer := self._kept.get(key):
                return answer
            is_ours = key not in self._being_rendered
            being_rendered = self._being_rendered.setdefault(key, Future())
        if not is_ours:
            with suppress(TimeoutError):
                return being_rendered.result(PATIENCE)
            return None
        answer = None
        try:
            answer = render()
        finally:
            with self._lock:
                del self._being_rendered[key]
                # One large file must not displace the pages.
                if answer and answer.size <= self.limit // 8:
                    self._keep(key, answer)
            being_rendered.set_result(answer)
        return answer

    def keep_only(self, release):
        """Drop the answers of other releases."""
        with self._lock:
            for key in [key for key in self._kept if key[0] != release]:
                self.size -= self._kept.pop(key).size

    def _keep(self, key, answer):
        self._kept[key] = answer
        self.size += answer.size
        while self.size > self.limit:
            _, oldest = self._kept.popitem(last=False)
            self.size -= oldest.size
