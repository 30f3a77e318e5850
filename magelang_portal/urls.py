from django.contrib import admin
from django.urls import include, path

from editorial.publishing.answering import answer_page
from editorial.publishing.shared_preview import shared_preview
from public.addresses import ADMIN, ANSWER, SHARED_PREVIEWS

handler404 = "public.pages.views.not_found"
handler500 = "magelang_portal.outage.server_error"

urlpatterns = [
    path(ADMIN[1:], admin.site.urls),
    *(
        path(f"{SHARED_PREVIEWS[1:]}<str:token>/{rest}", answer_page, {"rest": rest})
        for rest in ANSWER.values()
    ),
    path(f"{SHARED_PREVIEWS[1:]}<str:token>/", shared_preview, name="shared-preview"),
    path(f"{SHARED_PREVIEWS[1:]}<str:token>/<path:rest>", shared_preview, name="shared-preview"),
    path("", include("public.urls")),
]
