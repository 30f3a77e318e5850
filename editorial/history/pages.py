"""The history of a row and of a save, and the pages that restore an earlier state."""

import re

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.db.models import Max
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from editions.clock import in_wib
from editions.difference import word_segments
from editions.fields import MODELS
from editorial.addresses import back_of, form_path, history_path
from editorial.history.changes import changes_of, halves_of_moves, in_order, place_name, row_of
from editorial.history.merging import seal_rows_below
from editorial.history.recording import columns_of, kind_of_model, recorded, validate
from editorial.models import Act, Revision, Version
from editorial.posting import transaction_if_posted
from editorial.rows import vision_of
from vision.points import PointBase

# Columns that are not restored: they follow from the row's place.
COLUMNS_OF_PLACE = (
    "vision_id",
    "element_id",
    "mission_id",
    "parent_id",
    "anchor",
    "last_anchor",
)
VERSIONS_ON_A_PAGE = 20
PLACES_SHOWN = 3
ACTS_SHOWN = 50
HIGHEST_NUMBER = 2**31 - 1  # of PostgreSQL's integer column


# The history of one row


def versions_of(model, key):
    """The versions of a row, even a deleted one, newest first. ``key`` may be any text."""
    versions = Version.objects.select_related("revision").order_by("-number")
    is_key = re.fullmatch("[0-9]{1,18}", str(key))
    return versions.filter(kind=kind_of_model(model), row=key) if is_key else versions.none()


def history_page(request, model_admin, key):
    row = model_admin.get_object(request, key)
    if not model_admin.has_view_or_change_permission(request, row):
        raise PermissionDenied
    versions = versions_of(model_admin.model, key)
    if row is None and not versions:
        return model_admin.answer_without_row(request, key)
    return admin.site.page(
        request,
        "history/history",
        title=_("History"),
        subtitle=row or place_name(versions[0]),
        row=row,
        vision=row and vision_of(row),
        opts=model_admin.opts,
        page=page_of(versions, request, is_deleted=row is None),
        acts=acts_of(model_admin.model, key),
    )


def acts_of(model, key):
    """The newest acts on the row's translation, in the order of time."""
    acts = Act.objects.filter(kind=kind_of_model(model), row=key, revision__isnull=False)
    return list(reversed(acts.select_related("revision").order_by("-pk")[:ACTS_SHOWN]))


def page_of(versions, request, *, is_deleted):
    """One page of the versions, each with the links that this person may follow."""
    page = Paginator(versions, VERSIONS_ON_A_PAGE).get_page(request.GET.get("page"))
    page.object_list = [
        {
            "revision": version.revision,
            "changes": changes_of(version),
            "restore": "" if is_deleted and version.after else restore_link(request, version),
            "moved": (other := other_half(version)) and history_path(row_of(other)),
        }
        for version in page.object_list
    ]
    return page


def language_of(column):
    """The language of a column; None for a column without words."""
    return {"_ind": "id", "_en": "en"}.get(column[column.rfind("_") :])


def other_half(version):
    """The version of the other row, if this one is half of a move."""
    is_half = version.before is None or version.after is None
    if not is_half or version.revision.action != Revision.Action.MOVE:
        return None
    return halves_of_moves(version.revision.versions).get(version.pk)


def can_be_put_back(version):
    """False for an added row, which had no state before, and for one that moved to another list."""
    return version.before is not None and not (version.after is None and other_half(version))


def restore_link(request, version):
    """The address at which this person can undo the version, or ""."""
    action = "add" if version.after is None else "change"
    is_allowed = may(request.user, action, version) and can_be_put_back(version)
    return restore_path(version) if is_allowed else ""


def may(user, action, version):
    opts = MODELS[version.kind]._meta
    return user.has_perm(f"{opts.app_label}.{action}_{opts.model_name}")


