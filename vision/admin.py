from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import path
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from editions.fields import columns_by_text
from editions.promises import Promises
from editorial.addresses import structure_path
from editorial.publishing.pages import publish_page
from editorial.writing.forms import NumberedAdmin, NumberedForm, TextAdmin
from editorial.writing.points import PointAdmin
from vision.models import Element, Point, Term, Vision

ADDRESS_WORDS = [  # each with its sources, in this order
    ("slug_ind", "name_ind"),
    ("slug_en", "name_en"),
    ("slug_en", "slug_ind"),
]
SLUG_LENGTH = 50
MADE_OF_NAMES = _(
    "The last part of the page’s address. Left empty, it is made from the name; the English one "
    "from the English name, or else it is the Indonesian word until a translator chooses another. "
    "An address that was published keeps working."
)
NO_ADDRESS_WORD = _("No address word can be made from this name. Write one in Latin letters.")


@admin.register(Vision)
class VisionAdmin(TextAdmin):
    list_display = ["__str__", "statement_ind"]
    fieldsets = [
        (_("Years"), {"fields": [("period_start", "period_end")]}),
        (_("Texts"), {"fields": columns_by_text("vision")}),
    ]

    def get_urls(self):
        publish = self.admin_site.admin_view(publish_page)
        return [
            path("<int:vision_id>/terbitkan/", publish, name="vision_vision_publish"),
            *super().get_urls(),
        ]

    def fixed_fields(self, row):
        return ("period_start", "period_end") if Promises(row.pk).are_made else ()

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (
            obj and Promises(obj.pk).are_made
        )

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        self.warn_of_blocking_errors(request, obj)

    def response_post_save_add(self, request, obj):
        return HttpResponseRedirect(
            structure_path(obj)
        )  # there its elements and missions are added next


def address_word(words):
    """As many of the words as fit in an address; "" without Latin letters."""
    word = slugify(words)
    if len(word) <= SLUG_LENGTH:
        return word
    return word[: SLUG_LENGTH + 1].rpartition("-")[0] or word[:SLUG_LENGTH]


class ElementForm(NumberedForm):
    """The address words of a new element may stay empty: then they are made of its names.

    Without an English name, the English word is the Indonesian one. So an editor needs no English;
    a translator can choose another word before it is published.
    """

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.is_new = not self.instance.pk
        if self.is_new:
            self.fields["slug_ind"].help_text = MADE_OF_NAMES
            self.fields["slug_ind"].required = self.fields["slug_en"].required = False

    def clean(self):
        if self.is_new:
            self._make_address_words()
        return super().clean()

    def _make_address_words(self):
        for name, source in ADDRESS_WORDS:
            if name not in self.errors and not self.cleaned_data.get(name):
                self.cleaned_data[name] = address_word(self.cleaned_data.get(source) or "")
        if self.cleaned_data.get("name_ind") and not self.cleaned_data.get("slug_ind", "?"):
            self.add_error("slug_ind", NO_ADDRESS_WORD)


@admin.register(Element)
class ElementAdmin(NumberedAdmin):
    form = ElementForm
    list_display = ["__str__", "statement_words_ind"]
    list_filter = ["vision"]
    list_select_related = ["vision"]
    ordering = ["-vision__period_start", "number"]
    prepopulated_fields = {"slug": ["name"]}
    fieldsets = [
        (None, {"fields": [("vision", "number")]}),
        (_("Texts"), {"fields": columns_by_text("element")}),
    ]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        self.warn_of_blocking_errors(request, obj.vision)


admin.site.register(Point, PointAdmin)


@admin.register(Term)
class TermAdmin(TextAdmin):
    list_is_replaced = False  # translators keep the glossary there
    owner_fields = ("vision",)
    list_display = ["__str__", "vision"]
    list_filter = ["vision"]
    list_select_related = ["vision"]
    fieldsets = [
        (None, {"fields": ["vision"]}),
        (_("Texts"), {"fields": columns_by_text("term")}),
    ]
