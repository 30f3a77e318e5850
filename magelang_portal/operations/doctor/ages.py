"""How old are the last good backup, verification and sending, and the static copy?"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.checks import Error, Warning
from django.db import Error as DatabaseProblem

from editions.data_folder import outcomes
from editorial.desk.alarms import LONGEST_UNSAVED, LONGEST_UNVERIFIED
from magelang_portal.health import VERIFICATIONS
from public.mirror import reading
from public.releases import Release

# A copy with hundreds of periods takes minutes; the timer portal-verify repairs one each hour.
LONGEST_BEHIND = timedelta(hours=1)
LONGEST_UNSENT = timedelta(hours=1)  # the timer portal-audit tries every five minutes


def backup(answer):
    outcome = outcomes.last("backup")
    good_at = outcome and outcome.good_at
    way_out = "Run systemctl start portal-backup.service, and enable portal-backup.timer."
    if not good_at:
        yield Warning("There is no backup yet.", hint=way_out, id="backup.W001")
    else:
        measure(answer, good_at, "the last good backup")
        if not outcome.is_good:
            way_out = (
                f"The last attempt failed: {outcome.words} Then {way_out[0].lower()}{way_out[1:]}"
            )
        if age(good_at) > LONGEST_UNSAVED:
            yield Error(
                f"The last good backup was made at {stamp(good_at)}.",
                hint=way_out,
                id="backup.E002",
            )


def verification(answer):
    runs = {name: outcomes.last(name) for name in VERIFICATIONS}
    way_out = "Run systemctl start portal-verify.service, and enable portal-verify.timer."
    if missing := [name for name, outcome in runs.items() if not outcome]:
        yield Warning(
            f"Nothing has run {' and '.join(missing)} yet.", hint=way_out, id="verification.W001"
        )
    else:
        oldest = min(runs, key=lambda name: runs[name].at)
        at = runs[oldest].at
        measure(answer, at, "the last verification")
        if age(at) > LONGEST_UNVERIFIED:
            yield Warning(
                f"The last {oldest} is of {stamp(at)}.", hint=way_out, id="verification.W002"
            )


def sending(answer):
    """A run that fails is told by the alarm of its service."""
    outcome = outcomes.last("send_audit_log")
    if not (outcome and outcome.good_at):
        return answer.could_not_ask("the audit log was never sent on (docs/audit.md)")
    measure(answer, outcome.at, "the last attempt to send the audit log")
    if age(outcome.at) > LONGEST_UNSENT:
        yield Warning(
            f"Since {stamp(outcome.at)} nothing has tried to send the audit log on.",
            hint="Run systemctl enable --now portal-audit.timer, or for a container mend the line "
            "in /etc/cron.d (docs/container.md). If the log is no longer to be sent: "
            f"rm {outcomes.path_of('send_audit_log')}.",
            id="sending.W001",
        )


def copy(answer):
    if not settings.COPY_DIR:
        return answer.could_not_ask("PORTAL_COPY_DIR is off: there is no static copy")
    try:
        release, folder, written_at = Release.agreed(), reading.current(), reading.written_at()
    except DatabaseProblem:
        return answer.could_not_ask(
            "which release the static copy should have: no database", for_now=True
        )
    way_out = "Run manage.py write_copy; its message names what is in the way."
    if not written_at:
        return (yield Error("There is no static copy.", hint=way_out, id="copy.E001"))
    measure(answer, written_at, "the static copy")
    is_of_release = folder.name == release.key
    is_behind = not (is_of_release and reading.is_whole(folder))
    answer.measure("is_behind", int(is_behind))
    if is_behind and behind_since() > LONGEST_BEHIND:
        # A warning: during an update the copy still belongs to the running release.
        yield Warning(
            f"The static copy, of {stamp(written_at)}, "
            f"{'lacks booklets' if is_of_release else 'is not of the release that readers get'}.",
            hint=way_out,
            id="copy.W002",
        )


def behind_since():
    """How long ago the copy was seen to be of the current release; the watch looks each minute."""
    outcome = outcomes.last("copy")
    return age(outcome.good_at) if outcome and outcome.good_at else timedelta.max


def measure(answer, moment, what):
    answer.measure("age_seconds", round(age(moment).total_seconds()))
    answer.say(f"{what} is {age(moment).total_seconds() / 3600:.1f} h old")


def age(moment):
    return datetime.now(UTC) - moment


def stamp(moment):
    return f"{moment:%Y-%m-%d %H:%M} UTC"