def restore_path(version):
    opts = MODELS[version.kind]._meta
    name = f"admin:{opts.app_label}_{opts.model_name}_restore"
    return reverse(name, args=[version.row, version.number])


# One revision in the history of all texts


def summary_of(revision):
    """The acts and their places in words: the first places, and the number of others."""
    places = list(dict.fromkeys(map(place_name, in_order(revision) or revision.acts.all())))
    shown, more = "; ".join(places[:PLACES_SHOWN]), len(places) - PLACES_SHOWN
    if more > 0:
        words = ngettext("%(places)s; and %(more)d more", "%(places)s; and %(more)d more", more)
        shown = words % {"places": shown, "more": more}
    return f"{revision.what}: {shown}"


def languages_of(revision):
    versions = revision.versions.all()
    touched = {
        _("Indonesian"): any(version.touches_id for version in versions),
        _("English"): any(version.touches_en for version in versions),
    }
    return ", ".join(name for name, is_touched in touched.items() if is_touched)


def revision_page(request, model_admin, revision, key):
    """One save in full: each row it changed, word by word, with the link to the row's history."""
    if not model_admin.has_view_permission(request, revision):
        raise PermissionDenied
    if revision is None:
        return model_admin.answer_without_row(request, key)
    # The versions show the written texts.
    acts = [act for act in revision.acts.all() if act.act != Act.Kind.TRANSLATED]
    return admin.site.page(
        request,
        "history/revision_page",
        title=capfirst(revision.what),
        subtitle=f"{revision.author}, {in_wib(revision.at)}",
        opts=model_admin.opts,
        revision=revision,
        entries=[
            {
                "place": place_name(version),
                "changes": changes_of(version),
                "history": history_path(row_of(version)),
                "restore": restore_link(request, version),
            }
            for version in in_order(revision)
        ],
        acts=[(place_name(act), history_path(row_of(act)), act) for act in acts],
    )


# Putting texts back


def restore_page(model_admin, request, object_id, number):
    """Compares the row before one of its versions with the row now, and offers each old text."""
    versions = versions_of(model_admin.model, object_id)
    version = versions.filter(number=min(number, HIGHEST_NUMBER)).first()
    if version is None or not can_be_put_back(version):
        raise Http404
    with transaction_if_posted(request):
        row = model_admin.get_object(request, str(object_id))
        if not model_admin.has_view_or_change_permission(request, row):
            raise PermissionDenied
        if row is None and version.after is not None:
            return HttpResponseRedirect(restore_path(deletion_of(model_admin.model, object_id)))
        if row is None:
            return restore_deleted_page(request, model_admin, version)
        if request.method == "POST":
            if version.after is None and "base" not in request.POST:
                # The second click on the button that puts a deleted row back.
                return was_put_back(request, row)
            return restore(request, model_admin, version, row)
    return show_restore_page(request, model_admin, version, row)


def show_restore_page(request, model_admin, version, row, errors=(), chosen=None):
    writable, now = model_admin.writable_fields(request, row), columns_of(row)
    differing = [
        name
        for name, value in version.before.items()
        if now[name] != value and name not in COLUMNS_OF_PLACE
    ]
    labels = {name: row._meta.get_field(name).verbose_name for name in differing}
    return admin.site.page(
        request,
        "history/restore",
        title=_("Put back"),
        subtitle=row,
        row=row,
        vision=vision_of(row),
        opts=model_admin.opts,
        version=version,
        texts=[
            {
                "column": name,
                "label": labels[name],
                "language": language_of(name),
                "segments": word_segments(str(now[name]), str(version.before[name])),
                "is_chosen": name in (version.fields if chosen is None else chosen),
            }
            for name in differing
            if name in writable
        ],
        others=[labels[name] for name in differing if name not in writable],
        base=seal_rows_below(row),
        errors=errors,
    )


