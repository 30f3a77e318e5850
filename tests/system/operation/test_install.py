"""The pages of docs/ lead from nothing to a site with TLS, and from its backup to a new machine."""

import json
import os
import re
import shutil
import subprocess
import time

import pytest

from tests.support.installation.pasted import NAME, VERSION, Installed, blocks_of
from tests.support.installation.releases import Origin
from tests.support.repository import ROOT

PROGRAMS = ("age", "certbot", "nginx", "pebble", "restic", "unshare")
BLOCKS = blocks_of("operate.md", "Install")
FETCH, VERIFY, INSTALL, CERTIFICATE, SERVICES, ACCOUNT, TRY_ALARM = BLOCKS
RESTORING = blocks_of("backup.md", "Restore on a new machine")
*_, FETCH_AGAIN, TRIAL, RESTORE, BRING_BACK, SIGNER = RESTORING
NAMED = "NAME=visi.example.go.id VERSION=" + VERSION + "\n"  # the first line of FETCH_AGAIN
# Settings of the operator that lie in other files.
ARMS = """
install -d -m 0755 /etc/portal
echo '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>' \\
    >/etc/portal/lambang.svg
chgrp portal /etc/portal/lambang.svg
chmod 0640 /etc/portal/lambang.svg
echo "PORTAL_ARMS='/etc/portal/lambang.svg'" >>/etc/portal.env
echo 'https "max-age=63072000; includeSubDomains";' >/etc/nginx/portal-hsts.conf
"""
PACK = re.search(
    r"^cd / && tar (.*\\\n)*.*\n", (ROOT / "docs/backup.md").read_text(), re.MULTILINE
)[0]
SCRIPTS = [ROOT / "bin/portal", *sorted((ROOT / "deploy").glob("[!.]*"))]
SCRIPTS = [path for path in SCRIPTS if path.is_file() and path.read_text().startswith("#!/bin/")]
PASSWORD = "kata-sandi-yang-panjang-7"
FACTOR = """
from django_otp.plugins.otp_totp.models import TOTPDevice
from editorial.models import Account
TOTPDevice.objects.create(user=Account.objects.get(username='sari'), key='5e'*20, name='phone')
"""
LOG_IN = """
import re, ssl, urllib.parse, urllib.request
from http.cookiejar import CookieJar
from django_otp.oath import totp

visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
site = "https://{name}"

def post(path, **fields):
    form = visitor.open(site + path)
    token = re.search('name="csrfmiddlewaretoken" value="(.*?)"', form.read().decode())[1]
    sent = urllib.parse.urlencode(fields | dict(csrfmiddlewaretoken=token)).encode()
    request = urllib.request.Request(form.url, sent, dict(Referer=form.url))
    return visitor.open(request)

asked = post("/admin/login/", username="sari", password="{password}")
desk = post(asked.url.removeprefix(site), code=totp(bytes.fromhex("5e" * 20)))
print(desk.url)
"""


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("an installation needs root")
    if missing := [program for program in PROGRAMS if not shutil.which(program)]:
        pytest.skip(f"no {missing[0]} here: apt-get install {missing[0]}")
    origin = Origin(tmp_path_factory.mktemp("signed"))
    origin.release(VERSION)
    made = []

    def machine(name):
        made.append(Installed(tmp_path_factory.mktemp(name), origin))
        return made[-1]

    yield machine
    for one in made:
        one.stop()


@pytest.fixture(scope="module")
def installed(machines):
    """A machine on which docs/operate.md was followed, with an account that has a phone."""
    machine = machines("installed")
    machine.said = machine.follow(FETCH, VERIFY, INSTALL, CERTIFICATE, SERVICES)
    account = ACCOUNT.strip() + " --noinput --username sari --email sari@magelangkota.go.id"
    machine.paste(f"export DJANGO_SUPERUSER_PASSWORD={PASSWORD}\n{account}")
    machine.paste(f'/srv/portal/bin/portal shell -c "{FACTOR}"')
    return machine


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_finds_no_fault_in_the_scripts(script):
    if not shutil.which("shellcheck"):
        pytest.skip("no shellcheck here: apt-get install shellcheck")
    subprocess.run(
        ["shellcheck", "--external-sources", "--exclude=SC1090", script], cwd=ROOT, check=True
    )


