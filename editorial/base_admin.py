"""The base of every list and form of the admin."""

from functools import partial

from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IS_POPUP_VAR, IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from editorial.receipts import answer_once, keep_receipt

SEARCH_LENGTH = 100  # characters: each word is a condition on each column


class PortalChangeList(ChangeList):
    def get_filters(self, request):
        try:
            return super().get_filters(request)
        except DisallowedModelAdminLookup as error:
            raise IncorrectLookupParameters from error  # redirects to the whole list


class PortalModelAdmin(admin.ModelAdmin):
    actions = None
    show_facets = admin.ShowFacets.NEVER
    list_is_replaced = False  # by the manuscript and the structure, for all but superusers
    is_in_bar = True

    def shows_list(self, user):
        """Whether links lead this person to the list."""
        return user.is_superuser or not self.list_is_replaced

    def get_changelist(self, request, **kwargs):
        return PortalChangeList

    def lookup_allowed(self, lookup, value, request):
        """Allow only the list's own filters: ``?name_ind__regex=(a+)+$`` would block a worker."""
        filters = self.get_list_filter(request)
        names = [name for name in filters if isinstance(name, str)]
        own = {
            list_filter.parameter_name
            for list_filter in filters
            if not isinstance(list_filter, str)
        }
        return lookup in own | {
            f"{name}__{kind}" for name in names for kind in ("exact", "id__exact")
        }

    def get_object(self, request, object_id, from_field=None):
        """Ignore an empty ``?_to_field=``, for which Django would raise an error."""
        return super().get_object(request, object_id, from_field or None)

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, search_term[:SEARCH_LENGTH])

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget  # without the links to pop-up windows
        return field

    def changelist_view(self, request, extra_context=None):
        """Name the list as the links to it do."""
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def history_view(self, request, object_id, extra_context=None):
        """Check permission before looking up the row: do not reveal which ids exist."""
        extra_context = {"title": _("History")} | (extra_context or {})
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def answer_without_row(self, request, key):
        """The response if no row has this key."""
        return super()._get_obj_does_not_exist_redirect(request, self.opts, key)

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        # Django offers no public name for this; a test names the Django version.
        return self.answer_without_row(request, unquote(object_id))

    def tools(self, request, row):
        """The links above the row's form: (words, address)."""
        return []

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        without_pop_up(request)
        view = partial(super().changeform_view, request, object_id, form_url, extra_context)
        return view() if object_id else answer_once(request, view)

    def place_of_next(self, row):
        """The fields that "Save and add another" takes over from the row that was added."""
        return {}

    def response_add(self, request, obj, post_url_continue=None):
        response = super().response_add(request, obj, post_url_continue)
        if "_addanother" in request.POST and (place := self.place_of_next(obj)):
            query = request.GET.copy()
            for name, value in place.items():
                query[name] = value
            response = HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
        keep_receipt(request, response.url, obj)
        return response

    def render_change_form(self, request, context, obj=None, **kwargs):
        if obj and self.has_change_permission(request, obj):  # as the links to it: edit
            context["title"] = _("Edit %(name)s") % {"name": self.opts.verbose_name}
        context["tools"] = self.tools(request, obj) if obj else []
        return super().render_change_form(request, context, obj=obj, **kwargs)


def without_pop_up(request):
    """Drop the request for a pop-up window, which Django would answer with a script."""
    for name in ("GET", "POST"):
        values = getattr(request, name).copy()
        values.pop(IS_POPUP_VAR, None)
        setattr(request, name, values)


class PermanentAdmin(PortalModelAdmin):
    """Read-only, as the triggers of the database require."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ChosenFilter(admin.SimpleListFilter):
    """Ignores a value that is not among its choices."""

    def queryset(self, request, queryset):
        known = [str(value) for value, _name in self.lookup_choices]
        return self.narrowed(queryset, self.value()) if self.value() in known else queryset

    def narrowed(self, queryset, value):
        return queryset.filter(**{self.parameter_name: value})
