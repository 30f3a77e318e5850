from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, connection

from magelang_portal.operations.migrating import alone
from magelang_portal.operations.owner import as_owner, grant, is_owner, role_that_serves


class Command(migrate.Command):
    """Django's command, by one process at a time, as the role that owns the tables.

    Then it grants the rights of the serving role.
    """

    def execute(self, *arguments, **options):
        """Includes the checks, which read the database before ``handle``."""
        if options["database"] != DEFAULT_DB_ALIAS:
            return super().execute(*arguments, **options)
        with alone(), as_owner():
            output = super().execute(*arguments, **options)
            if is_owner():
                grant(connection, role_that_serves())
        return output
