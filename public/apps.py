from django.apps import AppConfig


class PublicConfig(AppConfig):
    name = "public"

    def ready(self):
        from editions.publishing import publication
        from public.mirror.keeper import begin

        publication.connect(begin, dispatch_uid="static copy")
