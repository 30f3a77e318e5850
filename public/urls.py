from django.urls import path

from public.addresses import (
    FILES,
    FORMS,
    FRAMES,
    LANGUAGE_FILES,
    LANGUAGES,
    OEMBED,
    PAGES,
    RENDITIONS,
    forms_of,
    rendition_routes,
)
from public.pages import embed, files, views
from public.pages.rendering import answered


def page_paths(name, routes):
    """The page in both languages, and the other forms it has."""
    for number, (language, route) in enumerate(zip(LANGUAGES, routes, strict=True)):
        view = getattr(embed if name == "embed" else views, name)
        yield path(f"{language}/{route}", answered(view, language), name=f"{name}-{language}")
        for form in forms_of(name):
            yield path(f"{language}/{route}{FORMS[form][number]}", answered(view, language, form))


def frame_paths(kind, routes):
    for language, route in zip(LANGUAGES, routes, strict=True):
        view = answered(embed.frame, language)
        yield path(f"{language}/{route}", view, {"kind": kind}, name=f"embed-{kind}-{language}")


def file_paths(name, routes):
    view = getattr(files, name.replace("-", "_"))
    for language, route in zip(LANGUAGES, routes, strict=True):
        yield path(f"{language}/{route}", answered(view, language), name=f"{name}-{language}")


def rendition_paths(rendition):
    """The rendition in both languages: that of the edition in force, and that of each edition."""
    views = (files.rendition_in_force, files.edition_rendition)
    for view, (name, routes) in zip(views, rendition_routes(rendition), strict=True):
        for language, route in zip(LANGUAGES, routes, strict=True):
            yield path(
                f"{language}/{route}",
                answered(view, language),
                {"rendition": rendition},
                name=f"{name}-{language}",
            )


urlpatterns = [pattern for name, routes in PAGES.items() for pattern in page_paths(name, routes)]
urlpatterns += [pattern for kind, routes in FRAMES.items() for pattern in frame_paths(kind, routes)]
urlpatterns += [
    pattern for name, routes in LANGUAGE_FILES.items() for pattern in file_paths(name, routes)
]
urlpatterns += [pattern for name in RENDITIONS for pattern in rendition_paths(name)]
urlpatterns += [
    path(route, answered(getattr(files, name.replace("-", "_"))), name=name)
    for name, route in FILES.items()
]

urlpatterns.append(path(OEMBED, answered(embed.oembed), name=OEMBED))

# A redirect would cost a reader on a slow line a sixth of a second.
urlpatterns += [
    path("", answered(views.home, "id"), name="root"),
    path("data/", answered(views.data, "id"), name="data-root"),
]
