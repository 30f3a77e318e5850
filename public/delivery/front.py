"""Before Django: answers what everyone is answered alike, from memory, as long as the release lasts."""

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
from public.pages.answers import Answer, ask, encoding_for, is_for_everyone
from public.pages.rendering import RELEASE
from public.search.index import index_of

MEMORY = 32_000_000  # bytes of answers in each worker
PATIENCE = 5.0  # seconds that a reader waits for a page that another is having made
IS_LOST = "portal.database_is_lost"  # where a WSGI environment says so to Django
NOT_PUBLIC = (*UNPUBLISHED, settings.STATIC_URL, "/livez", "/readyz")
CONDITIONS = ("HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")  # rare: Django knows them


class Front:
    """A WSGI application: what ``django`` answers, each address rendered once under a release and kept.

    Only a GET or HEAD without a query, for a host that is allowed, is answered from memory, so nothing that a reader
    sends can be kept. Without the database, what is not in memory comes from the static copy.
    """

    def __init__(self, django):
        self.django, self.watch, self.pages = django, Watch(), Pages(MEMORY)
        self.release = None

    def __call__(self, environ, start_response):
        release = self.watch.release()
        if release is not self.release:
            self._turn_to(release)
        if is_plain(environ):
            key = (release and release.key, environ["PATH_INFO"])
            answer = self.pages.get(key)
            if answer:
                return sent(answer, environ, start_response, "memory" if self.watch.is_lost else "")
            if not key[1].startswith(NOT_PUBLIC):
                return self._fetched(key, release, environ, start_response)
        return self._passed_on(release, environ, start_response)

    def _turn_to(self, release):
        """Nobody asks again for what was made under the release before: pages, indexes of the search, documents."""
        before, self.release = self.release, release
        if before:  # else a server has just begun, and made the indexes for its first reader
            self.pages.keep_only(release.key)
            index_of.cache_clear()
            document_of.cache_clear()
            give_memory_back()

    def _fetched(self, key, release, environ, start_response):
        """What is not in memory: rendered now, or from the copy where there is no database to render it from."""
        if self.watch.is_lost:
            if answer := reading.find(key[1]):
                return sent(answer, environ, start_response, "copy")
            return self._passed_on(release, environ, start_response)
        not_kept = []

        def render():
            status, headers, response = ask(self.django, environ, release)
            if is_for_everyone(status, headers):
                with closing(response):
                    return Answer.of(headers, b"".join(response))
            not_kept.append((status, headers, response))
            return None

        answer = self.pages.made(key, render)
        if answer:
            return sent(answer, environ, start_response)
        for status, headers, response in not_kept:
            if status.startswith("5") and (
                answer := reading.find(key[1])
            ):  # the database is lost, and nobody knew
                response.close()
                return sent(answer, environ, start_response, "copy")
            start_response(status, headers)
            return response
        return self._passed_on(release, environ, start_response)  # another reader's is not ours

    def _passed_on(self, release, environ, start_response):
        environ[RELEASE], environ[IS_LOST] = release, self.watch.is_lost
        if self.watch.is_lost and is_followed_link(environ):
            return self._or_copy(environ, start_response)
        return self.django(environ, start_response)

    def _or_copy(self, environ, start_response):
        """What Django answers to an address with a query; where it cannot, the page without the query."""
        told = []
        response = self.django(environ, lambda *answered: told.append(answered))
        if told[0][0].startswith("5") and (answer := reading.find(environ["PATH_INFO"])):
            response.close()
            return sent(answer, environ, start_response, "copy")
        start_response(*told[0])
        return response


def give_memory_back():
    """What was freed in small pieces goes back to the system, where the C library is glibc."""
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def is_plain(environ):
    """Whether nothing in the request but its path and encoding decides what is answered."""
    return (
        environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and not environ.get("QUERY_STRING")
        and is_allowed(environ.get("HTTP_HOST", ""))
        and (not settings.PRODUCTION or is_secure(environ))
        and environ.keys().isdisjoint(CONDITIONS)
    )


def is_followed_link(environ):
    """Whether a page is asked for with a query that is not the reader's own words, such as those networks put in."""
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
    """Whether Django would answer the host, which it reads as here."""
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def is_secure(environ):
    """What gunicorn says, which believes only PORTAL_TRUSTED_PROXIES."""
    return environ.get("wsgi.url_scheme") == "https"


def sent(answer, environ, start_response, served_from=""):
    """The answer in the encoding that the request accepts, or a 304 where the reader has it."""
    encoded = answer.encoded[encoding_for(environ.get("HTTP_ACCEPT_ENCODING", ""))]
    mark = [("X-Served-From", served_from)] if served_from else []
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known and (encoded.etag in known or known.strip() == "*"):
        start_response("304 Not Modified", encoded.headers_of_304 + mark)
        return []
    start_response("200 OK", encoded.headers + mark)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [encoded.body]


class Pages:
    """Answers by key, of at most ``limit`` bytes together: those that were asked for last, without the largest."""

    def __init__(self, limit):
        self.limit, self.size = limit, 0
        self._kept, self._being_made, self._lock = OrderedDict(), {}, Lock()

    def get(self, key):
        answer = self._kept.get(key)
        if answer:
            with suppress(KeyError):  # another thread may have let it go
                self._kept.move_to_end(key)
        return answer

    def made(self, key, make):
        """The answer that ``make`` gives, and that of one call where several readers ask for the same at once."""
        with self._lock:
            if answer := self._kept.get(key):
                return answer
            is_ours = key not in self._being_made
            being_made = self._being_made.setdefault(key, Future())
        if not is_ours:
            with suppress(TimeoutError):
                return being_made.result(PATIENCE)
            return None
        answer = None
        try:
            answer = make()
        finally:
            with self._lock:
                del self._being_made[key]
                if (
                    answer and answer.size <= self.limit // 8
                ):  # one large file must not drive out the pages
                    self._keep(key, answer)
            being_made.set_result(answer)
        return answer

    def keep_only(self, release):
        """Let go of what was kept under the key of another release."""
        with self._lock:
            for key in [key for key in self._kept if key[0] != release]:
                self.size -= self._kept.pop(key).size

    def _keep(self, key, answer):
        self._kept[key] = answer
        self.size += answer.size
        while self.size > self.limit:
            _, oldest = self._kept.popitem(last=False)
            self.size -= oldest.size
