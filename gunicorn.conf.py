"""gunicorn's configuration, for ``manage.py serve`` and for ``python -m gunicorn`` in this folder.

A socket that systemd passes (deploy/systemd/portal.socket) takes the place of ``bind``.
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

EX_CONFIG = 78  # systemd does not start portal.service again after this status
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "magelang_portal.settings")
sys.path.insert(0, str(Path(__file__).parent))
try:
    bind, workers = settings.BIND, settings.WORKERS
except ImproperlyConfigured as error:
    print(error, file=sys.stderr)
    sys.exit(EX_CONFIG)

from magelang_portal.gunicorn_errors import write_error  # noqa: E402 (it needs the settings)

util.write_error = write_error  # gunicorn has no setting for it

wsgi_app = "magelang_portal.wsgi"
worker_class = "gthread"
threads = 4
timeout = 30
graceful_timeout = 20
keepalive = 5
max_requests = 200_000  # ends a memory leak with its worker, at full speed after a minute
max_requests_jitter = 20_000
# A broken release fails before it serves. Nothing may open a database connection at import.
preload_app = True
# A slow disk must not stop the heartbeat.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
control_socket_disable = True  # its default path is one per user, so two portals would collide

# "auto" would use the C parser if it is installed. The portal's tests cover only the Python parser.
http_parser = "python"
limit_request_line = 4094
header_map = "drop"  # X_Forwarded_Proto must not pass for X-Forwarded-Proto
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}  # only the header that Django reads
# Unix-socket peers are always trusted. On an IPv6 socket, 10.0.0.1 appears as ::ffff:10.0.0.1.
forwarded_allow_ips = ",".join(
    [f"{network}" for network in settings.TRUSTED_PROXIES]
    + [
        f"::ffff:{network.network_address}/{network.prefixlen + 96}"
        for network in settings.TRUSTED_PROXIES
        if network.version == 4
    ]
)
forwarder_headers = ""  # so that no client can set SCRIPT_NAME

loglevel = "warning"


def on_starting(server):
    from magelang_portal.operations import startup

    let_workers_hear_a_signal_to_stop()
    for sentence in startup.warnings():
        server.log.warning(sentence)


def when_ready(server):
    let_signals_to_stop_through()  # manage.py serve may hold them
    address = str(server.LISTENERS[0])
    if address.startswith("http"):  # no browser opens a Unix socket
        print(
            f"Portal:          {address}/",
            f"Administration:  {address}/admin/",
            sep="\n",
            flush=True,
        )


def let_workers_hear_a_signal_to_stop():
    """Keep the signals to stop waiting until a new worker listens to them.

    A worker loses a signal that comes between its fork and gunicorn's ``init_signals``: gunicorn
    would kill it only after ``graceful_timeout``.
    """
    os.register_at_fork(before=hold_signals_to_stop, after_in_parent=let_signals_to_stop_through)


def hold_signals_to_stop():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGQUIT})


def let_signals_to_stop_through():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGQUIT})


def leave_ctrl_c_to_the_arbiter():
    # Workers get the signal from the terminal and from the arbiter. A second signal inside the
    # handler of the first would block a worker for ever. A signal while a worker starts would look
    # like a failure.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def post_fork(server, worker):
    leave_ctrl_c_to_the_arbiter()


def post_worker_init(worker):
    leave_ctrl_c_to_the_arbiter()  # gunicorn has set its own handler since
    let_signals_to_stop_through()
    Thread(target=prepare, daemon=True).start()


def prepare():
    """Bring the static copy up to date, and build the search index before the first search.

    Without a database there is nothing to prepare.
    """
    from django.db import DatabaseError, connection

    from editions.connections import file_of_database
    from public.mirror import keeper
    from public.releases import Release
    from public.search import index

    with suppress(DatabaseError, OSError):
        file_of_database()
        keeper.start_writing()
        index.prepare(Release.current().current_first)
    connection.close()
    gc.collect()
    gc.freeze()  # looking through these objects again and again took a tenth of a worker's time