def test_the_page_needs_at_most_twenty_commands():
    commands = "".join(BLOCKS).replace("\\\n", "").replace("&&\n", "").splitlines()

    assert len(commands) <= 20


# Is it the publishers' release?


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    return Origin(tmp_path_factory.mktemp("origin"))


def verified(origin, folder):
    """What the page's blocks say about the release of the origin."""
    script = (FETCH + VERIFY).replace("https://git.example.go.id/portal.git", str(origin.folder))
    script = re.sub("^apt-get .*", "", script, flags=re.MULTILINE)
    script = re.sub("^echo .*>", f"echo '{origin.signers}' >", script, flags=re.MULTILINE)
    for place in ("/srv/", "/etc/"):
        script = script.replace(place, f"{folder}/")
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    return ended.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("key", "says", "word"),
    [
        ("publisher", VERSION, "SIGNED BY THE PUBLISHERS"),
        ("stranger", VERSION, "STOP"),
        (None, VERSION, "STOP"),
        ("publisher", "1.0.9", "STOP"),
    ],
)
def test_the_page_tells_a_release_of_the_publishers_from_others(origin, tmp_path, key, says, word):
    origin.release(VERSION, key=key, says=says)

    assert verified(origin, tmp_path) == word


def test_the_page_takes_the_signed_tag_and_no_branch_of_the_same_name(origin, tmp_path):
    origin.release(VERSION)
    origin.git("checkout", "--quiet", "-b", f"v{VERSION}")
    (origin.folder / "deploy/install").write_text("evil")
    origin.commit("Of a stranger")

    said = verified(origin, tmp_path)

    origin.git("checkout", "--quiet", "--detach")
    origin.git("branch", "--quiet", "-D", f"v{VERSION}")
    assert said == "SIGNED BY THE PUBLISHERS"
    assert "evil" not in (tmp_path / f"portal-{VERSION}/deploy/install").read_text()


def serial(machine):
    """The issuer and the number of the certificate that nginx sends."""
    return machine.paste(
        f"sleep 1; openssl s_client -connect {NAME}:443 -servername {NAME} </dev/null 2>/dev/null"
        " | openssl x509 -noout -issuer -serial"
    )


def test_the_site_answers_with_a_certificate_that_is_trusted(installed):
    page = installed.paste(f"curl --silent --fail --show-error https://{NAME}/id/")
    redirect = installed.paste(f"curl --silent --head http://{NAME}/id/")

    assert "Magelang" in page
    assert f"Location: https://{NAME}/id/" in redirect
    assert "Pebble" in serial(installed)


def test_the_page_says_who_signed_the_release(installed):
    assert 'Good "git" signature for penerbit@example.go.id with ' in installed.said
    assert "\nSIGNED BY THE PUBLISHERS\n" in installed.said


def test_a_renewal_gives_the_new_certificate_to_nginx(installed):
    before = serial(installed)

    installed.paste("certbot renew --force-renewal --quiet --no-random-sleep-on-renew")

    assert "Pebble" in (after := serial(installed))
    assert after != before


def test_the_key_is_new_and_neither_printed_nor_readable(installed):
    key = installed.paste(
        "sed -n \"s/^PORTAL_SECRET_KEY='\\(.*\\)'/\\1/p\" /etc/portal.env"
    ).strip()

    assert len(key) >= 50
    assert key not in installed.said
    assert installed.paste("stat -c '%a %U %G' /etc/portal.env") == "640 root portal\n"


def test_a_person_logs_in_with_a_code(installed):
    assert logged_in(installed)


def logged_in(machine):
    script = LOG_IN.format(name=NAME, password=PASSWORD)
    said = machine.paste(f"cd /srv/portal && .venv/bin/python - <<'END'\n{script}\nEND")
    return said == f"https://{NAME}/admin/\n"


