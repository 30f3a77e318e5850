"""Every message of Django and other packages has a translation, here or in the package.

``make messages`` checks the portal's own messages.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

import django
import pytest
from django.apps import apps

from tests.support.repository import ROOT

pytestmark = pytest.mark.skipif(
    not shutil.which("xgettext"), reason="no gettext here: apt-get install gettext"
)
# An app of django.contrib that is installed is a package too. i18n_catalog.js passes messages on.
NOT_COPIED = ignore_patterns("__pycache__", "contrib", "i18n_catalog.js", "locale", "tests")


@pytest.fixture(params=["django", "djangojs"])  # messages of Python and templates, of scripts
def domain(request):
    return request.param


def packages():
    """The folders of Django and of other packages' installed apps, by name."""
    others = {app.label: Path(app.path) for app in apps.get_app_configs()}
    return {"django": Path(django.__file__).parent} | {
        label: path for label, path in others.items() if path.parent != ROOT
    }


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


@pytest.fixture
def template(domain, tmp_path):
    """The messages that makemessages finds. It writes beside its sources, so it works on a copy."""
    for name, folder in packages().items():
        copytree(folder, tmp_path / "copy" / name, ignore=NOT_COPIED)
    (tmp_path / "copy" / "locale").mkdir()
    environment = {name: value for name, value in os.environ.items() if "DJANGO" not in name}
    made = run(
        *(sys.executable, "-P", "-m", "django"),  # -P: not the copy of Django
        *("makemessages", "--locale=id", f"--domain={domain}", "--keep-pot"),
        cwd=tmp_path / "copy",
        env=environment,
    )
    assert made.returncode == 0, made.stderr
    return tmp_path / "copy" / "locale" / f"{domain}.pot"


def test_every_message_of_an_installed_package_has_an_indonesian_translation(
    domain, template, tmp_path
):
    folders = [ROOT / "locale", ROOT / "locale/django"]
    folders += [path / "locale" for path in packages().values()]
    folders += [Path(django.__file__).parent / "conf" / "locale"]
    found = [path for folder in folders for path in folder.glob(f"id/LC_MESSAGES/{domain}.po")]
    known = tmp_path / "known.po"
    run("msgcat", "--use-first", f"--output-file={known}", *found, check=True)

    compared = run("msgcmp", known, template)

    assert compared.returncode == 0, compared.stderr


def test_the_catalogue_has_no_message_that_packages_no_longer_use(domain, template):
    ours = ROOT / f"locale/django/id/LC_MESSAGES/{domain}.po"

    compared = run("msgcmp", "--use-untranslated", "--use-fuzzy", template, ours)

    assert compared.returncode == 0, compared.stderr
