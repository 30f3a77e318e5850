"""The portal as shipped, with a folder for its static copy."""

import pytest

from public.mirror import contents, keeper, reading, writing
from public.releases import Release

FEW = [
    "/",
    "/id/",
    "/id/visi/",
    "/id/aksesibilitas/",
    "/data/2016-2021/1.json",
    "/sitemap.xml",
    "/id/visi/2016-2021/misi/1/",
]


@pytest.fixture
def folder(live_portal, settings, tmp_path, monkeypatch):
    """The portal as shipped; the value is the folder of its copy."""
    settings.COPY_DIR, settings.DATA_DIR = tmp_path / "copy", tmp_path / "data"
    monkeypatch.setattr(
        keeper, "spawn_writer", lambda lock: None
    )  # it would read the settings of another portal
    return settings.COPY_DIR


@pytest.fixture
def few(monkeypatch):
    """A portal with few addresses, for tests that need only some."""
    monkeypatch.setattr(contents, "addresses", lambda release: FEW)


@pytest.fixture
def keep_pages_only():
    """A function after which the copy is as if its writer had ended after the pages."""

    def keep():
        fresh = reading.current().with_suffix(writing.PARTIAL)
        writing.write(Release.agreed(), fresh, is_first=True)
        keeper.put_in_force(fresh, reading.current())

    return keep
