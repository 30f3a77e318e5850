from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, connection

from magelang_portal.operations.owner import as_owner, grant, is_owner, role_that_serves


class Command(migrate.Command):
    """Django's own, by the role that owns the tables; then grants their use to the serving role."""

    def execute(self, *arguments, **options):
        """Covers the checks, too, which read the database before ``handle``."""
        if options["database"] != DEFAULT_DB_ALIAS:
            return super().execute(*arguments, **options)
        with as_owner():
            output = super().execute(*arguments, **options)
            if is_owner():
                grant(connection, role_that_serves())
        return output
