"""Start Chromium for tests, and log accounts in."""

from pathlib import Path

from django.test import Client

FONTS = Path(__file__).parents[2] / "fonts.conf"
ARGUMENTS = [
    "--no-sandbox",  # root has no sandbox, and CI runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def log_in(context, live_server, account):
    client = Client()
    client.force_login(account)
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    context.add_cookies([session | {"url": live_server.url}])
