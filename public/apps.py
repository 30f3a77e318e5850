from django.apps import AppConfig


class PublicConfig(AppConfig):
    name = "public"

    def ready(self):
        from editions.publishing import publication
        from public.mirror.keeper import start_writing

        publication.connect(start_writing, dispatch_uid="static copy")
