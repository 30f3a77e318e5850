"""How gunicorn serves the portal. ``manage.py serve`` starts it, and so does ``python -m gunicorn`` in this folder.

Where systemd passes a socket (deploy/systemd/portal.socket), gunicorn takes it in place of ``bind``.
"""

import gc
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from gunicorn import util

CANNOT_BE_CONFIGURED = 78  # EX_CONFIG, after which portal.service is not started again
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "magelang_portal.settings")
sys.path.insert(0, str(Path(__file__).parent))
try:
    bind, workers = settings.BIND, settings.WORKERS
except ImproperlyConfigured as error:
    print(error, file=sys.stderr)
    sys.exit(CANNOT_BE_CONFIGURED)

from magelang_portal.refusals import write_error  # noqa: E402 (it needs the settings)

util.write_error = write_error  # gunicorn has no setting for it

wsgi_app = "magelang_portal.wsgi"
worker_class = "gthread"
threads = 4
timeout = 30
graceful_timeout = 20
keepalive = 5
max_requests = (
    200_000  # a leak, should there be one, ends with its worker; at full speed that takes a minute
)
max_requests_jitter = 20_000
preload_app = True  # a broken release fails before it serves; nothing may open a database connection at import
worker_tmp_dir = (
    "/dev/shm" if Path("/dev/shm").is_dir() else None
)  # a slow disk must not stop the heartbeat
control_socket_disable = True  # its default path is one per user, so two portals would collide

# "auto" would use the C parser if it is installed; the portal is tested only with the Python one.
http_parser = "python"
limit_request_line = 4094
header_map = "drop"  # X_Forwarded_Proto must not pass for X-Forwarded-Proto
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}  # the header that Django reads, and no other
# Unix-socket peers are always trusted. On an IPv6 socket, 10.0.0.1 appears as ::ffff:10.0.0.1.
forwarded_allow_ips = ",".join(
    [f"{network}" for network in settings.TRUSTED_PROXIES]
    + [
        f"::ffff:{network.network_address}/{network.prefixlen + 96}"
        for network in settings.TRUSTED_PROXIES
        if network.version == 4
    ]
)
forwarder_headers = (
    ""  # nobody says for the server where it stands: SCRIPT_NAME of a stranger would be a fault
)

loglevel = "warning"


def on_starting(server):
    from magelang_portal.operations import beginning

    for sentence in beginning.warnings():
        server.log.warning(sentence)


def when_ready(server):
    address = str(server.LISTENERS[0])
    if address.startswith("http"):  # and is not a file, which no browser opens
        print(
            f"Portal:          {address}/",
            f"Administration:  {address}/admin/",
            sep="\n",
            flush=True,
        )


def leave_ctrl_c_to_the_arbiter():
    # It reaches the workers twice, from the terminal and from the arbiter, and the second one met in the handler of
    # the first would block them for good; met while a worker starts, it would pass for a broken release.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def post_fork(server, worker):
    leave_ctrl_c_to_the_arbiter()


def post_worker_init(worker):
    leave_ctrl_c_to_the_arbiter()  # gunicorn has set its own handler since
    Thread(target=prepare, daemon=True).start()


def prepare():
    """The copy may be damaged, or of a release that has ended; and the first who searches must not wait for indexes.

    Without a database, or before it is made, there is nothing yet.
    """
    from django.db import DatabaseError, connection

    from public.delivery.watch import file_of_database
    from public.mirror import keeper
    from public.releases import Release
    from public.search import index

    with suppress(DatabaseError, OSError):
        file_of_database()
        keeper.start_writing()
        index.prepare(Release.current().current_first)
    connection.close()
    gc.collect()
    gc.freeze()  # what lives as long as the worker: to look through all of it now and then cost a tenth of its time
