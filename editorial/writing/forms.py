"""The lists and forms of the working copy: one form per row, Indonesian beside English."""

import re
from collections import defaultdict
from functools import cache, partial

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.db.models import CheckConstraint, Q
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from modeltranslation.admin import TranslationAdmin

from editions import fields
from editions.promises import Promises, broken_by
from editions.publishing import blocking_errors
from editions.working_copy import read_document
from editorial.accounts.roles import may_write
from editorial.addresses import back_of, preview_path, structure_path, translation_path
from editorial.base_admin import PortalModelAdmin
from editorial.history.merging import MergingForm, seal_rows_below
from editorial.history.pages import (
    deleted_page,
    deletion_of,
    history_page,
    restore_page,
    restore_path,
)
from editorial.history.recording import kind_of, lock, recorded
from editorial.models import Revision
from editorial.posting import transaction_if_posted
from editorial.rows import anchor_of, vision_of
from editorial.translation.acts import record_translations
from editorial.translation.states import State, translations
from public.templatetags.portal import field_name
from vision.fields import ProseField

HIGHEST_NUMBER = 99
FIXED = _("An element or mission that was published stays, with its number: it is not deleted.")
MOVED = _(
    "Nothing was deleted: meanwhile someone changed what would be deleted. Look at it, then confirm again."
)
REFUSED_BY_DATABASE = _(
    "Nothing was saved: meanwhile someone else saved or published what this would collide with. Look, then try again."
)


class TextForm(MergingForm):
    def validate_constraints(self):
        """Include read-only fields: a number is unique per vision, whose field is read-only."""
        if not self.errors and obeys_constraints(self.instance):
            return
        try:
            self.instance.validate_constraints(exclude=set(self.errors))
        except ValidationError as error:
            self.add_error(None, error)


def obeys_constraints(row):
    """Check all check constraints in one query; Django needs a query and a savepoint for each."""
    constraints = row._meta.constraints
    checks = [each for each in constraints if isinstance(each, CheckConstraint)]
    all_checks = CheckConstraint(condition=Q(*(each.condition for each in checks)), name="all")
    try:
        for constraint in [all_checks, *(each for each in constraints if each not in checks)]:
            constraint.validate(type(row), row)
    except ValidationError:
        return False
    return True


