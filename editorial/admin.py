from django.contrib import admin
from django.contrib.auth.models import Group
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from editions.models import Edition
from editorial.accounts.admin import AccountAdmin
from editorial.audit.pages import EventAdmin
from editorial.history.admin import RevisionAdmin
from editorial.models import Account, CityWord, Event, Revision
from editorial.publishing.admin import EditionAdmin
from editorial.spelling.pages import CityWordAdmin

for model in (Group, StaticDevice, TOTPDevice):
    admin.site.unregister(model)
# The order of the lists in the admin.
admin.site.register(Account, AccountAdmin)
admin.site.register(CityWord, CityWordAdmin)
admin.site.register(Event, EventAdmin)
admin.site.register(Revision, RevisionAdmin)
admin.site.register(Edition, EditionAdmin)
