"""Each kind of fault in a catalogue is found; whether the portal's own have any is asked in tests/system."""

import pytest
from translate.storage.po import pofile
from translate.tools.pocompile import POCompile

from editorial.models import Account
from magelang_portal.management.commands import check_messages

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
        path.with_suffix(".mo").write_bytes(
            POCompile.convertstore(pofile.parsestring(path.read_bytes()))
        )
    return path


@pytest.fixture
def catalogue(tmp_path):
    return tmp_path / "id" / "LC_MESSAGES" / "django.po"


def faults(path, **given):
    """What is said of a catalogue, whose every entry is used if nothing else is given, without the file's name."""
    used = given.pop("used", None) or check_messages.entries(path)
    return [
        fault.partition("django.po")[2] for fault in check_messages.faults_of(path, used, **given)
    ]


# Entries


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "Save"\nmsgstr ""', "no Indonesian"),
        ('msgid "a word"\nmsgid_plural "%(n)d words"\nmsgstr[0] ""', "no Indonesian"),
        ('#, fuzzy\nmsgid "Save"\nmsgstr "Simpan"', "fuzzy"),
        (
            'msgid "by %(name)s"\nmsgstr "oleh %(nama)s"',
            "other placeholders: '%(nama)s' for '%(name)s'",
        ),
        ('msgid "%(n)d by %(name)s"\nmsgstr "%(n)d"', "other placeholders: nothing for '%(name)s'"),
        ('msgid "%d words"\nmsgstr "%s kata"', "other placeholders: '%s' for '%d'"),
        (
            'msgid "a word"\nmsgid_plural "%(n)d words"\nmsgstr[0] "kata"',
            "other placeholders: nothing for '%(n)d'",
        ),
        (
            'msgid "Changed {fields}"\nmsgstr "Diubah: {isian}"',
            "other placeholders: '{isian}' for '{fields}'",
        ),
        (
            'msgid "a <b>bold</b> word"\nmsgstr "kata <i>tebal</i>"',
            "other tags: '<i>' '</i>' for '<b>' '</b>'",
        ),
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
    used = check_messages.entries(
        write(catalogue, '#: vision/models.py:7\nmsgid "vision"\nmsgstr ""')
    )
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
