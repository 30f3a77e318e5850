from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class EditorialConfig(AppConfig):
    name = "editorial"
    verbose_name = _("accounts")


class PortalAdminConfig(admin_apps.AdminConfig):
    default = False  # it stands for django.contrib.admin, not for this app
    default_site = "editorial.site.PortalAdminSite"
