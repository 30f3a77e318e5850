"""What the lists and forms of every room have in common."""

from functools import partial

from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IS_POPUP_VAR, IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied

from editorial.receipts import answer_once, keep_receipt

SEARCH_LENGTH = 100  # every word asked for is a condition on every column


class PortalChangeList(ChangeList):
    def get_filters(self, request):
        try:
            return super().get_filters(request)
        except DisallowedModelAdminLookup as error:
            raise IncorrectLookupParameters from error  # leads back to the whole list


class PortalModelAdmin(admin.ModelAdmin):
    """What every list and form of this admin has in common."""

    actions = None
    show_facets = admin.ShowFacets.NEVER

    def get_changelist(self, request, **kwargs):
        return PortalChangeList

    def lookup_allowed(self, lookup, value, request):
        """Only what the list's own filters ask: ``?name_ind__regex=(a+)+$`` would hold a worker for ever."""
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
        """An empty ``?_to_field=`` names no field; Django would look for one of that name, and fail."""
        return super().get_object(request, object_id, from_field or None)

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, search_term[:SEARCH_LENGTH])

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget  # no pop-up windows: every row has its own page
        return field

    def history_view(self, request, object_id, extra_context=None):
        """Check permission before looking up the row, so the answer does not reveal which ids exist."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def answer_without_row(self, request, key):
        """The response where no row has this key."""
        return super()._get_obj_does_not_exist_redirect(request, self.opts, key)

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        # Django's name, and private: its forms offer no public one. A test names Django's version.
        return self.answer_without_row(request, unquote(object_id))

    def tools(self, request, row):
        """The links above the row's form: (words, address)."""
        return []

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        without_pop_up(request)
        sent = (request, object_id, form_url, extra_context)
        answer = partial(super().changeform_view, *sent)
        return answer() if object_id else answer_once(request, answer)

    def response_add(self, request, obj, post_url_continue=None):
        response = super().response_add(request, obj, post_url_continue)
        keep_receipt(request, response.url, obj)
        return response

    def render_change_form(self, request, context, obj=None, **kwargs):
        context["tools"] = self.tools(request, obj) if obj else []
        return super().render_change_form(request, context, obj=obj, **kwargs)


def without_pop_up(request):
    """Every form is a page of its own. Django would answer a pop-up window with a script."""
    for name in ("GET", "POST"):
        values = getattr(request, name).copy()
        values.pop(IS_POPUP_VAR, None)
        setattr(request, name, values)


class PermanentAdmin(PortalModelAdmin):
    """Rows that are looked at, and never changed: the database refuses that, too."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ChosenFilter(admin.SimpleListFilter):
    """Narrows the list to one of its own choices; where another value was sent, not at all."""

    def queryset(self, request, queryset):
        known = [str(value) for value, _name in self.lookup_choices]
        return self.narrowed(queryset, self.value()) if self.value() in known else queryset

    def narrowed(self, queryset, value):
        return queryset.filter(**{self.parameter_name: value})
