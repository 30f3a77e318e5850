"""The page on which people choose how often the portal writes to them, and where to."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from editorial.audit.recording import record
from editorial.models import Account, Event
from editorial.posting import posted, transaction_if_posted


class RemindersForm(forms.ModelForm):
    class Meta:
        model = Account
        fields = ["email", "reminders"]
        widgets = {
            "email": forms.EmailInput({"autocomplete": "email"}),
            "reminders": forms.RadioSelect,
        }
        help_texts = {
            "email": _("Only the portal's reminders go there. Leave it empty to get no mail.")
        }


@require_http_methods(["GET", "HEAD", "POST"])
def reminders_page(request):
    with transaction_if_posted(request):
        account = Account.objects.get(pk=request.user.pk)
        form = RemindersForm(posted(request), instance=account)
        if form.is_valid():
            return kept(request, form)
    return admin.site.page(
        request,
        "reminders/reminders",
        title=_("Reminders by mail"),
        form=form,
        has_mail_server=settings.HAS_MAIL_SERVER,
    )


def kept(request, form):
    if form.has_changed():
        account = form.save()
        # Without the address: nobody can delete anything from the audit log.
        record(Event.Kind.REMINDERS, row=account, detail=account.get_reminders_display())
    messages.success(request, gettext("Your choice was saved."))
    return HttpResponseRedirect(request.path)
