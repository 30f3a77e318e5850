"""The portal's settings with a separate data folder and without the caller's environment."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

for name in [
    name for name in os.environ if name.startswith("PORTAL_") and name != "PORTAL_DATABASE_URL"
]:
    del os.environ[name]
os.environ.pop("PORT", None)
os.environ["PORTAL_COPY_DIR"] = "off"
os.environ["PORTAL_DATA_DIR"] = tempfile.mkdtemp(prefix="portal-tests-")
atexit.register(shutil.rmtree, os.environ["PORTAL_DATA_DIR"], ignore_errors=True)

from magelang_portal.settings import *  # noqa: E402, F403
from magelang_portal.settings import DATA_DIR, DATABASES, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose

STATIC_ROOT = Path(DATA_DIR, "static")
STATIC_ROOT.mkdir()
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in earnest: threads that share a database in memory meet locks that do not wait.
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}
    options = DATABASES["default"]["OPTIONS"]  # no test outlives a power cut
    options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
else:
    # A test is one transaction, which may wait long while pages are rendered.
    DATABASES["default"]["OPTIONS"]["options"] += " -c idle_in_transaction_session_timeout=0"