def restore(request, model_admin, version, row):
    if not model_admin.has_change_permission(request, row):
        raise PermissionDenied
    sent = request.POST.getlist("column")
    chosen = [name for name in model_admin.writable_fields(request, row) if name in sent]
    try:
        put_back_texts(request, version, row, chosen)
    except ValidationError as error:
        row.refresh_from_db()
        return show_restore_page(request, model_admin, version, row, error.messages, chosen)
    return was_put_back(request, row)


def put_back_texts(request, version, row, chosen):
    """After a ``ValidationError`` nothing has changed."""
    if not constant_time_compare(request.POST.get("base", ""), seal_rows_below(row)):
        raise ValidationError(
            _("Nothing was put back: meanwhile someone changed this. Look at what differs now.")
        )
    if not chosen:
        raise ValidationError(_("Choose at least one text to put back."))
    with recorded(vision_of(row).pk, request.user.get_username(), Revision.Action.RESTORE):
        for name in chosen:
            setattr(row, name, version.before[name])
        validate(row)
        row.save()


def was_put_back(request, row):
    messages.success(request, _("It was put back. Readers see it when it is published."))
    return back_of(request) or HttpResponseRedirect(form_path(row))


# Putting a deleted row back


def deletion_of(model, key):
    """The version that deleted the row, if the row is still deleted."""
    version = versions_of(model, key).first()
    return version if version and version.after is None else None


def deleted_page(request, model_admin, version):
    """Shows who deleted the row and when, the link to restore it, and the typed text."""
    form = model_admin.get_form(request)
    typed = [
        (field.label, request.POST[name], language_of(name))
        for name, field in form.base_fields.items()
        if request.POST.get(name, "").strip() and language_of(name)
    ]
    other = other_half(version)
    can_restore = may_add_all(request.user, deleted_together(version)) and not other
    response = admin.site.page(
        request,
        "history/deleted",
        title=_("Moved") if other else _("Deleted meanwhile") if typed else _("Deleted"),
        subtitle=place_name(version),
        opts=model_admin.opts,
        version=version,
        typed=typed,
        moved=other and form_path(row_of(other)),
        restore=restore_path(version) if can_restore else "",
    )
    response.status_code = 410
    return response


def deleted_together(version):
    return [deleted for deleted in version.revision.versions.all() if deleted.after is None]


def may_add_all(user, versions):
    """A translator may add a term, but not the vision that was deleted with it."""
    return all(may(user, "add", version) for version in versions)


def restore_deleted_page(request, model_admin, version):
    """Rows deleted together are restored together: an element or mission with its points."""
    versions, errors = deleted_together(version), []
    if not may_add_all(request.user, versions):
        raise PermissionDenied
    if request.method == "POST":
        try:
            return put_back_rows(request, version, versions)
        except (IntegrityError, ValidationError):
            words = _(
                "It cannot be put back: something else has taken its place, or what it belonged "
                "to is gone."
            )
            errors = [words]
    return admin.site.page(
        request,
        "history/restore_deleted",
        title=_("Put back"),
        subtitle=place_name(version),
        opts=model_admin.opts,
        version=version,
        rows=[place_name(deleted) for deleted in versions],
        errors=errors,
    )


def put_back_rows(request, version, versions):
    revision, name = version.revision, request.user.get_username()
    with recorded(revision.vision_id, name, Revision.Action.RESTORE):
        for deleted in sorted(versions, key=owners_first):
            row = MODELS[deleted.kind](pk=deleted.row, **deleted.before)
            if isinstance(row, PointBase):
                place_after_siblings(row)
            validate(row)  # a missing owner, which the database would report only on commit
            row.save(force_insert=True)
    return was_put_back(request, row_of(version))


def place_after_siblings(point):
    """Move the point to the end of its list if another has taken its position."""
    siblings = point.siblings
    if siblings.filter(position=point.position).exists():
        point.position = siblings.aggregate(last=Max("position"))["last"] + 1


def owners_first(version):
    return list(MODELS).index(version.kind), version.before.get("parent_id") is not None
