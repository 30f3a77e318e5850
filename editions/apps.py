from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class EditionsConfig(AppConfig):
    name = "editions"
    verbose_name = _("Editions")

    def ready(self):
        from editions import checks, publishing, triggers  # noqa: F401
        from editions.data_folder import heads

        publishing.publication.connect(heads.look_after_publication)
        pre_migrate.connect(triggers.drop_before_migrate, sender=self)
        post_migrate.connect(triggers.create_after_migrate, sender=self)
