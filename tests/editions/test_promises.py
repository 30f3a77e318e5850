"""Numbers and addresses that readers saw are fixed; those that nobody read are not."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from editions import blockers, clock, promises
from editions.models import Edition, document_of
from editions.publishing import Refused, go_back, publish, withdraw, withdraw_before_its_time
from editions.triggers import create_triggers, drop_triggers
from editorial.history.recording import recorded, validate
from editorial.models import Revision
from editorial.publishing.second_reader import publish_working_copy
from missions.models import Mission
from public import releases
from public.booklet import renditions
from public.mirror import verification
from public.releases import Release
from tests.support.factories import NOTE, make_element, make_vision, publish_now
from tests.support.people.desk import change, confirm_deletion, logged_in, typed
from tests.support.sql import run
from vision.models import Element, Vision

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def schedule(vision):
    return publish(vision, note=NOTE, publisher="a", effective_at=clock.now() + timedelta(days=1))


@pytest.fixture
def never_read():
    """A vision 2031–2035 whose only edition was withdrawn before its time."""
    vision = make_vision()
    withdraw_before_its_time(schedule(vision), withdrawn_by="a")
    return vision


@pytest.fixture
def editor(db):
    return logged_in("sri", "Editor")


def structure_of(client, vision):
    return client.get(f"/admin/susunan/{vision.pk}/")


def refuses(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


# A period that no reader saw


@pytest.mark.slow
def test_years_of_a_vision_that_nobody_read_can_be_changed_and_reused(editor, never_read):
    assert "period_start" in editor.get(change(never_read)).context["adminform"].form.fields

    editor.post(
        change(never_read), typed(editor, change(never_read), period_start=2032, period_end=2036)
    )

    never_read.refresh_from_db()
    assert (never_read.period_start, never_read.period_end) == (2032, 2036)
    assert publish_now(make_vision()).number == 1
    assert publish_now(never_read).number == 2


def test_elements_and_missions_of_a_vision_that_nobody_read_can_be_rearranged(editor, never_read):
    page = structure_of(editor, never_read)
    assert "keep their numbers" not in page.text
    token = page.context["structure"].token
    second = never_read.elements.get(number=2)

    editor.post(f"/admin/susunan/{never_read.pk}/", {"seen": token, "up": f"element-{second.pk}"})

    second.refresh_from_db()
    assert second.number == 1
    confirm_deletion(editor, second)
    assert not Element.objects.filter(pk=second.pk).exists()


def test_a_vision_that_nobody_read_can_be_deleted_and_its_editions_stay(editor, never_read):
    edition = Edition.objects.get()

    confirm_deletion(editor, never_read)

    assert not Vision.objects.exists()
    assert list(Edition.objects.all()) == [edition]
    assert Edition.objects.get().sha256 == edition.sha256


@pytest.mark.slow
def test_the_desk_shows_the_edition_of_a_deleted_vision_whose_years_are_free(editor, never_read):
    edition = Edition.objects.get()
    confirm_deletion(editor, never_read)

    for address in [
        "/admin/",
        "/admin/editions/edition/",
        change(edition),
        f"{change(edition)[:-7]}perubahan/",
    ]:
        assert editor.get(address).status_code == 200
    assert "withdrawn before it took effect" in editor.get("/admin/editions/edition/").text
    assert publish_now(make_vision()).number == 1


def test_a_restored_vision_has_its_editions_again(editor, never_read):
    confirm_deletion(editor, never_read)
    version = Revision.objects.first().versions.get(kind="vision")

    editor.post(f"/admin/vision/vision/{version.row}/history/{version.number}/")

    assert publish_now(Vision.objects.get()).number == 2


def give_the_id_again(vision):
    """As a database that counts on from the highest existing id."""
    if connection.vendor == "sqlite":
        run("UPDATE sqlite_sequence SET seq = %s - 1 WHERE name = 'vision_vision'", vision)
    else:
        run("SELECT setval(pg_get_serial_sequence('vision_vision', 'id'), %s, false)", vision)


def test_no_new_vision_gets_an_id_used_by_editions(never_read):
    vision = never_read.pk
    never_read.delete()
    give_the_id_again(vision)

    refuses(make_vision)

    give_the_id_again(vision)
    call_command("migrate", verbosity=0)
    assert make_vision().pk > vision


def test_no_new_vision_gets_an_id_used_by_history(editor):
    vision = make_vision()
    with recorded(vision.pk, "sri"):
        Mission.objects.filter(vision=vision).update(statement_ind="Lain.")
    key = vision.pk
    vision.delete()
    give_the_id_again(key)

    call_command("migrate", verbosity=0)

    assert make_vision().pk > key


def test_readers_never_mix_up_two_visions_that_had_the_same_years(client, editor, never_read):
    first = Edition.objects.get()
    confirm_deletion(editor, never_read)
    second = publish_now(make_vision())

    chain = client.get("/data/2031-2035/chain.json").json()["editions"]

    assert [link["sha256"] for link in chain] == [second.sha256] != [first.sha256]
    assert client.get("/data/2031-2035/1.json").text == second.file
    assert "/data/2031-2035/1.json" not in list(verification.absent(Release.current()))


@pytest.mark.parametrize("make", [publish, publish_working_copy])
def test_a_vision_deleted_meanwhile_is_not_published(never_read, make):
    Vision.objects.filter(pk=never_read.pk).delete()

    with pytest.raises(Refused, match="deleted meanwhile"):
        make(never_read, note=NOTE, publisher="a")


def test_the_contents_of_a_scheduled_edition_are_fixed(editor):
    """When it takes effect, everything that it shows must exist."""
    vision = make_vision()
    schedule(vision)

    refuses(lambda: Vision.objects.update(period_start=2030))
    refuses(vision.delete)
    refuses(lambda: vision.elements.filter(number=2).delete())
    refuses(lambda: Mission.objects.filter(number=1).update(number=2))
    assert "keep their numbers" in structure_of(editor, vision).text


def test_an_edition_that_took_effect_fixes_its_contents_even_if_withdrawn(db):
    vision = make_vision()
    withdraw(publish_now(vision), reason=NOTE, withdrawn_by="a")

    refuses(lambda: Vision.objects.update(period_start=2030))
    refuses(vision.delete)
    refuses(lambda: vision.elements.filter(number=2).delete())


# Forgotten elements and missions


def test_a_forgotten_mission_is_added_at_the_end_and_published(client, editor, portal):
    page = structure_of(editor, portal)
    address = page.context["structure"].add_mission()
    assert "number=6" in address

    editor.post(
        address, typed(editor, address, statement_ind="Terlupa.", vision=portal.pk, number=6)
    )
    publish_now(portal, accept_missing_english=True)

    assert "Terlupa." in client.get("/id/visi/2016-2021/misi/6/").text


@pytest.mark.parametrize("number", [3, 5])
def test_no_mission_gets_a_published_number(editor, portal, number):
    address = f"/admin/missions/mission/add/?vision={portal.pk}"

    page = editor.post(
        address, {"vision": portal.pk, "number": number, "statement_ind": "Menyela."}
    )

    assert Mission.objects.count() == 5
    assert page.status_code == 200


def test_a_number_below_the_highest_published_one_is_refused_with_a_sentence(editor):
    vision = make_vision()
    Mission.objects.create(vision=vision, number=4, statement_ind="Empat.", statement_en="Four.")
    publish_now(vision)

    address = f"/admin/missions/mission/add/?vision={vision.pk}"
    page = editor.post(address, {"vision": vision.pk, "number": 3, "statement_ind": "Menyela."})

    sentence = "Numbers up to 4 were published and stay as they are. Give a number from 5 on."
    assert page.context["adminform"].form.errors["number"] == [sentence]


@pytest.mark.slow
def test_new_missions_can_be_moved_and_deleted_until_they_are_published(editor, portal):
    for number in (6, 7):
        Mission.objects.create(vision=portal, number=number, statement_ind=f"Misi {number}.")
    structure = structure_of(editor, portal).context["structure"]
    assert [place.is_movable for place in structure.missions] == [False] * 5 + [True] * 2
    seventh = Mission.objects.get(number=7)

    for _ in range(2):  # the second time it is the first movable one
        token = structure_of(editor, portal).context["structure"].token
        editor.post(f"/admin/susunan/{portal.pk}/", {"seen": token, "up": f"mission-{seventh.pk}"})

    seventh.refresh_from_db()
    assert seventh.number == 6
    confirm_deletion(editor, seventh)
    assert Mission.objects.count() == 6
    publish_now(portal, accept_missing_english=True)
    refuses(lambda: Mission.objects.filter(number=7).delete())


def test_going_back_to_a_text_that_lacks_a_published_mission_is_refused(portal):
    Mission.objects.create(
        vision=portal, number=6, statement_ind="Terlupa.", statement_en="Forgotten."
    )
    publish_now(portal)

    for resets in (False, True):
        with pytest.raises(Refused, match="Mission 6 was published and stays"):
            go_back(
                Edition.objects.get(number=2), note=NOTE, publisher="a", reset_working_copy=resets
            )


def test_the_database_refuses_to_delete_a_published_vision(portal):
    with pytest.raises(IntegrityError):
        run("DELETE FROM vision_vision")


# Address words


def rename(element, **words):
    Element.objects.filter(pk=element.pk).update(**words)


@pytest.fixture
def renamed(portal):
    """Element 1 with other address words than in editions 1 and 2."""
    element = portal.elements.get(number=1)
    rename(element, slug_ind="kota-pelayanan", slug_en="city-of-services")
    publish_now(portal)
    return element


WORDS = [("slug_ind", "kota-jasa"), ("slug_en", "service-city")]


@pytest.mark.parametrize(("column", "word"), WORDS)
def test_the_form_of_an_element_refuses_the_former_address_word_of_another(
    portal, renamed, column, word
):
    client = logged_in("sri", "Editor", "Translator")
    address = change(portal.elements.get(number=2))

    page = client.post(address, typed(client, address, **{column: word}))

    sentence = (
        f"“{word}” was published as the address of element 1 and stays its own. "
        "Choose another word."
    )
    assert page.context["adminform"].form.errors[column] == [sentence]


@pytest.mark.parametrize(("column", "word"), WORDS)
def test_the_database_refuses_the_former_address_word_of_another_element(
    portal, renamed, column, word
):
    second = portal.elements.get(number=2)

    refuses(lambda: rename(second, **{column: word}))
    added = make_element(portal, number=6, words=("Ramah", "kind"))
    refuses(lambda: rename(added, **{column: word}))
    copied = {
        "name_ind": "Baru",
        "statement_words_ind": "Baru",
        "body_ind": "Uraian.",
        column: word,
    }
    refuses(
        lambda: Element.objects.create(
            vision=portal, number=7, **{"slug_ind": "a", "slug_en": "b"} | copied
        )
    )


@pytest.mark.parametrize(
    ("column", "former", "now"),
    [
        (
            "slug_ind",
            "/id/visi/2016-2021/unsur/kota-jasa/",
            "/id/visi/2016-2021/unsur/kota-pelayanan/",
        ),
        (
            "slug_en",
            "/en/vision/2016-2021/elements/service-city/",
            "/en/vision/2016-2021/elements/city-of-services/",
        ),
    ],
)
def test_the_former_address_of_an_element_redirects_to_the_new_one(
    client, renamed, column, former, now
):
    response = client.get(former)

    assert (response.status_code, response.headers["Location"]) == (301, now)


def test_an_element_may_take_its_former_address_word_again(portal, renamed):
    rename(renamed, slug_ind="kota-jasa")

    assert publish_now(portal).number == 4


def test_an_address_word_of_one_language_is_free_in_the_other(portal, renamed):
    """Their addresses differ: /id/…/unsur/ and /en/…/elements/."""
    rename(portal.elements.get(number=2), slug_en="kota-jasa")

    assert publish_now(portal).number == 4


def test_an_address_word_that_nobody_read_is_free(portal):
    first, second = portal.elements.filter(number__in=[1, 2]).order_by("number")
    rename(first, slug_ind="belum-dibaca")
    waiting = schedule(portal)
    rename(first, slug_ind="kota-jasa")
    refuses(lambda: rename(second, slug_ind="belum-dibaca"))

    withdraw_before_its_time(waiting, withdrawn_by="a")
    rename(second, slug_ind="belum-dibaca")

    assert publish_now(portal).number == 4


@pytest.mark.slow
def test_an_address_word_of_another_element_blocks_publishing(portal, renamed):
    """As in a working copy older than the rule."""
    drop_triggers()
    rename(portal.elements.get(number=2), slug_ind="kota-jasa")
    create_triggers()

    with pytest.raises(Refused, match="“kota-jasa” was published as the address of element 1"):
        publish(portal, note=NOTE, publisher="a")
    page = logged_in("budi", "Publisher").get(f"/admin/vision/vision/{portal.pk}/terbitkan/")
    assert "was published as the address of element 1" in page.text


def test_an_address_word_reused_before_the_rule_belongs_to_its_latest_element(
    portal, renamed, monkeypatch
):
    drop_triggers()
    second = portal.elements.get(number=2)
    rename(second, slug_ind="kota-jasa")
    create_triggers()
    monkeypatch.setattr(blockers, "OBSTACLES", [])
    publish_now(portal)
    monkeypatch.undo()

    Mission.objects.filter(number=1).update(statement_ind="Lain.")
    assert publish_now(portal).number == 5


@pytest.mark.slow
def test_history_does_not_restore_the_address_word_of_another_element(portal):
    client = logged_in("sri", "Editor", "Translator")
    second = portal.elements.get(number=2)
    with recorded(portal.pk, "sri"):
        second.slug_ind = "sebentar"
        second.save()
    with recorded(portal.pk, "sri"):
        second.slug_ind = "kota-modern"
        second.save()
    rename(portal.elements.get(number=1), slug_ind="sebentar")
    publish_now(portal)
    rename(portal.elements.get(number=1), slug_ind="kota-jasa")
    address = f"/admin/vision/element/{second.pk}/history/2/"
    page = client.get(address)

    response = client.post(address, {"column": "slug_ind", "base": page.context["base"]})

    assert "was published as the address of element 1" in response.text


def test_a_new_element_may_take_an_unpublished_address_word(portal):
    make_element(portal, number=6, words=("Ramah", "kind"))

    assert portal.elements.count() == 6


@pytest.fixture
def taken(portal, renamed):
    """Element 2 with an address word of element 1 in an edition, from before the rule."""
    drop_triggers()
    second = portal.elements.get(number=2)
    rename(second, slug_ind="kota-jasa")
    create_triggers()
    second.refresh_from_db()
    return second


@pytest.mark.slow
def test_other_fields_of_an_element_with_a_reused_address_word_can_change(portal, taken):
    client = logged_in("sri", "Editor", "Translator")

    client.post(change(taken), typed(client, change(taken), name_ind="Kota Baru"))

    taken.refresh_from_db()
    assert (taken.name_ind, taken.slug_ind) == ("Kota Baru", "kota-jasa")
    with pytest.raises(Refused, match="“kota-jasa” was published as the address of element 1"):
        publish(portal, note=NOTE, publisher="a")


def test_the_english_of_an_element_with_a_reused_address_word_can_be_translated(portal, taken):
    """The translation desk applies the same rules as a form."""
    taken.name_en = "New city"

    validate(taken)


def test_an_element_with_a_reused_address_word_gets_no_second_one(portal, taken):
    taken.slug_en = "service-city"

    with pytest.raises(ValidationError) as refused:
        validate(taken)

    assert set(refused.value.message_dict) == {"slug_en"}


# Damaged editions

DAMAGES = ["{}", "[]", "nothing", '{"document": {"elements": ["x"], "missions": 3}}']


@pytest.fixture(params=DAMAGES)
def damaged(request, portal):
    """Edition 1 was damaged without the triggers."""
    drop_triggers()
    run("UPDATE editions_edition SET file = %s WHERE number = 1", request.param)
    create_triggers()
    for cached in (promises._kept, document_of, releases._kept_traces, renditions._kept_counts):
        cached.cache_clear()
    return portal


@pytest.mark.slow
def test_the_lists_of_editions_work_despite_a_damaged_old_edition(client, damaged):
    for address in ("/id/visi/2016-2021/edisi/", "/en/data/"):
        assert client.get(address).status_code == 200


@pytest.mark.slow
def test_the_desk_works_despite_a_damaged_old_edition(editor, damaged):
    second = damaged.elements.get(number=2)
    for address in ["/admin/", change(second), change(damaged), f"/admin/susunan/{damaged.pk}/"]:
        assert editor.get(address).status_code == 200
    publisher = logged_in("budi", "Publisher")
    assert publisher.get(f"/admin/vision/vision/{damaged.pk}/terbitkan/").status_code == 200

    editor.post(change(second), typed(editor, change(second), statement_words_ind="Modern"))
    Mission.objects.create(vision=damaged, number=6, statement_ind="Enam.", statement_en="Six.")

    assert publish_now(damaged).number == 3


@pytest.mark.slow
def test_pages_of_other_editions_work_despite_a_damaged_old_edition(client, damaged):
    for address in ["/id/", "/id/visi/2016-2021/", "/id/visi/2016-2021/unsur/kota-jasa/"]:
        assert client.get(address).status_code == 200


def test_other_editions_still_fix_their_contents_beside_a_damaged_one(damaged):
    refuses(lambda: damaged.elements.filter(number=2).delete())
    refuses(lambda: Mission.objects.filter(number=1).update(number=9))
    refuses(damaged.delete)
