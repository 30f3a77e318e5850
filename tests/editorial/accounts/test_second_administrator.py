"""Four eyes: no page gives a role before a second administrator agrees."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import RequestFactory
from django_otp.plugins.otp_totp.models import TOTPDevice

from editions import clock
from editorial.accounts.proposals import shown_proposals
from editorial.accounts.second_administrator import Decision, NotAllowed, decide, propose
from editorial.current_request import identified
from editorial.models import Account, Event, Proposal
from tests.support.factories import make_account
from tests.support.people.desk import change, logged_in, typed

pytestmark = pytest.mark.django_db
LIST, ADD = "/admin/usulan-peran/", "/admin/editorial/account/add/"
PASSWORD = "tiga kuda di alun-alun"
NEW = {
    "username": "baru",
    "password1": PASSWORD,
    "password2": PASSWORD,
    "language": "id",
    "usable_password": "true",
}


@pytest.fixture(autouse=True)
def _four_eyes(settings):
    settings.SECOND_ADMINISTRATOR = "required"


def account_of(client):
    return Account.objects.get(pk=client.session["_auth_user_id"])


def role(name):
    return Group.objects.get(name=name).pk


def roles_of(account):
    return sorted(account.groups.values_list("name", flat=True))


def give(client, account, *names, **fields):
    groups = [role(name) for name in names]
    data = typed(client, change(account), groups=groups, reason="Menggantikan Budi") | fields
    data.setdefault("is_active", "on")
    return client.post(change(account), data)


def press(client, proposal, button, follow=True):
    return client.post(f"{LIST}{proposal.pk}/", {"do": button}, follow=follow)


def proposed(by, account, name="Publisher"):
    return propose(account, name, by, "Menggantikan Budi")


def set_password(client, account):
    address = change(account).replace("change", "password")
    data = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    return client.post(address, data, follow=True)


# Proposing


def test_a_role_waits_until_a_second_administrator_agrees(db):
    ida, budi, sri = logged_in("ida", "Administrator"), logged_in("budi", "Administrator"), None
    sri = make_account("sri", "Editor")

    give(ida, sri, "Editor", "Publisher")

    assert roles_of(sri) == ["Editor"]
    (proposal,) = Proposal.objects.all()
    assert (proposal.account, proposal.role, proposal.reason) == (
        sri,
        "Publisher",
        "Menggantikan Budi",
    )
    assert "Menggantikan Budi" in budi.get(LIST).text
    press(budi, proposal, "agreed")
    assert roles_of(sri) == ["Editor", "Publisher"]
    kinds = ["role-proposed", "role-agreed", "role-given"]
    found = Event.objects.filter(kind__in=kinds, detail="Publisher").order_by("pk")
    assert [(event.kind, event.actor, event.object) for event in found] == [
        ("role-proposed", "ida", "sri"),
        ("role-agreed", "budi", "sri"),
        ("role-given", "budi", "sri"),
    ]


def test_with_the_setting_off_a_role_takes_effect_at_once(settings):
    settings.SECOND_ADMINISTRATOR = "off"
    client, sri = logged_in("ida", "Administrator"), make_account("sri")

    assert "reason" not in client.get(change(sri)).context["adminform"].form.fields
    client.post(change(sri), typed(client, change(sri), groups=[role("Publisher")]))

    assert roles_of(sri) == ["Publisher"]


def test_a_role_needs_a_reason(db):
    client, sri = logged_in("ida", "Administrator"), make_account("sri")

    page = give(client, sri, "Publisher", reason=" ")

    assert "Write why the person needs the role." in page.text
    assert not Proposal.objects.exists()


def test_taking_a_role_away_works_at_once_and_needs_no_reason(db):
    client, sri = logged_in("ida", "Administrator"), make_account("sri", "Editor", "Publisher")

    give(client, sri, "Editor", reason="")

    assert roles_of(sri) == ["Editor"]
    assert not Proposal.objects.exists()


def test_a_role_that_waits_is_not_proposed_twice(db):
    client, sri = logged_in("ida", "Administrator"), make_account("sri")

    give(client, sri, "Publisher")
    give(client, sri, "Publisher")

    assert Proposal.objects.count() == 1


def test_the_account_and_the_desk_of_other_administrators_show_what_waits(db):
    ida, sri = logged_in("ida", "Administrator"), make_account("sri")
    budi, tini = logged_in("budi", "Administrator"), logged_in("tini", "Editor")
    proposed(account_of(ida), sri)

    assert "was proposed by ida and waits" in ida.get(change(sri)).text
    assert "1 role waits until you agree or refuse." in budi.get("/admin/").text
    assert "1 role waits" not in ida.get("/admin/").text
    assert "1 role waits" not in tini.get("/admin/").text


# What would make one administrator a publisher alone


def test_nobody_gives_themselves_a_role(db):
    client = logged_in("ida", "Administrator")
    ida = account_of(client)

    give(client, ida, "Administrator", "Publisher")
    (proposal,) = Proposal.objects.all()
    press(client, proposal, "agreed")

    assert roles_of(ida) == ["Administrator"]
    assert client.get("/admin/").status_code == 200  # the session goes on


def test_a_new_account_begins_without_its_role(db):
    client = logged_in("ida", "Administrator")

    client.post(ADD, NEW | {"groups": [role("Publisher")], "reason": "Staf baru"})

    baru = Account.objects.get(username="baru")
    assert roles_of(baru) == []
    assert [proposal.role for proposal in baru.proposals.all()] == ["Publisher"]


def test_forged_fields_of_a_form_give_nothing(db):
    client, sri = logged_in("ida", "Administrator"), make_account("sri")
    permission = Permission.objects.get(codename="publish_edition")
    forged = {"is_superuser": "on", "user_permissions": [permission.pk], "is_staff": "on"}

    give(client, sri, "Publisher", **forged)
    client.post(ADD, NEW | forged | {"groups": [role("Publisher")], "reason": "x"})

    for account in (sri, Account.objects.get(username="baru")):
        account = Account.objects.get(pk=account.pk)
        assert not account.has_perm("editions.publish_edition")
        assert not account.is_superuser


def test_a_superuser_is_bound_too(db):
    Account.objects.create_superuser("super")
    client, sri = logged_in("ida"), make_account("sri")
    client.force_login(Account.objects.get(username="super"))

    give(client, sri, "Publisher", is_superuser="on")

    sri.refresh_from_db()
    assert (sri.is_superuser, roles_of(sri)) == (False, [])
    assert {proposal.role for proposal in sri.proposals.all()} == {"Publisher", "superuser status"}


def test_only_a_superuser_agrees_to_a_superuser(db):
    first, second = Account.objects.create_superuser("a"), Account.objects.create_superuser("b")
    sri, ida = make_account("sri"), make_account("ida", "Administrator")
    proposal = proposed(first, sri, Proposal.Role.SUPERUSER)

    with pytest.raises(NotAllowed):
        decide(proposal.pk, Decision.AGREED, ida)
    decide(proposal.pk, Decision.AGREED, second)

    sri.refresh_from_db()
    assert sri.is_superuser


def test_the_roles_of_a_person_wait_after_somebody_set_their_password(db):
    client, sri = logged_in("ida", "Administrator"), make_account("sri", "Publisher", "Editor")

    page = set_password(client, sri)

    assert roles_of(sri) == []
    assert {proposal.role for proposal in sri.proposals.all()} == {"Publisher", "Editor"}
    assert "The roles of sri wait until a second administrator agrees." in page.text


@pytest.mark.slow
def test_who_gave_access_to_an_account_does_not_agree_to_a_role_that_waited_for_it(db):
    ida, budi = logged_in("ida", "Administrator"), logged_in("budi", "Administrator")
    tini, sri = make_account("tini", "Administrator"), make_account("sri", "Editor")
    colleagues = proposed(account_of(ida), sri)

    set_password(budi, sri)
    for proposal in Proposal.objects.all():
        press(budi, proposal, "agreed")

    assert roles_of(sri) == []
    colleagues.refresh_from_db()
    assert colleagues.decision == "expired"
    again = Proposal.objects.filter(account=sri, decision="").order_by("role")
    assert [(one.role, one.proposed_by, one.reason) for one in again] == [
        ("Editor", account_of(budi), "a new password"),
        ("Publisher", account_of(budi), "a new password"),
    ]
    decide(again[1].pk, Decision.AGREED, tini)
    assert roles_of(sri) == ["Publisher"]


def test_who_set_a_persons_password_agrees_to_their_role_only_after_they_chose_another(db):
    budi, sri = logged_in("budi", "Administrator"), make_account("sri")
    set_password(budi, sri)
    proposal = proposed(make_account("ida", "Administrator"), sri)

    assert "budi set the password of sri" in budi.get(LIST).text
    press(budi, proposal, "agreed")
    assert roles_of(sri) == []

    sri.refresh_from_db()
    with in_a_request_of(sri):
        sri.set_password("empat gajah naik kereta malam")
        sri.save()
    press(budi, proposal, "agreed")
    assert roles_of(sri) == ["Publisher"]


def test_who_wrote_a_persons_identity_does_not_agree_to_their_role(settings):
    settings.OIDC_ISSUER, settings.OIDC_NAME = "https://sso.example.go.id", "SSO"
    budi, sri = logged_in("budi", "Administrator"), make_account("sri")
    give(budi, sri, identity="budi@example.go.id")
    proposal = proposed(make_account("ida", "Administrator"), sri)

    assert "budi wrote the identity of sri" in budi.get(LIST).text
    press(budi, proposal, "agreed")

    assert roles_of(sri) == []


def test_the_password_of_a_superuser_gives_no_superuser(db):
    boss = Account.objects.create_superuser("super")
    client = logged_in("x")
    client.force_login(Account.objects.create_superuser("other"))

    set_password(client, boss)

    boss.refresh_from_db()
    assert not boss.is_superuser
    assert [proposal.role for proposal in boss.proposals.all()] == ["superuser status"]


def test_the_roles_of_a_person_wait_after_somebody_activated_the_account(db):
    client, sri = logged_in("ida", "Administrator"), make_account("sri", "Publisher")
    Account.objects.filter(pk=sri.pk).update(is_active=False)

    give(client, sri, "Publisher", is_active="on")

    sri.refresh_from_db()
    assert (sri.is_active, roles_of(sri)) == (True, [])


def test_the_roles_of_a_person_wait_after_somebody_changed_their_identity(settings):
    settings.OIDC_ISSUER, settings.OIDC_NAME = "https://sso.example.go.id", "SSO"
    client, sri = logged_in("ida", "Administrator"), make_account("sri", "Publisher")

    give(client, sri, "Publisher", identity="ida@example.go.id")

    sri.refresh_from_db()
    assert (sri.identity, roles_of(sri)) == ("ida@example.go.id", [])


def test_people_who_set_their_own_password_keep_their_roles(db):
    client = logged_in("sri", "Publisher")
    sri = account_of(client)
    sri.set_password(PASSWORD)
    sri.save()
    client.force_login(sri)
    new = "empat gajah naik kereta malam"

    client.post(
        "/admin/password_change/",
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
    )

    sri.refresh_from_db()
    assert sri.check_password(new)
    assert roles_of(sri) == ["Publisher"]


def in_a_request_of(account):
    request = RequestFactory().post("/admin/")
    request.user = account
    return identified(request)


def test_no_page_can_give_a_role_around_the_rule(db):
    ida, sri = make_account("ida", "Administrator"), make_account("sri")
    permission = Permission.objects.get(codename="publish_edition")
    publisher, nobody = Group.objects.get(name="Publisher"), Group.objects.create(name="x")
    ways = [
        lambda: sri.groups.add(publisher),
        lambda: sri.groups.set([publisher]),
        lambda: publisher.user_set.add(sri),
        lambda: sri.user_permissions.add(permission),
        lambda: nobody.permissions.add(permission),
        lambda: Account.objects.create_superuser("baru"),
    ]

    for way in ways:
        with in_a_request_of(ida), transaction.atomic(), pytest.raises(PermissionDenied):
            way()


@pytest.mark.parametrize("address", ["/admin/auth/group/", "/admin/auth/group/1/change/"])
def test_no_page_changes_what_a_role_may_do(db, address):
    client = logged_in("x")
    client.force_login(Account.objects.create_superuser("super"))

    assert client.post(address, {"action": "delete_selected"}).status_code == 404


def test_the_list_of_accounts_has_no_bulk_action(db):
    client, sri = logged_in("ida", "Administrator"), make_account("sri")

    client.post(
        "/admin/editorial/account/",
        {"action": "delete_selected", "_selected_action": [sri.pk], "groups": role("Publisher")},
    )

    assert Account.objects.filter(pk=sri.pk).exists()
    assert roles_of(sri) == []
    assert 'name="action"' not in client.get("/admin/editorial/account/").text


def test_the_roles_of_a_person_wait_after_somebody_removed_their_second_factor(db):
    client, sri = logged_in("ida", "Administrator"), make_account("sri", "Publisher")
    TOTPDevice.objects.create(user=sri)

    client.post(change(sri).replace("change", "faktor-kedua"))

    assert not TOTPDevice.objects.filter(user=sri).exists()
    assert roles_of(sri) == []


def test_a_command_on_the_server_is_the_way_out(db):
    call_command("createsuperuser", interactive=False, username="darurat", email="")
    sri = make_account("sri", "Publisher")

    assert Account.objects.get(username="darurat").is_superuser
    assert roles_of(sri) == ["Publisher"]


# Deciding


@pytest.fixture
def people(db):
    return {name: make_account(name, "Administrator") for name in ("ida", "budi", "tini")}


@pytest.fixture
def proposal(people):
    return proposed(people["ida"], make_account("sri"))


@pytest.mark.parametrize("name", ["ida", "sri"])
def test_nobody_agrees_to_their_own_proposal_or_for_themselves(people, proposal, name):
    person = Account.objects.get(username=name)
    person.groups.add(Group.objects.get(name="Administrator"))

    with pytest.raises(NotAllowed):
        decide(proposal.pk, Decision.AGREED, Account.objects.get(pk=person.pk))

    assert "Publisher" not in roles_of(proposal.account)


def test_nobody_agrees_before_the_person_has_set_up_the_second_factor(settings, people, proposal):
    settings.SECOND_FACTOR = "required"

    with pytest.raises(NotAllowed):
        decide(proposal.pk, Decision.AGREED, people["budi"])

    TOTPDevice.objects.create(user=proposal.account)
    decide(proposal.pk, Decision.AGREED, people["budi"])
    assert roles_of(proposal.account) == ["Publisher"]


def test_a_provider_that_asks_for_a_second_factor_is_enough(settings, people, proposal):
    settings.SECOND_FACTOR, settings.OIDC_SECOND_FACTOR = "required", ("amr", "mfa")
    Account.objects.filter(pk=proposal.account_id).update(identity="nip-7")

    decide(proposal.pk, Decision.AGREED, people["budi"])

    assert roles_of(proposal.account) == ["Publisher"]


def test_a_password_that_somebody_knows_is_no_way_around_the_provider(settings, people, proposal):
    settings.SECOND_FACTOR, settings.OIDC_SECOND_FACTOR = "required", ("amr", "mfa")
    sri = proposal.account
    sri.set_password(PASSWORD)
    sri.save()
    known = {"identity": "nip-7", "password_set_by": people["ida"]}
    Account.objects.filter(pk=sri.pk).update(**known)

    with pytest.raises(NotAllowed):
        decide(proposal.pk, Decision.AGREED, people["budi"])

    assert roles_of(sri) == []


def test_a_proposal_for_an_account_without_second_factor_can_be_refused(settings, people, proposal):
    client = logged_in("tono", "Administrator")
    settings.SECOND_FACTOR = "required"

    shown = shown_proposals(account_of(client))[0]
    decide(proposal.pk, Decision.REFUSED, people["budi"])

    assert (shown["may_agree"], shown["is_ready"]) == (True, False)
    assert roles_of(proposal.account) == []


@pytest.mark.parametrize("name", ["proposed_by", "account", "nobody"])
def test_the_database_refuses_an_agreement_of_the_same_person(people, proposal, name):
    by = getattr(proposal, name, None)

    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(decision="agreed", decided_by=by)


def test_who_is_no_administrator_sees_and_decides_nothing(people, proposal):
    client = logged_in("joko", "Publisher", "Editor")

    assert client.get(LIST).status_code == 403
    assert press(client, proposal, "agreed").status_code == 403
    assert roles_of(proposal.account) == []


def test_an_approver_who_lost_the_role_meanwhile_decides_nothing(people, proposal):
    budi = Account.objects.get(username="budi")
    assert budi.has_perm("editorial.change_account")  # and the instance remembers it
    Account.objects.get(pk=budi.pk).groups.clear()

    with pytest.raises(NotAllowed):
        decide(proposal.pk, Decision.AGREED, budi)


def test_a_proposal_of_somebody_who_lost_the_role_takes_no_effect(people, proposal):
    people["ida"].groups.clear()

    with pytest.raises(NotAllowed):
        decide(proposal.pk, Decision.AGREED, people["budi"])
    decide(proposal.pk, Decision.REFUSED, people["budi"])


@pytest.mark.parametrize(("first", "second"), [("agreed", "refused"), ("refused", "agreed")])
def test_what_is_decided_in_one_tab_is_not_decided_again_in_another(
    people, proposal, first, second
):
    decide(proposal.pk, Decision(first), people["budi"])

    with pytest.raises(NotAllowed):
        decide(proposal.pk, Decision(second), people["tini"])

    assert roles_of(proposal.account) == (["Publisher"] if first == "agreed" else [])


@pytest.mark.django_db(transaction=True)
def test_of_two_who_agree_at_once_one_gives_the_role():
    people = {name: make_account(name, "Administrator") for name in ("ida", "budi", "tini")}
    proposal = proposed(people["ida"], make_account("sri"))
    outcomes = []

    def agree(name):
        try:
            decide(proposal.pk, Decision.AGREED, people[name])
            outcomes.append("agreed")
        except NotAllowed:
            outcomes.append("too late")
        finally:
            connection.close()

    both = [threading.Thread(target=agree, args=[name]) for name in ("budi", "tini")]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert sorted(outcomes) == ["agreed", "too late"]
    assert Event.objects.filter(kind="role-given", object="sri").count() == 1


def test_the_proposer_takes_it_back_and_others_refuse(people, proposal):
    with pytest.raises(NotAllowed):
        decide(proposal.pk, Decision.TAKEN_BACK, people["budi"])
    decide(proposal.pk, Decision.TAKEN_BACK, people["ida"])
    other = proposed(people["ida"], proposal.account)
    decide(other.pk, Decision.REFUSED, people["budi"])

    kinds = ["role-taken-back", "role-refused"]
    found = Event.objects.filter(kind__in=kinds).order_by("pk").values_list("kind", flat=True)
    assert list(found) == kinds


def test_a_proposal_expires_and_can_be_made_again(people, proposal):
    past = clock.now() - timedelta(days=9)
    Proposal.objects.update(proposed_at=past, until=past + timedelta(days=7))

    with pytest.raises(NotAllowed):
        decide(proposal.pk, Decision.AGREED, people["budi"])
    again = proposed(people["ida"], proposal.account)

    proposal.refresh_from_db()
    assert (proposal.decision, again.decision) == ("expired", "")


@pytest.mark.slow
@pytest.mark.parametrize("button", ["", "expired", "x", "taken back"])
def test_a_forged_button_changes_nothing(people, proposal, button):
    client = logged_in("joko", "Administrator")

    page = press(client, proposal, button)

    assert "Nothing was changed" in page.text
    assert Proposal.objects.get().decision == ""


def test_a_fault_of_the_portal_does_not_look_like_a_refused_agreement(
    people, proposal, monkeypatch
):
    client = logged_in("joko", "Administrator")

    def fail(*args):
        raise KeyError("no")

    monkeypatch.setattr("editorial.accounts.proposals.decide", fail)

    with pytest.raises(KeyError):
        press(client, proposal, "agreed")


def test_the_only_administrator_reads_what_the_operator_can_do(db):
    client = logged_in("ida", "Administrator")
    proposed(account_of(client), make_account("sri"))

    assert "manage.py createsuperuser" in client.get(LIST).text


def test_an_agreement_asks_for_a_code_first(people, proposal, settings):
    settings.SECOND_FACTOR = "required"
    client = logged_in("joko", "Administrator")

    press(client, proposal, "agreed", follow=False)

    assert roles_of(proposal.account) == []
