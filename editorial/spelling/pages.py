from django import forms
from django.core.exceptions import ValidationError

from editions import clock
from editorial.addresses import back_of
from editorial.base_admin import PortalModelAdmin
from editorial.models import CityWord
from editorial.spelling.words import shipped_words


class CityWordForm(forms.ModelForm):
    class Meta:
        model = CityWord
        fields = ["word"]

    def clean_word(self):
        word = self.cleaned_data["word"]
        if word in shipped_words():
            raise ValidationError(CityWord._meta.get_field("word").error_messages["unique"])
        return word


class CityWordAdmin(PortalModelAdmin):
    """Words are added and deleted, never changed."""

    is_in_bar = False  # the glossary leads to it
    form = CityWordForm
    list_display = ["word", "added_by", "added_at"]
    search_fields = ["word"]

    def has_change_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        obj.added_by, obj.added_at = request.user.get_username(), clock.now()
        super().save_model(request, obj, form, change)

    def response_post_save_add(self, request, obj):
        return back_of(request) or super().response_post_save_add(request, obj)