def test_a_second_run_changes_nothing_of_the_operators(installed):
    files = "/etc/portal.env /etc/nginx/sites-available/portal"
    installed.paste(f"echo '# of the operator' | tee -a {files}")
    look = f"md5sum {files} && readlink /etc/nginx/portal-certificate"
    before = installed.paste(look)

    installed.paste(f"/srv/portal/deploy/install {NAME}")

    assert installed.paste(look) == before


def test_install_brings_the_client_of_a_database_on_another_machine(installed):
    url = "PORTAL_DATABASE_URL='postgres://127.0.0.1:1/portal'"
    installed.paste(f'cp -a /etc/portal.env /etc/kept && echo "{url}" >>/etc/portal.env')

    try:
        installed.refused(f"/srv/portal/deploy/install {NAME}")
    finally:
        installed.paste("mv /etc/kept /etc/portal.env")

    assert " postgresql-client" in installed.paste("tail -n 1 /run/apt-get")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("", "'' is not the name of a site."),
        ("Visi.magelangkota.go.id", "is not the name of a site. Write it in small letters"),
        ("https://visi.magelangkota.go.id", "is not the name of a site."),
        ("visi.example.go.id", "visi.example.go.id is only an example"),
        ("lain.magelangkota.go.id", f"/etc/portal.env is for https://{NAME}: correct it"),
        (f"{NAME} --postgres", "--postgres is unknown. Use: "),
        (f"{NAME} --postgresql", "/etc/portal.env names another database."),
        (f"{NAME} --restore /root/b.tar.gz", "The portal runs here already."),
    ],
)
def test_install_refuses_in_a_sentence(installed, arguments, sentence):
    assert sentence in installed.refused(f"/srv/portal/deploy/install {arguments}")


def test_install_refuses_beside_another_release(installed):
    said = installed.refused(f"cp -r /srv/portal/deploy /srv/other && /srv/other/install {NAME}")

    assert "another release: use deploy/update." in said


# Backups on another machine


MOUNTED, MOVE = blocks_of("backup.md", "1. A folder of another machine, mounted here")
(ENCRYPTED,) = blocks_of("backup.md", "2. The same folder, encrypted")
TYPE, SEND = blocks_of("backup.md", "3. restic, to a server")


@pytest.fixture
def mounted(installed):
    installed.paste("mount -t tmpfs tmpfs /mnt/backup")
    yield installed
    installed.paste("umount /mnt/backup; rm -rf /etc/systemd/system/portal-backup.service.d")


def test_a_mounted_folder_gets_a_backup_and_an_absent_mount_fails(mounted):
    mounted.paste(MOUNTED)
    there = mounted.paste("ls /mnt/backup/portal")
    mounted.paste("umount /mnt/backup")

    said = mounted.refused("systemctl start portal-backup.service")
    left = mounted.paste("ls /mnt/backup; mount -t tmpfs tmpfs /mnt/backup")

    assert re.fullmatch(r"portal-\d{8}T\d{6}Z\.tar\.gz\n", there)
    assert "Nothing is mounted at /mnt/backup" in said
    assert left == ""


