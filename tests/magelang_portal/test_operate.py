"""docs/operate.md, deploy/ and README.md name only files, commands and settings that exist."""

import re
import runpy
from pathlib import Path

from django.core.management import get_commands

from magelang_portal.operations.alarms import watching

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operate.md").read_text()
RARELY = ("alarms", "backup", "mirror", "postgresql", "proof")
RARE = [(ROOT / "docs" / f"{name}.md").read_text() for name in RARELY]
INSTALL = (ROOT / "deploy" / "install").read_text()
SCALE = (ROOT / "docs" / "scale.md").read_text()
README = (ROOT / "README.md").read_text()
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
EXAMPLE = (ROOT / "deploy" / "portal.env.example").read_text()
UNITS = {
    path.name: path.read_text()
    for path in (ROOT / "deploy" / "systemd").glob("portal*.*")
    if path.is_file()
}


def settings_in(text, pattern):
    return set(re.findall(pattern, text, re.MULTILINE))


def test_code_page_and_example_name_the_same_settings():
    code = (ROOT / "magelang_portal" / "settings.py").read_text()
    read = {f"PORTAL_{name}" for name in settings_in(code, r"\benv(?:_\w+)?\(\s*\"(\w+)\"")}
    table = "\n".join(
        line.partition("|")[2].partition("|")[0]
        for line in SETTINGS.splitlines()
        if "| `PORTAL_" in line
    )

    assert read == settings_in(table, r"`(PORTAL_\w+)`")
    assert read == settings_in(EXAMPLE, r"^#?(PORTAL_\w+)=")


def test_the_example_reads_the_same_for_systemd_and_for_the_shell():
    for line in EXAMPLE.splitlines():
        assert re.fullmatch(r"(# .*|#?PORTAL_\w+='[^']*'|)", line), line


def test_every_named_command_exists():
    texts = [PAGE, SCALE, *RARE, *UNITS.values()]
    named = {
        name for text in texts for name in re.findall(r"(?:manage\.py|bin/portal) ([a-z_]+)", text)
    }

    assert named >= {
        "migrate",
        "backup",
        "restore",
        "verify_editions",
        "verify_site",
        "move_to_postgres",
    }
    assert named <= set(get_commands())


def test_no_page_installs_a_release_before_it_is_verified():
    installing = [
        text.partition("git clone ")[2].partition("deploy/install $NAME")[0]
        for text in (page.read_text() for page in (ROOT / "docs").glob("*.md"))
        if "deploy/install $NAME" in text
    ]

    assert len(installing) == 3
    assert all("verify-tag v$VERSION &&" in steps for steps in installing)


def test_no_block_to_paste_opens_an_editor():
    """Otherwise the rest of the block is typed into the editor."""
    for page in (ROOT / "docs").glob("*.md"):
        blocks = re.findall(r"^ *```sh\n(.*?)^ *```", page.read_text(), re.DOTALL | re.MULTILINE)
        assert not re.search(r"^ *(editor|nano|vim?) ", "".join(blocks), re.MULTILINE), page.name


def test_every_named_target_of_make_exists():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    for text in (PAGE, SCALE, README):
        for named in re.findall(r"\bmake (?:-C \S+ )?((?:[a-z-]+ )*[a-z-]+)$", text, re.MULTILINE):
            assert set(named.split()) <= targets, named
        assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets


def test_every_named_file_exists():
    for text in (PAGE, SCALE, *RARE, (ROOT / "SECURITY.md").read_text(), *UNITS.values()):
        for path in re.findall(
            r"(?<![\w/])(?:/srv/portal/)?((?:deploy|docs|bin|requirements)/[\w./*-]*\w)", text
        ):
            assert any(ROOT.glob(path)), path


def test_nginx_reads_the_copy_where_the_example_puts_it():
    (folder,) = settings_in(EXAMPLE, r"^PORTAL_COPY_DIR='(.*)'")

    assert f"root {folder}/current;" in (ROOT / "deploy" / "nginx-portal.conf").read_text()


def test_every_explained_sentence_of_the_log_is_in_the_code():
    code = "\n".join(
        path.read_text()
        for room in ("magelang_portal", "public", "editions")
        for path in (ROOT / room).rglob("*.py")
    )
    table = PAGE.partition("| alarm |")[2].partition("## Timers")[0]
    sentences = [
        cell.removeprefix("not ready: ")
        for cell in re.findall(r"^\| `([a-z][^`/]+)` \|", table, re.MULTILINE)
    ]

    assert sentences
    for part in [
        part.strip() for sentence in sentences for part in sentence.split("…") if part.strip()
    ]:
        assert part in code, part


