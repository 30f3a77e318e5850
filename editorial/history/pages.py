"""What was done to the texts and by whom, and the way back: the history of a row, and putting it back."""

import re
from contextlib import nullcontext

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
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
from editorial.history.changes import changes_of, in_order, place_name, row_of
from editorial.history.merging import seal_rows_below
from editorial.history.recording import check, columns_of, kind_of_model, recorded
from editorial.models import Act, Revision, Version
from editorial.rows import vision_of
from vision.models import Point

# Columns that say where a row belongs, which its place says already.
PLACES = ("vision_id", "element_id", "parent_id", "anchor", "last_anchor")
VERSIONS_ON_A_PAGE = 20
PLACES_SHOWN = 3
ACTS_SHOWN = 50
HIGHEST_NUMBER = 2**31 - 1  # a greater one stands in no row


# The history of one row


def versions_of(model, key):
    """The versions of a row, which need not stand any more, the newest first. ``key`` is as an address has it."""
    versions = Version.objects.select_related("revision").order_by("-number")
    is_key = re.fullmatch("[0-9]{1,18}", str(key))
    return versions.filter(kind=kind_of_model(model), row=key) if is_key else versions.none()


def history_page(request, model_admin, key):
    """Every version of the row, the newest first, with its words and the way back to how it was before."""
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
        opts=model_admin.opts,
        page=page_of(versions, request, stands=row is not None),
        acts=acts_of(model_admin.model, key),
    )


def acts_of(model, key):
    """What was said of the row's translation, the newest last, and no more than one reads."""
    acts = Act.objects.filter(
        kind=kind_of_model(model), row=key, revision__isnull=False
    ).select_related("revision")
    return list(reversed(acts.order_by("-pk")[:ACTS_SHOWN]))


def page_of(versions, request, *, stands):
    """One page of the versions, with the way back from each that can be taken by this person."""
    page = Paginator(versions, VERSIONS_ON_A_PAGE).get_page(request.GET.get("page"))
    page.object_list = [
        {
            "revision": version.revision,
            "changes": changes_of(version),
            "restore": way_back(request, version) if stands or version.after is None else "",
            "moved": (half := moved_half(version)) and history_path(row_of(half)),
        }
        for version in page.object_list
    ]
    return page


def language_of(column):
    """The language of a column, or None where it holds no words."""
    return {"_ind": "id", "_en": "en"}.get(column[column.rfind("_") :])


def moved_half(version):
    """A point that is put into another list becomes another row: the version of the other row, of the same save."""
    if version.revision.action != Revision.Action.MOVE or (version.before and version.after):
        return None
    other = {"before__isnull": True} if version.after is None else {"after__isnull": True}
    return version.revision.versions.filter(kind=version.kind, **other).first()


def can_be_put_back(version):
    """False for what was added, before which there was nothing, and for what stands in another list now."""
    return version.before is not None and not (version.after is None and moved_half(version))


def way_back(request, version):
    """The address of putting back, where the version can be taken back and this person may; else ""."""
    action = "add" if version.after is None else "change"
    return (
        restore_path(version)
        if may(request.user, action, version) and can_be_put_back(version)
        else ""
    )


def may(user, action, version):
    opts = MODELS[version.kind]._meta
    return user.has_perm(f"{opts.app_label}.{action}_{opts.model_name}")


def restore_path(version):
    opts = MODELS[version.kind]._meta
    return reverse(
        f"admin:{opts.app_label}_{opts.model_name}_restore", args=[version.row, version.number]
    )


# One revision, of the whole document's history


def summary_of(revision):
    """What was done and where, in words: the first places, and how many more."""
    places = list(dict.fromkeys(map(place_name, in_order(revision) or revision.acts.all())))
    shown = "; ".join(places[:PLACES_SHOWN])
    if len(places) > PLACES_SHOWN:
        more = len(places) - PLACES_SHOWN
        shown = ngettext("%(places)s; and %(more)d more", "%(places)s; and %(more)d more", more) % {
            "places": shown,
            "more": more,
        }
    return f"{revision.what}: {shown}"


def languages_of(revision):
    versions = list(revision.versions.all())
    touched = [(_("Indonesian"), "touches_id"), (_("English"), "touches_en")]
    return ", ".join(
        name for name, flag in touched if any(getattr(version, flag) for version in versions)
    )


def said_by(revision):
    """What was said; where something was written, that is told by its versions."""
    return [act for act in revision.acts.all() if act.act != Act.Kind.TRANSLATED]


def revision_page(request, model_admin, revision, key):
    """One save in full: each row it changed, word by word, with the way to the row's own history."""
    if not model_admin.has_view_permission(request, revision):
        raise PermissionDenied
    if revision is None:
        return model_admin.answer_without_row(request, key)
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
                "restore": way_back(request, version),
            }
            for version in in_order(revision)
        ],
        acts=[(place_name(act), history_path(row_of(act)), act) for act in said_by(revision)],
    )


# Putting back


def restore_page(model_admin, request, object_id, number):
    """The row as it was before one of its versions, against the row of now: each text that differs can be put back."""
    version = (
        versions_of(model_admin.model, object_id).filter(number=min(number, HIGHEST_NUMBER)).first()
    )
    if version is None or not can_be_put_back(version):
        raise Http404
    with transaction.atomic() if request.method == "POST" else nullcontext():
        row = model_admin.get_object(request, str(object_id))
        if not model_admin.has_view_or_change_permission(request, row):
            raise PermissionDenied
        if row is None and version.after is not None:
            return HttpResponseRedirect(restore_path(deletion_of(model_admin.model, object_id)))
        if row is None:
            return restore_deleted_page(request, model_admin, version)
        if version.after is None and is_of_a_deleted_row(request):
            return was_put_back(request, row)  # a moment ago, by the first click of two
        if request.method == "POST":
            return restore(request, model_admin, version, row)
    return show_restore_page(request, model_admin, version, row)


