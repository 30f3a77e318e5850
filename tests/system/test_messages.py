"""Every message that gettext finds in the code has its Indonesian; the command says which have not."""

import shutil

import pytest
from django.core.management import CommandError, call_command

from magelang_portal.management.commands import check_messages

pytestmark = pytest.mark.skipif(
    not shutil.which("xgettext"), reason="no gettext here: apt-get install gettext"
)


def test_every_message_of_the_portal_and_of_what_it_is_built_on_is_indonesian(capsys):
    call_command("check_messages")

    assert capsys.readouterr().out.endswith(" messages are Indonesian too\n")


def test_messages_are_read_from_code_templates_and_scripts_and_nothing_is_left_beside_them(
    tmp_path,
):
    sources = {
        "views.py": "_('Desk'); ngettext('a point', 'points', 2)",
        "desk.html": "{% load i18n %}{% blocktranslate with n=n %}of {{ n }}{% endblocktranslate %}",
        "desk.js": "gettext('Close')",
    }
    for name, source in sources.items():
        (tmp_path / name).write_text(source)

    found = check_messages.messages_of({"": tmp_path})

    assert sorted(found["django"]) == [("", "Desk"), ("", "a point", "points"), ("", "of %(n)s")]
    assert list(found["djangojs"]) == [("", "Close")]
    assert {path.name for path in tmp_path.iterdir()} == set(sources)


def test_the_command_names_what_the_portal_and_the_packages_lack(settings, tmp_path):
    own = shutil.copytree(settings.LOCALE_PATHS[0] / "id", tmp_path / "own" / "id").parent
    path = check_messages.catalogue(own, "django")
    path.write_text(
        path.read_text(encoding="utf-8").replace('msgid "Editions"\n', 'msgid "Issues"\n')
    )
    settings.LOCALE_PATHS = [own, tmp_path / "nothing"]

    with pytest.raises(CommandError) as error:
        call_command("check_messages")
    said = str(error.value)

    assert "django.po, “Issues”: no code says this" in said
    assert "django.po, “Editions”: said in edit" in said
    assert "django.po: django.mo says something else" in said
    assert "django.po, “Logout”: said in admin/templates/registration/logged_out.html" in said
    assert "djangojs.po, “Today (%(date)s)”: said in admin/static/admin/js/" in said


def test_only_packages_that_are_installed_count():
    names = {
        message[1]
        for message in check_messages.messages_of(check_messages.other_packages())["django"]
    }

    assert {"This field is required.", "Log out", "None"} < names
    assert "The base GIS field." not in names