def test_every_named_unit_exists():
    known = {*UNITS, "portal.socket"}
    for text in (PAGE, *RARE, EXAMPLE, *UNITS.values()):
        assert set(re.findall(r"\bportal[\w-]*\.(?:service|socket|timer)\b(?!\.d)", text)) <= known


def test_every_service_runs_what_is_installed_and_shares_the_hardening():
    services = [text for name, text in UNITS.items() if name.endswith(".service")]

    assert len(services) == 9
    for text in services:
        commands = re.findall(r"^Exec\w+=-?(\S+) (?:manage\.py|-m \w+)", text, re.MULTILINE)
        assert commands
        assert set(commands) == {"/srv/portal/.venv/bin/python"}
    shared = [
        ROOT / "deploy/systemd" / folder / "10-portal.conf"
        for folder in ("portal.service.d", "portal-alarm@.service.d", "portal-.service.d")
    ]
    assert all(path.samefile(shared[-1]) for path in shared)


def test_the_watch_knows_every_service():
    watched = {f"{name}.service" for name in (*watching.SERVICES, watching.THIS)}

    services = {name for name in UNITS if name.endswith(".service")}
    assert services == watched | {"portal-alarm@.service"}


def test_every_service_that_fails_is_told():
    for name, text in UNITS.items():
        is_told = "\nOnFailure=portal-alarm@%n.service\n" in text
        assert is_told == (name.endswith(".service") and name != "portal-alarm@.service"), name


def test_only_the_process_that_takes_all_memory_is_ended():
    shared = (ROOT / "deploy/systemd/portal-.service.d/10-portal.conf").read_text()

    assert "\nMemoryMax=1536M\nOOMPolicy=continue\n" in shared


def test_a_service_that_cannot_start_fails_and_its_socket_is_closed():
    service, closed = UNITS["portal.service"], UNITS["portal-closed.target"]
    status = runpy.run_path(ROOT / "gunicorn.conf.py")["EX_CONFIG"]

    assert f"\nRestartPreventExitStatus={status}\n" in service
    assert re.search(r"^StartLimitBurst=\d+$", service, re.MULTILINE)
    assert re.search(r"^StartLimitIntervalSec=\d+min$", service, re.MULTILINE)
    assert "\nOnFailure=portal-closed.target\n" in service
    assert "\nConflicts=portal.socket\n" in closed


def section(name):
    return PAGE.partition(f"## {name}\n")[2].partition("\n## ")[0]


def test_the_socket_never_stops_the_service_from_trying_again():
    unit = UNITS["portal.socket"].partition("[Socket]")[0]

    assert "\nStartLimitIntervalSec=0\n" in unit
    assert "systemctl reset-failed portal.service portal.socket" in PAGE


def test_a_node_listens_at_boot_before_the_network_has_its_address():
    assert r"printf '[Socket]\nListenStream=\nListenStream=%s\nFreeBind=yes\n' " in INSTALL
    assert "\ncurl http://$NODE:8000/readyz  # ok\n" in SCALE


def test_a_node_has_a_setting_that_says_other_machines_can_connect():
    """With systemd's socket, the check of proxies (W010) reads only this setting."""
    assert "PORTAL_BIND='$NODE:8000'" in SCALE


def test_a_node_and_a_hook_may_use_the_network_that_the_units_deny():
    assert "\n/srv/portal/deploy/open-network portal portal-\n" in SCALE
    assert '"$release/deploy/open-network" portal portal-' in INSTALL


def test_the_wait_for_the_time_at_boot_has_a_limit():
    assert "limit=/etc/systemd/system/systemd-time-wait-sync.service.d" in INSTALL
    assert r"printf '[Service]\nTimeoutStartSec=2min\n' >$limit/limit.conf" in INSTALL


def test_a_fault_of_the_audit_log_does_not_keep_the_static_copy_from_being_repaired():
    """systemd runs no further command after one that fails, unless a “-” stands before it."""
    after = re.findall(r"^ExecStopPost=(.*)$", UNITS["portal-verify.service"], re.MULTILINE)

    assert [(line[0], line.split()[-1]) for line in after] == [
        ("-", "write_copy"),
        ("/", "verify_audit_log"),
    ]


def test_tasks_and_memory_are_enough_for_the_workers():
    tasks = re.search(r"^TasksMax=(\d+)$", UNITS["portal.service"], re.MULTILINE)[1]

    assert int(tasks) == 1024
    assert f"`TasksMax={tasks}`" in SCALE
    assert r"MemoryHigh=2816M\nMemoryMax=3328M\n' >/etc/systemd/system/portal.service.d/" in SCALE