class TextAdmin(PortalModelAdmin, TranslationAdmin):
    form = TextForm
    delete_confirmation_template = "admin/editorial/history/delete.html"
    keeps_draft = True
    stays_in = ()  # what a row belongs to, and belongs to for ever

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if hasattr(db_field, "translated_field"):
            dress(field, db_field)
        return field

    # Who may write what

    def get_readonly_fields(self, request, obj=None):
        fixed = self.fixed_fields(obj) if obj else ()
        return [*super().get_readonly_fields(request, obj), *fixed, *self.forbidden_fields(request)]

    def fixed_fields(self, row):
        """What can no longer be changed in a row that was saved."""
        return self.stays_in

    def forbidden_fields(self, request):
        """What this person may only look at."""
        names = flatten_fieldsets(self.get_fieldsets(request))
        return [name for name in names if not may_write(request.user, name, self.opts.model_name)]

    def get_prepopulated_fields(self, request, obj=None):
        """Only from fields that can be typed in to fields that can."""
        readonly = self.get_readonly_fields(request, obj)
        prepopulated = super().get_prepopulated_fields(request, obj).items()
        return {
            name: sources for name, sources in prepopulated if not {name, *sources} & set(readonly)
        }

    def writable_fields(self, request, row):
        """The columns of a saved row that this person may change."""
        if not self.has_change_permission(request, row):
            return []
        names = flatten_fieldsets(self.get_fieldsets(request, row))
        return [name for name in names if name not in self.get_readonly_fields(request, row)]

    # Saving: all of it is recorded, nothing of it overwrites

    def get_object(self, request, object_id, from_field=None):
        """Whoever is about to write holds the row, so that it is merged with what stands there at that moment."""
        row = super().get_object(request, object_id, from_field)
        if row is None or request.method != "POST":
            return row
        lock(vision_of(row).pk)
        return super().get_object(request, object_id, from_field)

    def save_model(self, request, obj, form, change):
        action = Revision.Action.CHANGE if change else Revision.Action.ADD
        vision = vision_of(obj)
        author = request.user.get_username()
        with recorded(vision.pk, author, action, savepoint=False) as save:
            super().save_model(request, obj, form, change)
            save.vision = vision.pk
        record_translations(save.revision, {(kind_of(obj), obj.pk): form.seen})
        if change:
            self.warn_of_what_is_fixed(request, obj)

    def warn_of_what_is_fixed(self, request, row):
        """Whoever opened the form before the first edition may have typed what can no longer be changed."""
        fields = [self.opts.get_field(name) for name in self.fixed_fields(row)]
        typed = [
            f
            for f in fields
            if request.POST.get(f.name, "") not in ("", str(f.value_from_object(row)))
        ]
        if typed:
            names = ", ".join(str(field.verbose_name) for field in typed)
            self.message_user(
                request,
                gettext("Not changed, because it is fixed: %(fields)s.") % {"fields": names},
                messages.WARNING,
            )

    def delete_model(self, request, obj):
        vision, author = vision_of(obj).pk, request.user.get_username()
        with recorded(vision, author, Revision.Action.DELETE, savepoint=False):
            super().delete_model(request, obj)

    def log_addition(self, *args):
        """The history of texts is kept by ``recorded``, with the words themselves."""

    log_change = log_deletions = log_addition

    # The database has the last word, and whoever saves is told so.

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """The form is sent to the address without its #fragment, which would take the focus from what is wrong."""
        try:
            return super().changeform_view(
                request, object_id, form_url or request.get_full_path(), extra_context
            )
        except IntegrityError:
            return self.refused_by_database(request)

    def delete_view(self, request, object_id, extra_context=None):
        try:
            with transaction_if_posted(request):
                row = self.get_object(request, unquote(object_id))
                if row:
                    self.check_deletable(row)
                return self.refuse_moved(request, row) or super().delete_view(
                    request, object_id, {"token": row and seal_rows_below(row)}
                )
        except IntegrityError:
            return self.refused_by_database(request)

    def check_deletable(self, row):
        """Raise ``PermissionDenied`` with the reason, where nobody may delete the row."""

    def refuse_moved(self, request, row):
        """The way back to the question, where it was asked about another state of what would be deleted."""
        if request.method != "POST" or row is None or not self.has_delete_permission(request, row):
            return None
        if constant_time_compare(request.POST.get("token", ""), seal_rows_below(row)):
            return None
        self.message_user(request, MOVED, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def refused_by_database(self, request):
        self.message_user(request, REFUSED_BY_DATABASE, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def answer_without_row(self, request, key):
        """Say who deleted the row, and give back the typed texts."""
        if deleted := deletion_of(self.model, key):
            return deleted_page(request, self, deleted)
        return super().answer_without_row(request, key)

    def warn_of_blocking_errors(self, request, vision):
        """Say on saving what will stop the next publication, so that both texts can be changed one after the other."""
        for sentence in blocking_errors(read_document(vision)):
            self.message_user(request, sentence, messages.WARNING)

    # Where one came from

    def response_post_save_add(self, request, obj):
        """Back to this row: the form may have been opened for another, or added one before."""
        back = back_of(request)
        if back and back.url.partition("#")[0] == structure_path(vision_of(obj)):
            return HttpResponseRedirect(structure_path(obj))
        return back or super().response_post_save_add(request, obj)

    def response_post_save_change(self, request, obj):
        return back_of(request) or super().response_post_save_change(request, obj)

    def response_change(self, request, obj):
        response = super().response_change(request, obj)
        if "_continue" in request.POST and back_of(request):
            return HttpResponseRedirect(request.get_full_path())
        return response

    def response_delete(self, request, obj_display, obj_id):
        """Where Django only says that it is deleted, the way to put it back stands beside the sentence."""
        words = format_html(
            '{} <a href="{}">{}</a>',
            gettext("“%(row)s” is deleted. Readers see no change until it is published.")
            % {"row": obj_display},
            restore_path(deletion_of(self.model, obj_id)),
            gettext("Put it back …"),
        )
        self.message_user(request, words, messages.SUCCESS)
        return back_of(request) or self.response_post_save_change(request, None)

    # History

    def get_urls(self):
        restore = self.admin_site.admin_view(partial(restore_page, self))
        name = f"{self.opts.app_label}_{self.opts.model_name}_restore"
        return [
            path("<int:object_id>/history/<int:number>/", restore, name=name),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def history_view(self, request, object_id, extra_context=None):
        return history_page(request, self, unquote(object_id))

    # Lists

    def get_search_fields(self, request):
        texts = fields.of(self.opts.model_name)
        return [column for field in texts if not field.is_shared for column in field.columns]

    def get_list_display(self, request):
        of_vision = cache(
            lambda vision: translations(read_document(vision))
        )  # asked once for the whole list

        @admin.display(description=_("English"))
        def english(row):
            return english_of(row, of_vision(vision_of(row)))

        return [*super().get_list_display(request), english]

    def tools(self, request, row):
        tools = []
        if request.user.has_module_perms("vision"):
            tools += [
                (_("Translation"), translation_path(vision_of(row), first_key(row), state="all")),
                (_("Structure"), structure_path(row)),
                (_("Preview in Indonesian"), preview_path(row, "id")),
                (_("Preview in English"), preview_path(row, "en")),
            ]
        if request.user.has_perm("editions.publish_edition"):
            tools.append(
                (_("Publish"), reverse("admin:vision_vision_publish", args=[vision_of(row).pk]))
            )
        return tools


def english_of(row, translations):
    """How the English of the row stands, in words; of the vision, its own texts."""
    names = defaultdict(list)
    for key in keys_of(row):
        if key in translations and translations[key].needs_work:
            names[translations[key].state.label].append(str(field_name(translations[key].passage)))
    return (
        "; ".join(f"{state}: {', '.join(fields)}" for state, fields in names.items())
        or State.DONE.label
    )


def keys_of(row):
    """The keys that the row's passages have in the document."""
    kind = kind_of(row)
    for field in fields.of(kind):
        if not field.is_shared:
            yield f"{field.anchor or anchor_of(row)}.{field.name}"


def first_key(row):
    """The key of the first passage with words; "" where a form was sent that leaves none."""
    return next((key for key in keys_of(row) if getattr(row, f"{key.rpartition('.')[2]}_ind")), "")


def dress(field, db_field):
    """Give the input of a text its language, and the room the text needs."""
    is_slug = not hasattr(db_field, "normalise")
    field.widget.attrs |= {"lang": db_field.language, "spellcheck": "false" if is_slug else "true"}
    field.widget.attrs.pop("maxlength", None)  # a browser would cut a longer text without a word
    if not is_slug:
        field.widget.attrs["rows"] = 8 if isinstance(db_field, ProseField) else 2
    if db_field.language == "en":
        field.help_text = ""  # it stands in the column beside


def free_number(model, vision, wanted):
    """The number that is wanted if it is free, else the one after the last; None if none is left."""
    taken = set(model.objects.filter(vision=vision).values_list("number", flat=True))
    last_shown = Promises(vision.pk).last(model)
    after = max(taken, default=0) + 1
    if (
        re.fullmatch("[1-9][0-9]?", wanted)
        and int(wanted) not in taken
        and int(wanted) > last_shown
    ):
        return int(wanted)
    return after if after <= HIGHEST_NUMBER else None


def is_promised(row):
    """Whether an edition shows the element or mission, so that it stays."""
    return Promises(row.vision_id).holds(row)


class NumberedForm(TextForm):
    def validate_constraints(self):
        super().validate_constraints()
        for name, sentence in broken_by(self.instance).items():
            self.add_error(name if name in self.fields else None, sentence)


class NumberedAdmin(TextAdmin):
    """Elements and missions. Database triggers prevent renumbering those that an edition has
    shown.
    """

    form = NumberedForm
    stays_in = ("vision",)

    def fixed_fields(self, row):
        return (*self.stays_in, "number") if is_promised(row) else self.stays_in

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "number":
            kwargs["max_value"] = HIGHEST_NUMBER
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request):
        """The vision, where there is one to choose, and a number that is free in it."""
        initial = super().get_changeform_initial_data(request)
        visions = self.formfield_for_foreignkey(self.opts.get_field("vision"), request).queryset
        if len(visions) == 1:
            initial.setdefault("vision", visions[0].pk)
        asked = str(initial.get("vision"))
        if vision := next((vision for vision in visions if str(vision.pk) == asked), None):
            initial["number"] = free_number(self.model, vision, initial.get("number", ""))
        return initial

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and is_promised(obj))

    def check_deletable(self, row):
        if is_promised(row):
            raise PermissionDenied(FIXED)
