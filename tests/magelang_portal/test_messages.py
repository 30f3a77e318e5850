"""Every message has its Indonesian, and the command that says so finds each kind of fault."""

import shutil

import pytest
from django.core.management import CommandError, call_command
from translate.storage.po import pofile
from translate.tools.pocompile import POCompile

from editorial.models import Account
from magelang_portal.management.commands import check_messages

pytestmark = pytest.mark.skipif(not shutil.which("xgettext"), reason="gettext is not installed")
HEADER = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=1; plural=0;\n"

"""


def write(path, entries, compiled=True):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + entries, encoding="utf-8")
    if compiled:
        path.with_suffix(".mo").write_bytes(POCompile.convertstore(pofile.parsestring(path.read_bytes())))
    return path


@pytest.fixture
def catalogue(tmp_path):
    return tmp_path / "id" / "LC_MESSAGES" / "django.po"


def faults(path, **given):
    """What is said of a catalogue, whose every entry is used if nothing else is given, without the file's name."""
    used = given.pop("used", None) or check_messages.entries(path)
    return [fault.partition("django.po")[2] for fault in check_messages.faults_of(path, used, **given)]


def test_every_message_of_the_portal_and_of_what_it_is_built_on_is_indonesian(capsys):
    call_command("check_messages")

    assert capsys.readouterr().out.endswith(" messages are Indonesian too\n")


# Entries


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "Save"\nmsgstr ""', "no Indonesian"),
        ('msgid "a word"\nmsgid_plural "%(n)d words"\nmsgstr[0] ""', "no Indonesian"),
        ('#, fuzzy\nmsgid "Save"\nmsgstr "Simpan"', "fuzzy"),
        ('msgid "by %(name)s"\nmsgstr "oleh %(nama)s"', "other placeholders: '%(nama)s' for '%(name)s'"),
        ('msgid "%(n)d by %(name)s"\nmsgstr "%(n)d"', "other placeholders: nothing for '%(name)s'"),
        ('msgid "%d words"\nmsgstr "%s kata"', "other placeholders: '%s' for '%d'"),
        ('msgid "a word"\nmsgid_plural "%(n)d words"\nmsgstr[0] "kata"', "other placeholders: nothing for '%(n)d'"),
        ('msgid "Changed {fields}"\nmsgstr "Diubah: {isian}"', "other placeholders: '{isian}' for '{fields}'"),
        ('msgid "a <b>bold</b> word"\nmsgstr "kata <i>tebal</i>"', "other tags: '<i>' '</i>' for '<b>' '</b>'"),
        (
            r'msgid "<a href=\"%(url)s\">x</a>"' + "\n" + r'msgstr "<a href=\"/\">x</a>"',
            "other tags: '<a href=\"/\">' for",
        ),
        ('msgid " and"\nmsgstr "dan"', "other white space at the start: nothing for ' '"),
        ('msgid "and "\nmsgstr "dan"', "other white space at the end: nothing for ' '"),
        (r'msgid "one\ntwo"' + "\n" + 'msgstr "satu dua"', "other line ends: nothing for"),
        ('msgid "Saved."\nmsgstr "Tersimpan"', "other punctuation at the end: nothing for '.'"),
    ],
)
def test_an_entry_that_cannot_be_shown_as_it_is_is_found(catalogue, entry, fault):
    write(catalogue, entry)

    (said,) = faults(catalogue)

    assert fault in said


@pytest.mark.parametrize(
    "entry",
    [
        'msgid "%(a)s by %(b)s."\nmsgstr "Oleh %(b)s: %(a)s."',
        'msgid "a word"\nmsgid_plural "%(n)d words"\nmsgstr[0] "%(n)d kata"',
        'msgctxt "verb"\nmsgid "Note"\nmsgstr "Catat"\n\nmsgid "Note"\nmsgstr "Catatan"',
    ],
)
def test_an_entry_may_differ_from_the_english_as_the_language_does(catalogue, entry):
    write(catalogue, entry)

    assert faults(catalogue) == []


# Both directions


def test_a_message_that_the_catalogue_lacks_is_found(catalogue):
    used = check_messages.entries(write(catalogue, '#: vision/models.py:7\nmsgid "vision"\nmsgstr ""'))
    write(catalogue, 'msgid "mission"\nmsgstr "misi"')

    (unused, missing) = faults(catalogue, used=used)

    assert unused == ", “mission”: no code says this. Delete the entry."
    assert missing.startswith(", “vision”: said in vision/models.py:7, and not in this catalogue.")


@pytest.mark.parametrize(
    ("message", "keys"),
    [
        ('msgid "Save"\nmsgstr ""', {"Save"}),
        ('msgctxt "verb"\nmsgid "Save"\nmsgstr ""', {"verb\x04Save"}),
        ('msgid "word"\nmsgid_plural "words"\nmsgstr[0] ""', {("word", 0)}),
    ],
)
def test_a_message_that_another_catalogue_has_need_not_be_in_this(catalogue, message, keys):
    used = check_messages.entries(write(catalogue, message))
    write(catalogue, "")

    assert faults(catalogue, used=used, shown=keys) == []
    assert len(faults(catalogue, used=used, shown={"word", "Note"})) == 1


def test_messages_are_read_from_code_templates_and_scripts_and_nothing_is_left_beside_them(tmp_path):
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
    path.write_text(path.read_text(encoding="utf-8").replace('msgid "Editions"\n', 'msgid "Issues"\n'))
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
    names = {message[1] for message in check_messages.messages_of(check_messages.other_packages())["django"]}

    assert {"This field is required.", "Log out", "None"} < names
    assert "The base GIS field." not in names


# The compiled file


def test_a_catalogue_that_is_not_compiled_is_found(catalogue):
    write(catalogue, 'msgid "Save"\nmsgstr "Simpan"', compiled=False)

    assert faults(catalogue) == [": django.mo says something else. Run make messages."]


def test_a_compiled_file_that_is_older_than_its_words_is_found(catalogue):
    write(catalogue, 'msgid "Save"\nmsgstr "Rekam"')
    write(catalogue, 'msgid "Save"\nmsgstr "Simpan"', compiled=False)

    assert faults(catalogue) == [": django.mo says something else. Run make messages."]


@pytest.mark.django_db
def test_the_scripts_of_the_admin_speak_indonesian(client):
    client.force_login(Account.objects.create_superuser("sri", language="id"))

    assert '"Today (%(date)s)": "Hari ini (%(date)s)"' in client.get("/admin/jsi18n/").text
