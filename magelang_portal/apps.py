from django.apps import AppConfig


class MagelangPortalConfig(AppConfig):
    name = "magelang_portal"

    def ready(self):
        from magelang_portal import checks  # noqa: F401
