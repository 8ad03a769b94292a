# Private servers for tests, the demo and benchmarks; sourced by bash scripts.
#
#   clt_server_up      builds, stages a copy of the server's tree with the extension
#                      in it, starts it in a temporary folder under an unprivileged
#                      user on a socket of its own, creates the extension
#   clt_server_down    stops it and removes every trace (also run on exit and signals)
#   clt_as_server CMD  runs CMD as the user that owns the server
#
# Sets and exports PGHOST PGPORT PGUSER PGDATABASE PG_CONFIG PATH; CLT_WORK is the
# temporary folder, CLT_BIN the staged bindir. The copy of the tree is what makes
# it safe: nothing is installed into the system, no port is opened, and the paths
# that PostgreSQL computes from its own location lead into the copy.
#
# Environment: PG_CONFIG; CLT_BUILD (where to build: another copy of this tree),
# COPT (further compiler flags), CLT_CONF (further lines of postgresql.conf), CLT_TMPDIR.

clt_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ -z "${PG_CONFIG:-}" ]; then
    PG_CONFIG=/usr/lib/postgresql/${PGVERSION:-15}/bin/pg_config
    [ -x "$PG_CONFIG" ] || PG_CONFIG=$(command -v pg_config || true)
fi
export PG_CONFIG

clt_as_server() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd "$CLT_WORK" && exec runuser -u postgres -- env -u HOME "$@")
    else
        "$@"
    fi
}

# Builds under a lock, so that two runs in one checkout do not trip over each other, and stages.
clt_stage() {
    local build=${CLT_BUILD:-$clt_top} dir system_bin
    system_bin=$("$PG_CONFIG" --bindir)
    CLT_ROOT=$CLT_WORK/root
    for dir in "$system_bin" "$("$PG_CONFIG" --sharedir)" "$("$PG_CONFIG" --pkglibdir)"; do
        [ -e "$CLT_ROOT$dir" ] && continue
        mkdir -p "$CLT_ROOT$(dirname "$dir")"
        cp -al "$dir" "$CLT_ROOT$dir" 2>/dev/null || { rm -rf "${CLT_ROOT:?}$dir"; cp -a "$dir" "$CLT_ROOT$dir"; }
    done
    # a relocatable build looks for its own libraries beside bin
    if [ -e "$system_bin/../lib/libpq.so.5" ]; then
        mkdir -p "$CLT_ROOT$(dirname "$system_bin")/lib"
        cp -a "$system_bin"/../lib/*.so* "$CLT_ROOT$(dirname "$system_bin")/lib/"
    fi
    # What make install writes must never write through a hard link into the system: our own files are unlinked first.
    find "$CLT_ROOT" -name 'clientele*' -type f -delete
    exec 9>"$build/.build.lock"
    flock 9
    if ! make -s -C "$build" -j"$(nproc)" PG_CONFIG="$PG_CONFIG" with_llvm=no all >"$CLT_WORK/build.log" 2>&1 ||
       ! make -s -C "$build" PG_CONFIG="$PG_CONFIG" with_llvm=no install DESTDIR="$CLT_ROOT" >>"$CLT_WORK/build.log" 2>&1
    then
        cat "$CLT_WORK/build.log" >&2
        echo "The build failed." >&2
        exit 1
    fi
    exec 9>&-
    CLT_BIN=$CLT_ROOT$system_bin
    export PATH=$CLT_BIN:$PATH
    [ "$(id -u)" -ne 0 ] || { chmod 755 "$CLT_WORK"; chown postgres "$CLT_WORK"; }
}

clt_server_up() {
    CLT_WORK=$(mktemp -d "${CLT_TMPDIR:-/tmp}/clt.XXXXXX")
    trap 'clt_server_down' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    clt_stage
    clt_as_server "$CLT_BIN/initdb" -D "$CLT_WORK/data" -U postgres -A trust --locale=C.UTF-8 -E UTF8 --no-sync >"$CLT_WORK/initdb.log" 2>&1 ||
        { cat "$CLT_WORK/initdb.log" >&2; exit 1; }
    clt_as_server mkdir "$CLT_WORK/s"
    clt_as_server tee -a "$CLT_WORK/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$CLT_WORK/s'
shared_buffers = 256MB
max_wal_size = 4GB
max_connections = 40
log_min_messages = warning
fsync = off
synchronous_commit = off
full_page_writes = off
max_prepared_transactions = 5
timezone = 'UTC'
lc_messages = 'C'
${CLT_CONF:-}
CONF
    clt_as_server "$CLT_BIN/pg_ctl" -s -w -D "$CLT_WORK/data" -l "$CLT_WORK/data/server.log" start ||
        { cat "$CLT_WORK/data/server.log" >&2; exit 1; }
    unset PGSERVICE PGPASSWORD PGOPTIONS
    export PGHOST=$CLT_WORK/s PGPORT=5432 PGUSER=postgres PGDATABASE=${1:-clientele} CLT_WORK CLT_BIN
    createdb "$PGDATABASE"
    psql -Xqc 'CREATE EXTENSION clientele' -c "ALTER DATABASE $PGDATABASE SET search_path = public, clientele"
}

clt_server_down() {
    local status=$?
    trap - EXIT
    trap '' INT TERM HUP
    if [ -n "${CLT_KEEP:-}" ] && [ $status -eq 0 ] && [ -e "$CLT_WORK/data/postmaster.pid" ]; then
        echo
        echo "The server is up. To look round:   $CLT_BIN/psql -h $CLT_WORK/s -U postgres $PGDATABASE"
        echo "To stop it and remove everything:  $clt_top/tools/pg stop $CLT_WORK"
        exit 0
    fi
    clt_server_remove
    exit $status
}

clt_server_remove() {
    if [ -e "$CLT_WORK/data/postmaster.pid" ]; then
        clt_as_server "$CLT_BIN/pg_ctl" -s -w -m immediate -D "$CLT_WORK/data" stop >/dev/null 2>&1 || true
    fi
    rm -rf "$CLT_WORK"
}
