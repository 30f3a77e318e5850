"""Does one server use the data folder, and no second one?"""

from django.conf import settings
from django.core.checks import Error

from magelang_portal.operations.startup import servers


def look(answer):
    found = servers()
    answer.measure("servers", len(found))
    numbers = ", ".join(map(str, filter(None, found)))
    if not found:
        answer.say("no server uses the data folder now")
    elif len(found) == 1:
        answer.say(f"process {numbers} serves" if numbers else "a server in a container serves")
    else:
        yield Error(
            f"{len(found)} servers use the folder {settings.DATA_DIR} (processes {numbers}): each "
            "writes over the other's static copy.",
            hint="Stop one (systemctl status with its number names its unit), or set "
            "PORTAL_DATA_DIR to a folder of its own.",
            id="server.E001",
        )
