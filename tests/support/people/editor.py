"""An editor over HTTP who saves one form again and again and remembers each answer."""

import http.cookiejar
import threading
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from html.parser import HTMLParser

NAME, PASSWORD = "sri", "tiga kuda di alun-alun"
MAKE = f"""
from editorial.models import Account
Account.objects.create_superuser("{NAME}", password="{PASSWORD}")
"""
FOUND = """
import json
from editorial.models import Version
versions = [version.after for version in Version.objects.all() if version.after]
print(json.dumps([after["short_title_ind"] for after in versions]))
"""
FORM = "/admin/missions/mission/1/change/"
PATIENCE = 40  # seconds


@dataclass(frozen=True)
class Save:
    text: str
    status: int  # 302: saved; 0: no answer
    seconds: float
    body: str


class Fields(HTMLParser):
    """The fields that a browser sends for a page's forms, without its buttons."""

    def __init__(self, page):
        super().__init__()
        self.values, self._area, self._list = {}, None, None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "textarea":
            self._area = given["name"]
            self.values[self._area] = ""
        elif tag == "select":
            self._list = given["name"]
        elif tag == "option" and "selected" in given:
            self.values[self._list] = given["value"]
        elif (
            tag == "input"
            and given.get("name")
            and given.get("type") not in ("submit", "checkbox", "search")
        ):
            self.values[given["name"]] = given.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.values[self._area] = self.values[self._area].removeprefix("\n")
            self._area = None

    def handle_data(self, data):
        if self._area:
            self.values[self._area] += data


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


class Editor:
    def __init__(self, address):
        self.address, self.saves = address, []
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(NoRedirect, cookies)
        fields = Fields(self.ask("/admin/login/")[1]).values | {
            "username": NAME,
            "password": PASSWORD,
        }
        status, page = self.ask("/admin/login/", fields)
        if status != 302:
            raise RuntimeError(f"the editor is not let in: {status}\n{page}")

    def ask(self, path, fields=None):
        """The status and the page; the status is 0 without an answer."""
        data = urllib.parse.urlencode(fields).encode() if fields else None
        try:
            with self._opener.open(self.address + path, data, timeout=PATIENCE) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def opened(self):
        """The fields of the form; empty if the form cannot be opened."""
        status, page = self.ask(FORM)
        return Fields(page).values if status == 200 else {}

    def save(self, text, fields=None):
        fields = (fields or self.opened()) | {"short_title_ind": text, "_save": "Simpan"}
        began = time.monotonic()
        status, page = self.ask(FORM, fields) if len(fields) > 2 else (503, "")
        self.saves.append(Save(text, status, time.monotonic() - began, page))
        return self.saves[-1]


class Saving:
    """The editor saves continuously until the block ends."""

    def __init__(self, editor, name):
        self.editor, self.name = editor, name
        self.first = len(editor.saves)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._save)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *failure):
        self._over.set()
        self._thread.join()

    def _save(self):
        number = 0
        while not self._over.wait(0.05):
            number += 1
            self.editor.save(f"{self.name} {number}")

    @property
    def saves(self):
        return self.editor.saves[self.first :]
