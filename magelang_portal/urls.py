from django.contrib import admin
from django.urls import include, path

handler404 = "public.views.not_found"
handler500 = "public.views.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("public.urls")),
]
