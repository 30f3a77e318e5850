from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as PORTAL

INSTALLED_APPS = ["tests.support.scratch", *PORTAL]
# No migration has the text, so the tables are made from the models.
MIGRATION_MODULES = dict.fromkeys(["vision", "missions", "editions", "editorial"])
