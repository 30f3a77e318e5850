from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class EditorialConfig(AppConfig):
    name = "editorial"
    verbose_name = _("Desk")

    def ready(self):
        from editions import triggers
        from editions.official_text import loaded
        from editorial.accounts import changes, sessions  # noqa: F401
        from editorial.accounts.roles import make_roles
        from editorial.audit import signals  # noqa: F401
        from editorial.audit.chain import seal_after_migrate
        from editorial.translation.acts import accept_loaded_text

        triggers.keep_for_ever(
            "editorial_revision",
            "editorial_version",
            "editorial_act",
            "editorial_event",
            "editorial_seal",
        )
        triggers.keep_ids_of_visions("editorial_revision", "editorial_version")
        post_migrate.connect(make_roles, sender=self)
        post_migrate.connect(seal_after_migrate, sender=self)
        loaded.connect(accept_loaded_text)


class PortalAdminConfig(admin_apps.AdminConfig):
    default = False  # it replaces django.contrib.admin, not this app
    default_site = "editorial.site.PortalAdminSite"
