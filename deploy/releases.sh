# shellcheck shell=sh disable=SC1111
# What update and rollback share. A release is a folder, such as /srv/portal-1.1.0.

link=/srv/portal # leads to the running release
before_link=$link.before # to the one before it
unfinished=$link.$(basename "$0") # to the one that ran when this command began to switch
backups=/var/lib/portal-backup
umask 022 # the user portal reads the release

fail() {
    echo "$*" >&2
    exit 1
}

begin() {
    [ "$(id -u)" = 0 ] || fail "Run this as root."
    for program in curl git make ssh-keygen; do
        command -v "$program" >/dev/null ||
            fail "$program is missing: apt-get install --yes curl git make openssh-client"
    done
    exec 9>/run/portal-update.lock
    flock --nonblock 9 || fail "Another update or rollback is running: wait until it ends."
    running=$(readlink -e "$link") ||
        fail "$link leads to no release: install the portal first (docs/operate.md)."
    version=$(version_of <"$running/pyproject.toml")
    [ -L "$link" ] || fail "$link is a folder, and must be a link to one, so that it changes in" \
        "one step: mv $link $link-$version && ln -s $link-$version $link"
}

is_newer() { # is_newer VERSION: than the running one
    [ "$1" != "$version" ] && printf '%s\n' "$version" "$1" | sort -CV
}

version_of() {
    sed -n 's/^version = "\(.*\)"$/\1/p'
}

installed() { # lines of a version and its folder
    for folder in /srv/portal-*; do
        [ ! -x "$folder/.venv/bin/python" ] ||
            echo "$(version_of <"$folder/pyproject.toml") $folder"
    done
}

# The link changes in one step, so it always leads to a whole release.
point() { # point LINK FOLDER
    ln -sfn "$2" "$1.new"
    mv -fT "$1.new" "$1"
}

# A page that one release sent may ask the other for styles and pictures.
keep_static_files() { # keep_static_files FROM TO
    cp -rl --update=none "$1/staticfiles/." "$2/staticfiles/"
}

settle() { # settle FOLDER
    if [ -x "$1/deploy/settle" ]; then
        "$1/deploy/settle" "$1"
    else # 1.0.0 has none
        "$here/settle" "$1"
    fi
}

start() {
    systemctl reset-failed portal.service portal.socket 2>/dev/null || true
    systemctl restart portal.service && is_ready
}

is_ready() {
    ask_ready --retry 1000 --retry-delay 1 --retry-all-errors \
        --retry-max-time "${READY_SECONDS:-90}"
}

ask_ready() { # ask_ready OPTION…, of curl
    listen=$(systemctl show --property=Listen --value portal.socket)
    listen=${listen%% (Stream)*}
    case $listen in
    /*) set -- "$@" --unix-socket "$listen" http://portal/readyz ;;
    *) set -- "$@" "http://$listen/readyz" ;;
    esac
    curl --silent --fail --output /dev/null --max-time 10 "$@"
}

# Runs this release. If it does not become ready, the one before runs again. Killed before the end,
# the same command repeats these steps.
switch() { # switch FOLDER
    trap '' HUP INT TERM PIPE # this takes seconds, and the terminal may close
    was_ready=
    ! ask_ready || was_ready=yes
    sync -f /srv # a power cut must not leave a link to files that are not on the disk yet
    [ "$running" = "$1" ] || point "$unfinished" "$running"
    point "$link" "$1"
    if settle "$1" && start; then
        mv -fT "$unfinished" "$before_link"
        rm -f $link.update $link.rollback
    else
        go_back "$1" "$(readlink -e "$unfinished")"
    fi
}

go_back() { # go_back FROM TO
    point "$link" "$2"
    echo "$1 does not become ready. Going back to $2 …" >&2 || true # on a closed terminal
    settle "$2" || true
    start || neither_is_ready "$2"
    rm -f $link.update $link.rollback
    fail "$2 runs again, and nothing is lost. Look for the reason:" \
        "journalctl -u portal --since -10min. Correct it, and run this again."
}

neither_is_ready() { # neither_is_ready FOLDER
    [ "$was_ready" ] || fail "$1 is put back. It is not ready, but it was not before this" \
        "command either, so look for another reason than the release: $1/bin/portal doctor." \
        "Correct it, and run this again."
    fail "$1 does not become ready either: readers get the static copy." \
        "Look for the reason: journalctl -u portal --since -10min, and the section" \
        "“When something is wrong” of docs/operate.md."
}
