"""The licence of every package that the portal installs, and of the data inside them, as a page.

``make licences`` keeps it in docs/licences.md. A package names a licence for its code; a word list
or a font in it may have another one. So JUDGED names each such file with its licence.
"""

import re
import sys
from fnmatch import fnmatch
from importlib.metadata import files, metadata
from pathlib import Path

LIST = Path(__file__).parent.parent / "requirements" / "portal.txt"
LOCKED = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)", re.MULTILINE)
CLASSIFIER = "License :: OSI Approved :: "
CODE = re.compile(r"\.(c|cpp|css|h|html|js|mo|px[di]|po|py|py-tpl|pyi|pyx|so|svg|typed)$")
NO_PART = re.compile(r"\.dist-info/|__pycache__/|^\.\./")  # files that are not the package's own
JUDGED = {  # (package, its files): their content and their licence
    ("certifi", "certifi/cacert.pem"): ("the authorities that Mozilla trusts", "MPL-2.0"),
    ("chunspell", "hunspell/dictionaries/*"): (
        "an American dictionary by Kevin Atkinson and others, which the portal does not use",
        "SCOWL's licences, free for any use",
    ),
    ("chunspell", "hunspell/libhunspell*"): ("Hunspell", "MPL-1.1, or GPL-2.0, or LGPL-2.1"),
    ("django", "django/contrib/auth/common-passwords.txt.gz"): (
        "passwords that many people use, which Royce Williams counted in published leaks",
        "BSD-3-Clause, as in Django",
    ),
    ("django", "*/jquery/LICENSE.txt"): ("the licence of jQuery", "MIT"),
    ("django", "*/select2/LICENSE.md"): ("the licence of Select2", "MIT"),
    ("django", "*/xregexp/LICENSE.txt"): ("the licence of XRegExp", "MIT"),
    ("django", "django/contrib/admin/static/*/LICENSE*"): ("the licences of icons", "MIT"),
    ("django", "django/contrib/admin/static/*/README*"): ("where the icons come from", "MIT"),
    ("django", "django/contrib/gis/*"): (
        "templates and notes, which the portal does not use",
        "BSD-3-Clause",
    ),
    ("django", "django/contrib/sitemaps/templates/*.xml"): ("templates", "BSD-3-Clause"),
    ("django", "django/*/templates/*.txt"): ("templates", "BSD-3-Clause"),
    ("django", "django/forms/*.txt"): ("templates", "BSD-3-Clause"),
    ("django", "django/dispatch/license.txt"): ("the licence of PyDispatcher", "BSD-3-Clause"),
    ("django-modeltranslation", "modeltranslation/tests/fixtures/*"): (
        "rows of its tests",
        "BSD-3-Clause",
    ),
    ("django-otp", "django_otp/plugins/otp_email/templates/*"): ("templates", "Unlicense"),
    ("lxml", "lxml/isoschematron/resources/*"): (
        "Schematron in XSLT, by Rick Jelliffe and others, and its grammar, by ISO: "
        "the portal uses neither",
        "Zlib; ISO's licence, free for any use; two of the files name none",
    ),
    ("psycopg-binary", "psycopg_binary.libs/*"): (
        "libpq and its libraries: OpenSSL, Kerberos, OpenLDAP, Cyrus SASL, libxcrypt, keyutils",
        "PostgreSQL, Apache-2.0, MIT, OLDAP-2.8, BSD-3-Clause-Attribution, LGPL-2.1-or-later",
    ),
    ("pycparser", "pycparser/_c_ast.cfg"): ("a table of its parser", "BSD-3-Clause"),
    ("tzdata", "tzdata/*"): ("the time zones of IANA", "public domain"),
}
# A compiled file does not list its parts; its makers name them.
COMPILED = {
    "lxml": (
        "libxml2, libxslt, libexslt, libiconv, zlib",
        "MIT, LGPL-2.1-or-later (libiconv), Zlib",
    ),
    "typst": (
        "the fonts Libertinus Serif, New Computer Modern and DejaVu Sans Mono",
        "OFL-1.1, GUST Font License, Bitstream Vera",
    ),
}
TOP = """# Licences

The packages that `requirements/portal.txt` installs, with the licence that each one names.
`make licences` writes this page.

| package | version | licence |
|---|---|---|"""
DATA = """
## Data inside packages

A package may contain the work of others: word lists, fonts, tables, libraries. This table lists all
files that are not code of the package, with their licences from `tools/licences.py`. If a file has
no entry there, `make licences` fails.

| package | files | content | licence |
|---|---|---|---|"""


def licence_of(package):
    """An SPDX expression where the package names one, as all newer packages do."""
    about = metadata(package)
    named = about.get("License-Expression") or about.get("License")
    classified = [
        name.removeprefix(CLASSIFIER)
        for name in about.get_all("Classifier", [])
        if CLASSIFIER in name
    ]
    return named or ", ".join(classified)


def data_of(package):
    """The paths of the package's files that are not code."""
    names = (file.as_posix() for file in files(package) or ())
    return [name for name in names if not CODE.search(name) and not NO_PART.search(name)]


def judgement_of(package, name):
    """The first pattern of JUDGED that matches the file; None if there is none."""
    return next((key for key in JUDGED if key[0] == package and fnmatch(name, key[1])), None)


def judged(packages):
    """The rows of the table of data; exits with a sentence if a file has no entry in JUDGED."""
    found = {
        (package, name): judgement_of(package, name)
        for package in packages
        for name in data_of(package)
    }
    if unknown := [f"{package}: {name}" for (package, name), key in found.items() if not key]:
        sentence = "These files have no known licence. Find it, and add them to JUDGED:"
        sys.exit("\n".join([sentence, *unknown]))
    rows = [(*key, *JUDGED[key]) for key in JUDGED if key in found.values()]
    rows += [
        (package, "in its compiled file", *COMPILED[package])
        for package in packages
        if package in COMPILED
    ]
    return sorted(rows)


if __name__ == "__main__":
    locked = dict(LOCKED.findall(LIST.read_text()))
    print(TOP)
    for package, version in locked.items():
        print(f"| {package} | {version} | {licence_of(package)} |")
    print(DATA)
    for package, pattern, what, licence in judged(locked):
        print(f"| {package} | {pattern.replace('*', '…')} | {what} | {licence} |")