def show_restore_page(request, model_admin, version, row, errors=(), chosen=None):
    writable = model_admin.writable_fields(request, row)
    now = columns_of(row)
    differing = [
        name for name, value in version.before.items() if now[name] != value and name not in PLACES
    ]
    chosen = [name for name in version.fields if name in writable] if chosen is None else chosen
    return admin.site.page(
        request,
        "history/restore",
        title=_("Put back"),
        subtitle=row,
        row=row,
        opts=model_admin.opts,
        version=version,
        texts=[
            {
                "column": name,
                "label": row._meta.get_field(name).verbose_name,
                "language": language_of(name),
                "segments": word_segments(str(now[name]), str(version.before[name])),
                "is_chosen": name in chosen,
            }
            for name in differing
            if name in writable
        ],
        others=[
            row._meta.get_field(name).verbose_name for name in differing if name not in writable
        ],
        base=seal_rows_below(row),
        errors=errors,
    )


def restore(request, model_admin, version, row):
    chosen = [
        name
        for name in model_admin.writable_fields(request, row)
        if name in request.POST.getlist("column")
    ]
    if not model_admin.has_change_permission(request, row):
        raise PermissionDenied
    if not constant_time_compare(request.POST.get("base", ""), seal_rows_below(row)):
        errors = [
            _("Nothing was put back: meanwhile someone changed this. Look at what differs now.")
        ]
        return show_restore_page(request, model_admin, version, row, errors, chosen)
    if not chosen:
        errors = [_("Choose at least one text to put back.")]
        return show_restore_page(request, model_admin, version, row, errors, chosen)
    try:
        with recorded(vision_of(row).pk, request.user.get_username(), Revision.Action.RESTORE):
            for name in chosen:
                setattr(row, name, version.before[name])
            check(row)
            row.save()
    except ValidationError as error:
        row.refresh_from_db()
        return show_restore_page(request, model_admin, version, row, error.messages, chosen)
    return was_put_back(request, row)


def was_put_back(request, row):
    messages.success(request, _("It was put back. Readers see it when it is published."))
    return back_of(request) or HttpResponseRedirect(form_path(row))


# What was deleted


def is_of_a_deleted_row(request):
    """Whether the form was sent that puts back a row, not texts of one that stands."""
    return request.method == "POST" and "base" not in request.POST


def deletion_of(model, key):
    """The version with which the row was deleted, where it was and has not been put back."""
    version = versions_of(model, key).first()
    return version if version and version.after is None else None


def deleted_page(request, model_admin, version):
    """The row is gone: who deleted it and when, the way to put it back, and whatever was typed meanwhile."""
    form = model_admin.get_form(request)
    typed = [
        (field.label, request.POST[name], language_of(name))
        for name, field in form.base_fields.items()
        if request.POST.get(name, "").strip() and language_of(name)
    ]
    half = moved_half(version)
    response = admin.site.page(
        request,
        "history/deleted",
        title=_("Moved") if half else _("Deleted meanwhile") if typed else _("Deleted"),
        subtitle=place_name(version),
        opts=model_admin.opts,
        version=version,
        typed=typed,
        moved=half and form_path(row_of(half)),
        restore=restore_path(version)
        if may_add_all(request.user, deleted_together(version)) and not half
        else "",
    )
    response.status_code = 410
    return response


def deleted_together(version):
    return [gone for gone in version.revision.versions.all() if gone.after is None]


def may_add_all(user, versions):
    """A translator may add a term, but not the vision that it was deleted with."""
    return all(may(user, "add", gone) for gone in versions)


def restore_deleted_page(request, model_admin, version):
    """What was deleted in one act is put back in one: an element comes back with its points."""
    versions = deleted_together(version)
    if not may_add_all(request.user, versions):
        raise PermissionDenied
    errors = []
    if request.method == "POST":
        try:
            return put_back(request, version, versions)
        except (IntegrityError, ValidationError):
            errors = [
                _(
                    "It cannot be put back: something else stands in its place, or what it belonged to is gone."
                )
            ]
    return admin.site.page(
        request,
        "history/restore_deleted",
        title=_("Put back"),
        subtitle=place_name(version),
        opts=model_admin.opts,
        version=version,
        rows=[place_name(gone) for gone in versions],
        errors=errors,
    )


def put_back(request, version, versions):
    revision = version.revision
    with recorded(revision.vision_id, request.user.get_username(), Revision.Action.RESTORE):
        for gone in sorted(versions, key=order_of_making):
            row = MODELS[gone.kind](pk=gone.row, **gone.before)
            if (
                isinstance(row, Point)
                and Point.objects.siblings_of(row).filter(position=row.position).exists()
            ):
                row.position = (
                    Point.objects.siblings_of(row).aggregate(last=Max("position"))["last"] + 1
                )
            check(
                row
            )  # a missing owner, too, which the databases tell only when the transaction ends
            row.save(force_insert=True)
    return was_put_back(request, row_of(version))


def order_of_making(version):
    """What a row belongs to comes before it."""
    return list(MODELS).index(version.kind), version.before.get("parent_id") is not None
