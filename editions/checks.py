from django.core.checks import Tags, Warning, register

from editions.triggers import missing_triggers, tables_stand


@register(Tags.database)
def triggers_stand(app_configs, databases, **kwargs):
    """A warning, not an error: ``migrate``, which creates the triggers, runs the checks too."""
    warnings = []
    for using in databases or []:
        if tables_stand(using) and (missing := missing_triggers(using)):
            warnings.append(
                Warning(
                    f"The database “{using}” lacks the triggers that keep editions from being "
                    f"changed: "
                    f"{', '.join(missing)}.",
                    hint="Run manage.py migrate, which creates them again.",
                    id="editions.W001",
                )
            )
    return warnings
