"""The lists and forms of the working copy: one form for each row, Indonesian beside English."""

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
from editorial.accounts.roles import may_remark, may_write
from editorial.addresses import (
    back_of,
    comments_path,
    manuscript_path,
    preview_of,
    publish_path,
    structure_path,
    translation_path,
)
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
from vision.models import Vision

HIGHEST_NUMBER = 99
FIXED = _("An element or mission that was published stays, with its number: it is not deleted.")
CHANGED_MEANWHILE = _(
    "Nothing was deleted: meanwhile someone changed what would be deleted. "
    "Look at it, then confirm again."
)
REFUSED_BY_DATABASE = _(
    "Nothing was saved: meanwhile someone else saved or published what this would collide with. "
    "Look, then try again."
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
    keeps_draft = list_is_replaced = True
    owner_fields = ()  # foreign keys to the row's owner; fixed once it is saved

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if hasattr(db_field, "translated_field"):
            adapt_to_language(field, db_field)
        return field

    def get_fieldsets(self, request, obj=None):
        """The texts first, if the place is settled: by the saved row or the form's address."""
        place, *texts = super().get_fieldsets(request, obj)
        is_placed = obj or any(name in request.GET for name in self.owner_fields)
        return [*texts, place] if is_placed else [place, *texts]

    # Permissions

    def get_readonly_fields(self, request, obj=None):
        fixed = self.fixed_fields(obj) if obj else ()
        return [*super().get_readonly_fields(request, obj), *fixed, *self.forbidden_fields(request)]

    def fixed_fields(self, row):
        """The fields that no longer change once the row is saved."""
        return self.owner_fields

    def forbidden_fields(self, request):
        """The fields that this person may only read."""
        names = flatten_fieldsets(self.get_fieldsets(request))
        return [name for name in names if not may_write(request.user, name, self.opts.model_name)]

    def get_prepopulated_fields(self, request, obj=None):
        """Leave out read-only fields."""
        readonly = self.get_readonly_fields(request, obj)
        prepopulated = super().get_prepopulated_fields(request, obj).items()
        return {
            name: sources for name, sources in prepopulated if not {name, *sources} & set(readonly)
        }

    def writable_fields(self, request, row):
        """The columns of a saved row that this person may change; [] without permission."""
        if not self.has_change_permission(request, row):
            return []
        names = flatten_fieldsets(self.get_fieldsets(request, row))
        return [name for name in names if name not in self.get_readonly_fields(request, row)]

    # Saving: recorded in the history, merged with others' changes

    def get_object(self, request, object_id, from_field=None):
        """On POST, lock the vision and read the row again, to merge with its newest state."""
        row = super().get_object(request, object_id, from_field)
        if row is None or request.method != "POST":
            return row
        lock(vision_of(row).pk)
        return super().get_object(request, object_id, from_field)

    def save_model(self, request, obj, form, change):
        action = Revision.Action.CHANGE if change else Revision.Action.ADD
        vision, author = vision_of(obj), request.user.get_username()
        with recorded(vision.pk, author, action, savepoint=False) as save:
            super().save_model(request, obj, form, change)
            save.vision = vision.pk
        record_translations(save.revision, {(kind_of(obj), obj.pk): form.seen})
        if change:
            self.warn_of_what_is_fixed(request, obj)

    def warn_of_what_is_fixed(self, request, row):
        """A form opened before the first edition may send fields that have become fixed since."""
        fixed = [self.opts.get_field(name) for name in self.fixed_fields(row)]
        ignored = [
            str(field.verbose_name)
            for field in fixed
            if request.POST.get(field.name, "") not in ("", str(field.value_from_object(row)))
        ]
        if ignored:
            words = gettext("Not changed, because it is fixed: %(fields)s.")
            sentence = words % {"fields": ", ".join(ignored)}
            self.message_user(request, sentence, messages.WARNING)

    def delete_model(self, request, obj):
        vision, author = vision_of(obj).pk, request.user.get_username()
        with recorded(vision, author, Revision.Action.DELETE, savepoint=False):
            super().delete_model(request, obj)

    def log_addition(self, *args):
        """Do nothing: ``recorded`` keeps the history, with the texts."""

    log_change = log_deletions = log_addition

    # Refusals of the database

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Post the form to an address without #fragment, which would take the focus off errors."""
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
                shown = row and {"token": seal_rows_below(row), "vision": vision_of(row)}
                return self.refuse_stale_deletion(request, row) or super().delete_view(
                    request, object_id, shown
                )
        except IntegrityError:
            return self.refused_by_database(request)

    def check_deletable(self, row):
        """Raise ``PermissionDenied`` with the reason if the row is fixed."""

    def refuse_stale_deletion(self, request, row):
        """Redirect to the confirmation page if the rows have changed since it was shown."""
        if request.method != "POST" or row is None or not self.has_delete_permission(request, row):
            return None
        if constant_time_compare(request.POST.get("token", ""), seal_rows_below(row)):
            return None
        self.message_user(request, CHANGED_MEANWHILE, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def refused_by_database(self, request):
        self.message_user(request, REFUSED_BY_DATABASE, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def answer_without_row(self, request, key):
        """Say who deleted the row, and show the typed texts again."""
        if deleted := deletion_of(self.model, key):
            return deleted_page(request, self, deleted)
        return super().answer_without_row(request, key)

    def warn_of_blocking_errors(self, request, vision):
        """Warn only: two texts that must agree are changed one after the other."""
        for sentence in blocking_errors(read_document(vision)):
            self.message_user(request, sentence, messages.WARNING)

    # Redirects

    def response_post_save_add(self, request, obj):
        """In the structure, go to the new row: ``next`` may name another row's anchor."""
        back = back_of(request)
        if back and back.url.partition("#")[0] == structure_path(vision_of(obj)):
            return HttpResponseRedirect(structure_path(obj))
        if back or self.shows_list(request.user):
            return back or super().response_post_save_add(request, obj)
        return HttpResponseRedirect(structure_path(obj))

    def response_post_save_change(self, request, obj):
        back = back_of(request)
        if back or self.shows_list(request.user):
            return back or super().response_post_save_change(request, obj)
        return HttpResponseRedirect(manuscript_path(vision_of(obj), anchor=anchor_of(obj)))

    def response_change(self, request, obj):
        response = super().response_change(request, obj)
        if "_continue" in request.POST and back_of(request):
            return HttpResponseRedirect(request.get_full_path())
        return response

    def response_delete(self, request, obj_display, obj_id):
        """Add to Django's message a link that puts the row back."""
        deletion = deletion_of(self.model, obj_id)
        words = format_html(
            '{} <a href="{}">{}</a>',
            gettext("“%(row)s” is deleted. Readers see no change until it is published.")
            % {"row": obj_display},
            restore_path(deletion),
            gettext("Put it back …"),
        )
        self.message_user(request, words, messages.SUCCESS)
        back = back_of(request)
        if back or self.shows_list(request.user):
            return back or super().response_post_save_change(request, None)
        vision = Vision.objects.filter(pk=deletion.revision.vision_id).first()
        return HttpResponseRedirect(structure_path(vision) if vision else reverse("admin:index"))

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
        @cache  # one document for all rows of a vision
        def translations_of(vision):
            return translations(read_document(vision))

        @admin.display(description=_("English"))
        def english(row):
            return english_of(row, translations_of(vision_of(row)))

        return [*super().get_list_display(request), english]

    def tools(self, request, row):
        vision, tools = vision_of(row), []
        if request.user.has_module_perms("vision"):
            tools += [
                (_("Manuscript"), manuscript_path(vision, anchor=anchor_of(row))),
                (_("Translation"), translation_path(vision, first_key(row), state="all")),
                (_("Structure"), structure_path(row)),
            ]
        if may_remark(request.user) and (key := first_key(row)):
            tools.append((_("Comments"), comments_path(vision, key, request.get_full_path())))
        if request.user.has_perm("editions.publish_edition"):
            tools.append((_("Publish"), publish_path(vision)))
        return tools

    def render_change_form(self, request, context, obj=None, **kwargs):
        if obj:
            context |= {"vision": vision_of(obj), "preview": preview_of(request.user, obj)}
        return super().render_change_form(request, context, obj=obj, **kwargs)


def english_of(row, translations):
    """The state of the row's English in words, such as “missing: statement, short title”."""
    names = defaultdict(list)
    for key in keys_of(row):
        if key in translations and translations[key].needs_work:
            names[translations[key].state.label].append(str(field_name(translations[key].passage)))
    states = [f"{state}: {', '.join(fields)}" for state, fields in names.items()]
    return "; ".join(states) or State.DONE.label


def keys_of(row):
    """The keys of the row's passages in the document."""
    kind = kind_of(row)
    for field in fields.of(kind):
        if not field.is_shared:
            yield f"{field.anchor or anchor_of(row)}.{field.name}"


def first_key(row):
    """The key of the first passage that is not empty; "" for a row that a form left empty."""
    return next((key for key in keys_of(row) if getattr(row, f"{key.rpartition('.')[2]}_ind")), "")


def adapt_to_language(field, db_field):
    """Give the input of a text its language and a suitable size."""
    is_slug = not hasattr(db_field, "normalise")
    field.widget.attrs |= {"lang": db_field.language, "spellcheck": "false" if is_slug else "true"}
    field.widget.attrs.pop("maxlength", None)  # browsers cut longer texts silently
    if not is_slug:
        field.widget.attrs["rows"] = 8 if isinstance(db_field, ProseField) else 2
    if db_field.language == "en":
        field.help_text = ""  # the Indonesian column beside it has the help


def free_number(model, vision, wanted):
    """``wanted`` if it is free, else the number after the last; None if none is left."""
    taken = set(model.objects.filter(vision=vision).values_list("number", flat=True))
    number = int(wanted) if re.fullmatch("[1-9][0-9]?", wanted) else 0
    if number > Promises(vision.pk).last(model) and number not in taken:
        return number
    after = max(taken, default=0) + 1
    return after if after <= HIGHEST_NUMBER else None


def is_promised(row):
    """Whether an edition shows the element or mission, which fixes its number."""
    return Promises(row.vision_id).holds(row)


class NumberedForm(TextForm):
    def validate_constraints(self):
        super().validate_constraints()
        for name, sentence in broken_by(self.instance).items():
            self.add_error(name if name in self.fields else None, sentence)


class NumberedAdmin(TextAdmin):
    """Elements and missions. Triggers of the database keep the numbers that an edition shows."""

    form = NumberedForm
    owner_fields = ("vision",)

    def fixed_fields(self, row):
        return (*self.owner_fields, "number") if is_promised(row) else self.owner_fields

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "number":
            kwargs["max_value"] = HIGHEST_NUMBER
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request):
        """Preset a free number, and the vision if there is only one."""
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
