from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as PORTAL

INSTALLED_APPS = ["tests.support.scratch", *PORTAL]
# No migration knows the text: the tables are made of the models.
MIGRATION_MODULES = dict.fromkeys(["vision", "missions", "editions", "editorial"])
