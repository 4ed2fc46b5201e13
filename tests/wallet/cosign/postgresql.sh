#!/bin/sh
# SPDX-License-Identifier: MIT
# A PostgreSQL of one's own in a temporary folder, without network: for tests.
#   postgresql.sh start   prints its address, and the folder on a second line; or why there is none (exit 77)
#   postgresql.sh stop FOLDER
set -u

folder=
skip() {
    echo "$1"
    case $folder in
    /tmp/mien-pg-*) rm -rf "$folder" "$folder.log" ;;
    esac
    exit 77
}

programs=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
[ -x "$programs/initdb" ] || skip "PostgreSQL is not installed"

# PostgreSQL does not run as root.
as_nobody() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && setpriv --reuid=nobody --regid=nogroup --clear-groups -- "$@")
    else
        "$@"
    fi
}

case ${1:-} in
start)
    folder=$(mktemp -d /tmp/mien-pg-XXXXXX) || skip "no temporary folder"
    if [ "$(id -u)" = 0 ]; then
        chown nobody:nogroup "$folder" || skip "no other user to run as"
    fi
    chmod 755 "$folder"
    as_nobody "$programs/initdb" -D "$folder/data" -A trust -U mien --no-sync -E UTF8 --locale=C >"$folder.log" 2>&1 ||
        skip "initdb fails: $(tail -n 1 "$folder.log")"
    # The tests end the co-signer, not the database and not the machine: no need to wait for the disk.
    as_nobody "$programs/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 30 -o \
        "-c listen_addresses='' -c unix_socket_directories=$folder -c fsync=off -c max_connections=80" start >"$folder.log" 2>&1 ||
        skip "PostgreSQL does not start: $(tail -n 1 "$folder/log" 2>/dev/null)"
    rm -f "$folder.log"
    echo "postgresql://mien@/postgres?host=$folder"
    echo "$folder"
    ;;
stop)
    as_nobody "$programs/pg_ctl" -D "$2/data" -m immediate -w stop >/dev/null 2>&1
    case $2 in
    /tmp/mien-pg-*) rm -rf "$2" ;;
    esac
    ;;
*)
    echo "usage: postgresql.sh start | stop FOLDER" >&2
    exit 2
    ;;
esac
