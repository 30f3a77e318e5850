"""A form that adds something, sent twice by a double click without script, adds it once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from editorial.models import Account, Act, Receipt, Revision
from missions.models import Mission
from tests.support.factories import make_account, make_point, make_vision
from tests.support.people.accounts import PASSWORD
from tests.support.people.desk import logged_in
from tests.support.people.editor import Fields
from vision.models import Element, Point, Term, Vision

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(db):
    return make_vision()


@pytest.fixture
def client(db):
    client = Client()
    client.force_login(make_account("sri", is_superuser=True))
    return client


def form_at(client, address, **values):
    """The data that a browser sends for the form at the address, with these fields filled in."""
    return Fields(client.get(address).text).values | values


def texts(**words):
    return {
        f"{name}_{language}": word for name, word in words.items() for language in ("ind", "en")
    }


def item(vision):
    element = vision.elements.get(number=1)
    point = make_point(element)
    back = f"/admin/susunan/{vision.pk}/"
    return (
        Point,
        f"vision/point/add/?element={element.pk}&parent={point.pk}&next={back}",
        texts(title="Alun-alun"),
    )


def element(vision):
    words = texts(name="Kota Aman", statement_words="Aman", slug="kota-aman", body="Uraian.")
    return Element, f"vision/element/add/?vision={vision.pk}&number=3", words


def mission(vision):
    return (
        Mission,
        f"missions/mission/add/?vision={vision.pk}&number=2",
        texts(statement="Membangun bersama."),
    )


def term(vision):
    return Term, f"vision/term/add/?vision={vision.pk}", texts(term="taman")


def period(vision):
    words = texts(
        introduction="Visi", statement="Maju", elements_lead_in="Unsur:", missions_lead_in="Misi:"
    )
    return Vision, "vision/vision/add/?period_start=2041&period_end=2045", words


def copied_period(vision):
    years = {"period_start": "2041", "period_end": "2045"}
    return Vision, "periode-baru/", years | {"source": f"{vision.pk}"}


def account(vision):
    words = {"username": "tini", "password1": PASSWORD, "password2": PASSWORD, "language": "id"}
    return Account, "editorial/account/add/", words


FORMS = [item, element, mission, term, period, copied_period, account]


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_the_second_of_two_identical_forms_leads_to_the_row_of_the_first(client, draft, form):
    model, address, words = form(draft)
    data = form_at(client, f"/admin/{address}", **words)
    count, revisions = model.objects.count(), Revision.objects.count()

    first = client.post(f"/admin/{address}", data)
    made = model.objects.count(), Revision.objects.count()
    second = client.post(f"/admin/{address}", data)

    assert first.status_code == 302, first.context["adminform"].form.errors
    assert made == (count + 1, revisions + (model is not Account))
    assert (second.status_code, second.headers["Location"]) == (302, first.headers["Location"])
    assert (model.objects.count(), Revision.objects.count()) == made
    page = client.get(second.headers["Location"])
    assert "This was done already: the form was sent twice, and counted once." in page.text


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_a_form_sent_again_with_another_button_adds_nothing(client, draft, form):
    model, address, words = form(draft)
    data = form_at(client, f"/admin/{address}", **words)

    client.post(f"/admin/{address}", data | {"_save": "Save"})
    count = model.objects.count()
    client.post(f"/admin/{address}", data | {"_addanother": "Save and add another"})

    assert model.objects.count() == count


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_a_form_in_a_pop_up_window_adds_its_row(client, draft, form):
    model, address, words = form(draft)
    address = f"/admin/{address}{'&' if '?' in address else '?'}_popup=1"
    data = form_at(client, address, _popup="1", **words)
    count = model.objects.count()

    answers = [client.post(address, data).status_code for _time in range(2)]

    assert answers == [302, 302]
    assert model.objects.count() == count + 1


def test_a_newly_opened_form_adds_the_same_words_again(client, draft):
    _model, address, words = item(draft)

    for _time in range(2):
        client.post(f"/admin/{address}", form_at(client, f"/admin/{address}", **words))

    assert Point.objects.filter(title_ind="Alun-alun").count() == 2


def test_a_form_reopened_with_the_back_button_adds_other_words(client, draft):
    _model, address, words = item(draft)
    data = form_at(client, f"/admin/{address}", **words)

    client.post(f"/admin/{address}", data)
    client.post(f"/admin/{address}", data | texts(title="Kebun"))

    assert Point.objects.filter(title_ind__in=["Alun-alun", "Kebun"]).count() == 2


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_a_form_reopened_with_the_back_button_adds_a_deleted_row_again(client, draft, form):
    model, address, words = form(draft)
    data, before = form_at(client, f"/admin/{address}", **words), set(model.objects.all())
    client.post(f"/admin/{address}", data)
    (made,) = set(model.objects.all()) - before
    made.delete()

    answers = [client.post(f"/admin/{address}", data).status_code for _time in range(2)]

    assert answers == [302, 302]
    assert model.objects.count() == len(before) + 1


def test_a_receipt_without_a_row_from_the_previous_release_is_accepted(client, draft):
    _model, address, words = item(draft)
    data = form_at(client, f"/admin/{address}", **words)
    client.post(f"/admin/{address}", data)
    Receipt.objects.update(model="", row=None)

    client.post(f"/admin/{address}", data)

    assert Point.objects.filter(title_ind="Alun-alun").count() == 1


def test_a_refused_form_adds_its_row_when_sent_again(client, draft):
    _model, address, words = mission(draft)
    data = form_at(client, f"/admin/{address}", **words)
    taken = draft.missions.create(number=2, statement_ind="Lain.")

    assert client.post(f"/admin/{address}", data).status_code == 200
    taken.delete()
    assert client.post(f"/admin/{address}", data).status_code == 302

    assert draft.missions.filter(number=2).exists()


@pytest.mark.slow
@pytest.mark.parametrize("act", ["remark", "return", "settle", "confirm"])
def test_an_act_on_the_translation_desk_sent_twice_is_saved_once(portal, act):
    ratna, key = logged_in("ratna", "Translator"), "m1.statement"
    row = portal.missions.get(number=1)
    if act == "confirm":
        Mission.objects.filter(pk=row.pk).update(statement_ind="Lain sama sekali.")
    page = f"/admin/terjemahan/{portal.pk}/?state=all&part=m"
    words = {f"words:{key}": "Tolong diperiksa."} if act != "confirm" else {}
    data = form_at(ratna, page, do=f"{act}::{key}", **words)
    count = Act.objects.count()

    first, second = ratna.post(page, data), ratna.post(page, data)

    assert (first.status_code, second.status_code) == (302, 302)
    assert second.headers["Location"] == first.headers["Location"]
    assert Act.objects.count() == count + 1
    page = ratna.get(second.headers["Location"]).text
    assert "This was done already: the form was sent twice, and counted once." in page


def test_a_waiver_sent_twice_is_saved_once(portal):
    ratna = logged_in("ratna", "Translator")
    row = portal.missions.get(number=1)
    Mission.objects.filter(pk=row.pk).update(statement_en=f"{row.statement_en} 2030")
    page = f"/admin/terjemahan/{portal.pk}/?state=checks"
    fields = form_at(ratna, page)
    name = next(name for name in fields if name.startswith("reason:"))
    data = fields | {"do": name.replace("reason", "waive", 1), name: "Tahun sasaran."}

    for _time in range(2):
        ratna.post(page, data)

    assert Act.objects.filter(act=Act.Kind.WAIVED).count() == 1


def test_receipts_are_deleted_when_their_forms_have_expired(client, draft):
    _model, address, words = item(draft)
    client.post(f"/admin/{address}", form_at(client, f"/admin/{address}", **words))
    Receipt.objects.update(at="2020-01-01T00:00:00Z")

    client.post(f"/admin/{address}", form_at(client, f"/admin/{address}", **words))

    assert Receipt.objects.count() == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", [item, mission, period, account])
def test_two_identical_forms_sent_at_one_moment_add_once(client, draft, form):
    model, address, words = form(draft)
    data = form_at(client, f"/admin/{address}", **words)
    count = model.objects.count()

    def send(_number):
        try:
            return client.post(f"/admin/{address}", data).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        statuses = list(threads.map(send, range(2)))

    assert statuses == [302, 302]
    assert model.objects.count() == count + 1
