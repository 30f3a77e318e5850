"""What do the system checks find, those of the database and of production included?"""

from django.core.checks import registry, run_checks

from magelang_portal.checks import database_answers


def look(answer):
    if findings := list(database_answers(None)):
        answer.could_not_ask("what the checks would read in the database")
    found = run_checks(include_deployment_checks=True, databases=None if findings else ["default"])
    answer.say(f"{len(registry.registry.get_checks(True))} checks of the settings and the code")
    yield from [message for message in found if not message.is_silenced()]
