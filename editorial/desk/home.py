"""The home page of the admin: notes about the whole portal, and a card for each period."""

from django.utils.translation import gettext as _

from editions.data_folder.alarms import open_alarms, past_alarms
from editorial.accounts.attacks import steps_of_administrator
from editorial.accounts.proposals import steps_of_proposals
from editorial.desk.alarms import neglected, shown
from editorial.desk.period import period
from editorial.desk.since import since_last_visit
from editorial.working_copy import WorkingCopy, staff_release
from public.mirror import keeper
from vision.models import Vision


def desk(user):
    """The template's context for this person."""
    may_look = user.has_perm("vision.view_vision")
    release = staff_release()
    copies = [WorkingCopy(vision, release) for vision in Vision.objects.all()] if may_look else []
    alarms = open_alarms()
    is_current = any(copy.state != "archived" for copy in copies)
    return {
        "alarms": [shown(alarm) for alarm in alarms],
        "must_acknowledge": any(not alarm.ends_itself for alarm in alarms),
        "neglected": list(neglected({alarm.name for alarm in alarms})),
        "has_past_alarms": user.has_perm("editorial.view_event") and bool(past_alarms()),
        "has_role": bool(user.get_all_permissions()),
        "steps": steps_of_accounts(user),
        "since": since_last_visit(user, copies),
        "may_look": may_look,
        "may_begin": may_begin(user),
        "next_period": words_of_next_period(copies) if may_begin(user) else "",
        "copying": keeper.progress(release) if user.has_perm("editions.publish_edition") else None,
        # Archived periods come last, collapsed. Without a current period, the first one is open.
        "periods": [
            period(user, copy) | {"is_open": not is_current and copy == copies[0]}
            for copy in sorted(copies, key=lambda copy: copy.state == "archived")
        ],
    }


def steps_of_accounts(user):
    signs = steps_of_administrator() if user.has_perm("editorial.view_event") else ()
    return [*signs, *steps_of_proposals(user)]


def words_of_next_period(copies):
    """Why another period may begin, for those who may begin it; "" where there is none yet."""
    if not copies:
        return ""
    if all(copy.is_over for copy in copies):
        return _("The period %(years)s is over.") % {"years": copies[0].years}
    return _("A period ends, another begins:")


def may_begin(user):
    return user.has_perms(["vision.add_vision", "vision.write_indonesian"])
