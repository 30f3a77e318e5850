"""The configuration of a portal in production, and the settings that it produces."""

import os
import runpy

from tests.support.repository import ROOT

PRODUCTION = {
    "PORTAL_PRODUCTION": "1",
    "PORTAL_SITE_URL": "https://visi.example.go.id",
    "PORTAL_SECRET_KEY": "qYx8-3fLr0Wm_Zt7Kc5Vb1Ns9Hd2Jg4Pa6Ee-Uo_Ii8Tt3Rr5Ww",
}


def configure(monkeypatch, tmp_path, configuration):
    """The settings by name, with only these environment variables."""
    for name in [name for name in os.environ if name.startswith("PORTAL_")]:
        monkeypatch.delenv(name)
    for name, value in ({"PORTAL_DATA_DIR": str(tmp_path)} | configuration).items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(ROOT / "magelang_portal" / "settings.py")
