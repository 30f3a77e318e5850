from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, connection

from magelang_portal.operations.owner import as_owner, grant, is_owner, role_that_serves


class Command(migrate.Command):
    """Django's command, as the role that owns the tables; then grants the serving role's rights."""

    def execute(self, *arguments, **options):
        """Includes the checks, which read the database before ``handle``."""
        if options["database"] != DEFAULT_DB_ALIAS:
            return super().execute(*arguments, **options)
        with as_owner():
            output = super().execute(*arguments, **options)
            if is_owner():
                grant(connection, role_that_serves())
        return output
