from django.urls import path

from public import views
from public.addresses import FILES, LANGUAGES, PAGES

urlpatterns = [
    path(f"{language}/{route}", views.page(getattr(views, name), language), name=f"{name}-{language}")
    for name, routes in PAGES.items()
    for language, route in zip(LANGUAGES, routes, strict=True)
] + [path(route, views.file(getattr(views, name.replace("-", "_"))), name=name) for name, route in FILES.items()]

# A redirect would cost a reader on a slow line a sixth of a second.
urlpatterns += [path("", views.page(views.home, "id"), name="root")]