def test_the_other_machine_moves_copies_away_and_deletes_old_ones(tmp_path):
    new, old, kept = (tmp_path / name for name in ("new/portal-1", "new/portal-2", "kept/portal-3"))
    for path, age in (new, 0), (old, 2), (kept, 24 * 95):
        path.parent.mkdir(exist_ok=True)
        path.touch()
        os.utime(path, (time.time() - age * 3600,) * 2)
    script = MOVE.replace("/srv/backup/portal", str(new.parent))

    script = script.replace("/srv/kept", str(kept.parent))
    subprocess.run(["bash", "-ec", script], check=True)

    left = {str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/*")}
    assert left == {"new/portal-1", "kept/portal-2"}


def test_restic_gets_a_backup_and_none_of_a_failed_night(mounted):
    typed = "\nexec < <(printf '/mnt/backup/r\\nkata sandi yang panjang\\n')\n"
    mounted.paste(typed + TYPE + SEND.replace("init)\n", "init); chown -R portal /mnt/backup/r\n"))
    command = re.search(r"^ExecStart=((.*\\\n)*.*)", SEND, re.MULTILINE)[1]
    settings = "set -a; . /etc/portal.env; . /etc/portal-restic.env"

    said = mounted.refused(
        f"{settings}; PORTAL_DATABASE_URL=postgres://127.0.0.1:1/x; cd /srv/portal; "
        f"setpriv --reuid=portal --regid=portal --init-groups {command}"
    )
    listed = mounted.paste(f"{settings}; restic --no-cache ls --quiet latest | tail -n 1")
    kept = mounted.paste(f"{settings}; restic --no-cache snapshots --json | tail -n 1")

    assert "database" in said
    assert listed == "/portal.tar.gz\n"
    assert len(json.loads(kept)) == 1
    assert mounted.paste("stat -c '%a %U' /etc/portal-restic.env") == "600 root\n"


def test_a_new_machine_serves_the_same_bytes_from_the_encrypted_copy(mounted, machines):
    mounted.paste(f"{ARMS}systemctl restart portal.service")
    mounted.paste("age-keygen -o /media/key 2>/dev/null; age-keygen -y /media/key >/media/public")
    public = mounted.paste("cat /media/public").strip()
    mounted.paste(re.sub(r"age1\w+", public, ENCRYPTED))
    mounted.paste(
        "age --decrypt --identity /media/key /mnt/backup/portal/*.age >/media/portal.tar.gz\n"
        "/srv/portal/bin/portal export_site /var/cache/portal/site\n"
        f"cp /var/cache/portal/site/manifest.json /media\n{PACK}"
        "mv /root/portal-settings.tar.gz /media"
    )
    new = machines("new")
    for name in ("portal.tar.gz", "portal-settings.tar.gz", "manifest.json"):
        shutil.copy(mounted.media / name, new.media)
    new.paste("cp /media/*.tar.gz /root")

    said = new.follow(FETCH_AGAIN)
    assert said.endswith("\nSIGNED BY THE PUBLISHERS\n")
    new.follow(NAMED + RESTORE, CERTIFICATE, BRING_BACK)

    said = new.paste(
        "chmod 0644 /media/manifest.json\n"
        f"/srv/portal/bin/portal verify_site https://{NAME} --manifest /media/manifest.json"
    )
    assert "is as published" in said
    assert logged_in(new)
    assert "portal" not in new.paste("ls /root")
    assert new.paste("stat -c %G /etc/portal/lambang.svg; ls /etc/nginx/portal-hsts.conf") == (
        "portal\n/etc/nginx/portal-hsts.conf\n"
    )


@pytest.mark.parametrize("database", ["URL='postgres://x@10.0.0.4/portal'", "URL_FILE='/url'"])
def test_a_trial_of_the_restore_reaches_neither_the_live_database_nor_people(tmp_path, database):
    settings, owner = tmp_path / "portal.env", tmp_path / "portal-owner.env"
    owner.touch()
    settings.write_text(
        "PORTAL_SITE_URL='https://visi.example.go.id'\n"
        f"PORTAL_DATABASE_{database}\n"
        "PORTAL_EMAIL_URL='smtps://mail.example.go.id'\nPORTAL_EMAIL_FROM='visi@example.go.id'\n"
        "PORTAL_ALARM_URL='https://alarm.example.go.id'\nPORTAL_PUBLICATION_HOOK='/hook'\n"
    )

    subprocess.run(["sh", "-c", TRIAL.replace("/etc/", f"{tmp_path}/")], check=True)

    left = [line for line in settings.read_text().splitlines() if not line.startswith("#")]
    assert not owner.exists()
    assert left == [
        "PORTAL_SITE_URL='https://visi.example.go.id'",
        "PORTAL_DATABASE_URL='postgres://%2Frun%2Fpostgresql/portal'",
    ]
