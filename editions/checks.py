from django.core.checks import Error, Tags, register

from editions.triggers import missing_triggers, tables_stand


@register(Tags.database)
def triggers_stand(app_configs, databases, **kwargs):
    """editions.E001: the database would let an edition be changed."""
    errors = []
    for using in databases or []:
        if tables_stand(using) and (missing := missing_triggers(using)):
            errors.append(
                Error(
                    f"The database “{using}” lacks the triggers that keep editions from being changed: "
                    f"{', '.join(missing)}.",
                    hint="Run manage.py migrate, which makes them anew.",
                    id="editions.E001",
                )
            )
    return errors
