import os
import signal
import socket
import sys
import tempfile

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction
from django.utils.crypto import get_random_string

from editions.data_folder.files import data_folder_unwritable


class Command(BaseCommand):
    help = (
        "Prepares the database, the official text and the first account, and serves on 127.0.0.1 "
        "(PORT, else 8000), or where PORTAL_BIND says: with gunicorn, or with the development "
        "server if PORTAL_DEBUG=1."
    )

    requires_system_checks = []  # they open the database, so they run after it may be made

    def handle(self, **options):
        listener = listen(*settings.BIND.rsplit(":", 1))
        check_writable(settings.DATA_DIR)
        self.check()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("load_official_text", verbosity=0)
        create_first_administrator(self.stdout)
        connections.close_all()
        os.environ["PORT"] = str(listener.getsockname()[1])
        (run_development_server if settings.DEBUG else run_gunicorn)(listener)


def listen(host, port):
    """The socket that gunicorn inherits; a busy port is an error before anything is changed."""
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, int(port)), family=family)
    except (ValueError, OverflowError) as error:
        raise CommandError(
            f"“{port}” is not a port. Choose one with PORT=, such as PORT=8001."
        ) from error
    except OSError as error:
        way_out = "PORTAL_BIND" if "PORTAL_BIND" in os.environ else "PORT=, such as PORT=8001"
        raise CommandError(
            f"Port {port} of {host} cannot be used ({os.strerror(error.errno)}). "
            f"Stop what uses it, or choose another with {way_out}."
        ) from error
    listener.set_inheritable(True)
    return listener


def check_writable(folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CommandError(data_folder_unwritable(folder, error)) from error


def create_first_administrator(stdout):
    """Make an account if there is none, and print its password.

    It is printed before the transaction ends, so that a kill in between leaves no account with an
    unknown password.
    """
    accounts = get_user_model().objects
    with transaction.atomic():
        if accounts.exists():
            return
        password = get_random_string(24)
        accounts.create_superuser("admin", password=password)
        stdout.write(f"Administrator:   admin, password {password} (shown only now)")
        stdout.flush()


def run_gunicorn(listener=None):
    """Without a listener gunicorn opens the address that PORTAL_BIND names."""
    config, folder = str(settings.BASE_DIR / "gunicorn.conf.py"), str(settings.BASE_DIR)
    bind = ["--bind", f"fd://{listener.fileno()}"] if listener else []
    # The first process of a container would lose a signal before gunicorn listens to signals:
    # gunicorn.conf.py lets it through then.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    run_python("-m", "gunicorn", "--config", config, "--pythonpath", folder, *bind)


def run_development_server(listener):
    listener.close()
    host = settings.BIND.rpartition(":")[0]
    manage = str(settings.BASE_DIR / "manage.py")
    run_python(manage, "runserver", f"{host}:{os.environ['PORT']}")


def run_python(*arguments):
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *arguments])
