from django.contrib import admin
from django.urls import include, path

from editorial.publishing.shared_preview import shared_preview

handler404 = "public.pages.views.not_found"
handler500 = "magelang_portal.outage.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("pratinjau/<str:token>/", shared_preview, name="shared-preview"),
    path("pratinjau/<str:token>/<path:rest>", shared_preview, name="shared-preview"),
    path("", include("public.urls")),
]
