"""What others did since this person's visit before."""

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from editorial.accounts.visits import end_of_visit_before
from editorial.addresses import form_path
from editorial.models import Revision
from editorial.translation.acts import ACTION_OF
from editorial.translation.remarks import path_to_remarks


def since_last_visit(user, copies):
    """The end of the visit before, and (words, address) of each thing; {} if nothing happened."""
    moment = end_of_visit_before(user) if copies else None
    if moment is None:
        return {}
    name = user.get_username()
    things = [*saves(name, moment)]
    for copy in copies:
        things += [*editions(name, moment, copy), *comments(name, moment, copy)]
    return {"moment": moment, "things": things} if things else {}


def saves(name, moment):
    """How often each other person saved, without judgements on translations."""
    found = Revision.objects.filter(at__gt=moment).exclude(author=name)
    found = found.exclude(action__in=ACTION_OF.values()).order_by("author")
    for author, count in found.values_list("author").annotate(Count("pk")):
        words = ngettext("%(name)s saved once", "%(name)s saved %(count)d times", count)
        path = reverse("admin:editorial_revision_changelist", query={"author": author})
        yield words % {"name": author, "count": count}, path


def editions(name, moment, copy):
    words = _("%(name)s published edition %(number)d of %(years)s")
    for edition in copy.editions:
        if edition.published_at > moment and edition.publisher != name:
            its = {"name": edition.publisher, "number": edition.number, "years": copy.years}
            yield words % its, form_path(edition)


def comments(name, moment, copy):
    count = sum(
        any(act.revision.at > moment and act.revision.author != name for act in acts)
        for acts in copy.remarks.values()
    )
    if count:
        words = ngettext(
            "New comments on %(count)d passage of %(years)s",
            "New comments on %(count)d passages of %(years)s",
            count,
        )
        path = path_to_remarks(copy.vision, copy.remarks)
        yield words % {"count": count, "years": copy.years}, path
