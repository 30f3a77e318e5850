"""Each page has one name, in its heading, its tab, its trail and the links that lead to it."""

import re
from html import unescape

import pytest
from django.test import Client

from tests.support.addresses import admin_addresses, filled, make_rows
from tests.support.factories import make_account

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# The trail ends with the row's name where the heading says what is done with the row.
FORMS = re.compile(r"/change/$")
# The last step of a form, which leads to no page of its own
STEPS = ("/admin/login/", "/admin/password_change/", "/admin/editorial/revision/")


def in_words(markup):
    markup = re.sub(r'<span class="visually-hidden">.*?</span>', "", markup, flags=re.DOTALL)
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", markup).split()))


def pages(portal, language):
    """(Address, heading, tab, trail as (words, address)) of every page of the admin."""
    account = make_account("sri", language=language)
    account.is_superuser = True
    account.save()
    client, keys = Client(), make_rows(portal)
    client.force_login(account)
    for route in admin_addresses():
        path = filled(route, keys)
        response = client.get(path)
        heading = re.search(r"<h1>(.*?)</h1>", getattr(response, "text", ""), re.DOTALL)
        if response.status_code == 200 and heading and "/pratinjau/" not in path:
            yield path, in_words(heading[1]), *tab_and_trail(response.text)


def tab_and_trail(text):
    tab = in_words(re.search(r"<title>(.*?)</title>", text, re.DOTALL)[1])
    trail = re.search(r'<ol class="breadcrumbs">(.*?)</ol>', text, re.DOTALL)
    crumbs = re.findall(r"<li.*?</li>", trail[1] if trail else "", re.DOTALL)
    return tab, [
        (in_words(crumb), (re.findall(r'href="([^"]*)"', crumb) or [""])[0]) for crumb in crumbs
    ]


@pytest.mark.parametrize("language", ["id", "en"])
def test_each_page_of_the_admin_has_one_name_and_a_trail_without_doubles(portal, language):
    found, faults = list(pages(portal, language)), []
    for path, heading, tab, trail in found:
        names, addresses = [words for words, _path in trail], [each for _words, each in trail]
        is_named = path.startswith(STEPS) or FORMS.search(path) or names[-1:] in ([heading], [])
        is_once = len(set(names)) == len(names) and path not in addresses
        if heading not in tab or not is_named or not is_once:
            faults.append((path, heading, tab, names))

    assert len(found) > 60
    assert faults == []


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_step_of_a_trail_has_the_name_of_its_page(portal, language):
    found = list(pages(portal, language))
    headings = {path: heading for path, heading, _tab, _trail in found}
    faults = {
        (words, address, headings[address])
        for _path, _heading, _tab, trail in found
        for words, address in trail
        if address in headings and not FORMS.search(address) and headings[address] not in words
    }

    assert faults == set()
