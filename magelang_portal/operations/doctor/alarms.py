"""Which alarms has nobody acknowledged?"""

from django.core.checks import Warning

from editions.data_folder.alarms import open_alarms

ITSELF = "The alarm ends by itself when this is good again."


def look(answer):
    found = open_alarms()
    answer.measure("open", len(found))
    for alarm in found:
        yield Warning(
            f"The alarm {alarm.name} has been open since {alarm.first_at:%Y-%m-%d %H:%M} UTC: "
            f"{alarm.found[-1]}",
            hint="docs/operate.md, “When something is wrong”, says what to do. "
            + (ITSELF if alarm.ends_itself else f"Then: manage.py acknowledge_alarm {alarm.name}"),
            id="alarms.W001",
        )
    if not found:
        answer.say("none is open")
