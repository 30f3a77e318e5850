import os
import re
import subprocess
import sys
from collections import Counter
from io import StringIO
from pathlib import Path
from shutil import copytree, ignore_patterns
from tempfile import TemporaryDirectory

import django
from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.trans_real import DjangoTranslation

try:
    from babel.messages.mofile import read_mo
    from babel.messages.pofile import read_po
except ImportError as error:  # a portal that only serves has no need of it
    sentence = (
        "Babel is not installed here, which reads catalogues: run make test-environment first."
    )
    raise CommandError(sentence) from error

DOMAINS = ["django", "djangojs"]  # of Python and templates, and of scripts
NOT_COPIED = ignore_patterns(
    *(".*", "__pycache__", "locale", "node_modules", "staticfiles*", "tests", "var"),
    "contrib",  # of Django: what is installed of it is an app, and copied as such
    "i18n_catalog.js",  # of Django: it is what says messages in scripts, and says none of its own
)
ALIKE = {  # what an Indonesian text must have as the English has it
    "placeholders": re.compile(
        r"%(?:\(\w+\))?[-+#0]*\d*(?:\.\d+)?[diouxXeEfFgGcrs]|(?<!{){\w*}(?!})"
    ),
    "tags": re.compile(r"<[^<>]+>"),
    "white space at the start": re.compile(r"\A\s+"),
    "white space at the end": re.compile(r"\s+\Z"),
    "line ends": re.compile(r"\n"),
    "punctuation at the end": re.compile(r"[.:;,?!…]+(?=\s*\Z)"),
}


class Command(BaseCommand):
    help = (
        "Says which words of the portal, and of the packages it is built on, have no Indonesian or one that differs "
        "from the English where it must not, and which entries no code uses. Fails if there are any, and writes "
        "nothing. Needs Debian’s gettext."
    )
    requires_system_checks = []  # they open the database, which has no words

    def handle(self, **options):
        own_locale, others_locale = settings.LOCALE_PATHS
        own, others = messages_of({"": settings.BASE_DIR}), messages_of(other_packages())
        faults = []
        for domain in DOMAINS:
            faults += faults_of(catalogue(own_locale, domain), own[domain])
            faults += faults_of(
                catalogue(others_locale, domain), others[domain], shown_in_indonesian(domain)
            )
        if faults:
            raise CommandError("\n".join(faults))
        count = sum(len(found[domain]) for found in (own, others) for domain in DOMAINS)
        self.stdout.write(f"{count} messages are Indonesian too")


def catalogue(locale, domain):
    return Path(locale, "id", "LC_MESSAGES", f"{domain}.po")


# What there is to translate


def other_packages():
    """Name and folder of all that is not the portal's own and may speak to staff: Django, and each app installed.

    So the rest of django.contrib (gis, postgres, sites, flatpages, admindocs …) is left out, as nobody can meet it.
    Nothing is left out of what is installed: which error, help or button never comes up is more than anyone can know.
    """
    others = [app for app in apps.get_app_configs() if Path(app.path).parent != settings.BASE_DIR]
    return {"django": Path(django.__file__).parent} | {app.label: app.path for app in others}


def messages_of(folders):
    """What makemessages finds in these folders, by domain. In a copy, for it writes beside what it reads."""
    with TemporaryDirectory() as copy:
        for name, folder in folders.items():
            copytree(folder, Path(copy, name), ignore=NOT_COPIED, dirs_exist_ok=True)
        Path(copy, "locale").mkdir()
        return {domain: extracted(copy, domain) for domain in DOMAINS}


def extracted(folder, domain):
    made = subprocess.run(
        # -P, or the copy of Django would be run.
        [
            sys.executable,
            "-P",
            "-m",
            "django",
            "makemessages",
            "--locale=id",
            f"--domain={domain}",
            "--keep-pot",
        ],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        capture_output=True,
        text=True,
    )
    if made.returncode:
        reason = made.stderr.removeprefix("CommandError: ").strip()
        raise CommandError(f"The messages of the code cannot be read. {reason}")
    return entries(Path(folder, "locale", f"{domain}.pot"))


def entries(path):
    """The messages of a file by their identity; none if there is no file."""
    if not path.exists():
        return {}
    # What xgettext leaves open in its template, Babel takes for a number.
    text = path.read_text(encoding="utf-8").replace("nplurals=INTEGER", "nplurals=2")
    return by_identity(read_po(StringIO(text)))


def by_identity(catalogue):
    return {
        identity(message): message for message in catalogue if message.id
    }  # the header has none


def identity(message):
    """Its context, its singular and, if it has one, its plural."""
    return message.context or "", *forms(message.id)


def forms(words):
    return list(words) if isinstance(words, list | tuple) else [words]


def shown_in_indonesian(domain):
    """The keys of all catalogues, merged as Django merges them."""
    keys = set(DjangoTranslation("id", domain)._catalog.keys())
    return keys | {
        key[0] for key in keys if isinstance(key, tuple)
    }  # gettext finds a plural's words for one, too


def key_of_gettext(context, message, plural=None):
    message = f"{context}\x04{message}" if context else message
    return (message, 0) if plural else message


# What is wrong


def faults_of(path, used, shown=()):
    """Sentences on a catalogue: `used` is what the code says, `shown` what other catalogues have for it."""
    held = entries(path)
    faults = {key: fault_of_entry(unit) for key, unit in held.items()}
    faults |= dict.fromkeys(held.keys() - used.keys(), "no code says this. Delete the entry.")
    for key in sorted(used.keys() - held.keys()):
        if key_of_gettext(*key) not in shown:
            place = ", ".join(f"{file}:{line}" for file, line in used[key].locations[:1])
            faults[key] = f"said in {place}, and not in this catalogue. Add it with its Indonesian."
    name = os.path.relpath(path, settings.BASE_DIR)
    yield from (f"{name}, “{key[1]}”: {fault}" for key, fault in faults.items() if fault)
    if held and not is_compiled(path):
        yield f"{name}: {path.with_suffix('.mo').name} says something else. Run make messages."


def fault_of_entry(message):
    if message.fuzzy:
        return "fuzzy, a guess from another message. Correct it and delete the line “#, fuzzy”."
    if not all(forms(message.string)):
        return "no Indonesian. Write it."
    # Indonesian has one form for all numbers. It stands for the English plural, which has all that is filled in.
    found = "; ".join(differences(forms(message.id)[-1], forms(message.string)[-1]))
    return found and f"{found}. Write it as the English has it."


def differences(english, indonesian):
    for what, pattern in ALIKE.items():
        there, here = (Counter(pattern.findall(text)) for text in (english, indonesian))
        if there != here:
            lacking, added = (
                " ".join(map(repr, part.elements())) for part in (there - here, here - there)
            )
            yield f"other {what}: {added or 'nothing'} for {lacking or 'nothing'}"


def is_compiled(path):
    """Whether the file beside it has the same words; its age says nothing after a checkout."""
    compiled = path.with_suffix(".mo")
    if not compiled.exists():
        return False
    with compiled.open("rb") as file:
        return words_of(by_identity(read_mo(file))) == words_of(entries(path))


def words_of(messages):
    """What can be shown: msgfmt leaves out what is fuzzy or has no words."""
    shown = {key: forms(message.string) for key, message in messages.items() if not message.fuzzy}
    return {key: strings for key, strings in shown.items() if all(strings)}
