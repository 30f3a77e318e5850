import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "magelang_portal.settings")
django = get_wsgi_application()

from public.delivery.front import Front  # noqa: E402 (it needs Django to be set up)

# Without it, developers see a changed template at once.
application = django if settings.DEBUG else Front(django)
