# What the scripts here share: how to stop, wait, find a port, read a result and say what machine this is.
# Sourced, not run; the script sets `name`, `parent` and `gantry` before it calls `ground`.

stop() {
    printf '%s: %s\n' "${name:?}" "$*" >&2
    exit 1
}

# usage: the script's own head.
usage() { sed -n '2,/^set -e/ { /^#/ s/^# \{0,1\}//p }' "$0"; }

# needs COMMAND…: stops unless each is there.
needs() {
    local command
    for command in "$@"; do
        command -v "$command" >/dev/null || stop "$command is missing (tests/run installs it)"
    done
}

# build: the binary to measure, made unless one was named.
build() {
    [[ ${gantry:?} == auto ]] || return 0
    (cd "$root" && cargo build --release --locked --bin gantry)
    gantry=${CARGO_TARGET_DIR:-$root/target}/release/gantry
}

pids=()
# ground: a directory of the run's own in `dir`, gone with the processes in `pids` when the script ends.
ground() {
    dir=$(mktemp -d "${parent:?}/$name.XXXXXX")
    readonly dir
    trap end_all EXIT
    trap 'exit 130' INT TERM
}

end_all() {
    local pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf -- "$dir"
}

# A port of the loopback that nobody listens on.
free_port() {
    local port
    while true; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# within SECONDS COMMAND…: repeats the command until it succeeds.
within() {
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [[ $SECONDS -lt $until ]] || return 1
        sleep 0.1
    done
}

# ratio A B: A divided by B, with two decimals.
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (a > 0 && b > 0) printf "%.2f", a / b; else print "–" }'; }

# field NAME LINE: the value of NAME in a line of NAME=VALUE.
field() { [[ " $2" =~ \ $1=([^ ]+) ]] && echo "${BASH_REMATCH[1]}"; }

# median: of one number a line.
median() { sort -n | awk '{ at[NR] = $1 } END { print at[int((NR + 1) / 2)] }'; }

# machine: what this runs on, and what a sync costs here.
machine() {
    local filesystem sync_time
    filesystem=$(stat -f -c %T "$dir")
    echo "machine: $(uname -sr), $(nproc) cores ($(sed -nE 's/^model name.*: //p' /proc/cpuinfo | head -n 1)), load $(cut -d' ' -f1 /proc/loadavg), data on $filesystem"
    [[ $filesystem != tmpfs ]] || echo "warning: $parent is in memory, where a sync costs nothing; choose a disk with --dir" >&2
    sync_time=$(dd if=/dev/zero of="$dir/probe" bs=4k count=200 oflag=dsync 2>&1 | sed -nE 's/.*, ([0-9.e-]+) s,.*/\1/p')
    echo "one synced 4 KiB write here: $(awk -v s="${sync_time:-0}" 'BEGIN { printf "%.2f", s / 200 * 1000 }') ms"
    rm -f "$dir/probe"
}

# --- PostgreSQL ----------------------------------------------------------------------------------------------------

# Debian keeps the server's commands out of the way; pgbench's own link leads there.
postgres_bin() {
    local bin
    for bin in /usr/lib/postgresql/*/bin; do [[ -x $bin/initdb ]] && echo "$bin" && return; done
    dirname "$(command -v initdb)"
}

# postgres_start [SETTING=VALUE…]: a server with its defaults but for these settings, made where there is none; on a unix
# socket in $dir/postgres. Sets `postgres_pid`, and what psql and pgbench need.
postgres_start() {
    local bin setting as=() settings=()
    bin=$(postgres_bin)
    # It refuses to run as root.
    if [[ $(id -u) == 0 ]]; then as=(setpriv --reuid=postgres --regid=postgres --clear-groups --); fi
    if [[ ! -d $dir/postgres ]]; then
        mkdir "$dir/postgres"
        if [[ ${#as[@]} -gt 0 ]]; then
            chmod 711 "$dir"
            chown postgres "$dir/postgres"
        fi
        (cd "$dir/postgres" && "${as[@]}" "$bin/initdb" -D "$dir/postgres/data" -U bench --auth=trust --no-sync) >"$dir/initdb.log" ||
            stop "initdb failed: $(tail -n 5 "$dir/initdb.log")"
    fi
    for setting in "$@"; do settings+=(-c "$setting"); done
    (cd "$dir/postgres" && exec "${as[@]}" "$bin/postgres" -D "$dir/postgres/data" -k "$dir/postgres" -h '' \
        "${settings[@]}") >>"$dir/postgres.log" 2>&1 &
    postgres_pid=$!
    pids+=("$postgres_pid")
    export PGHOST=$dir/postgres PGUSER=bench PGDATABASE=postgres
    within 20 psql -c 'select 1' || stop "postgres did not start: $(tail -n 5 "$dir/postgres.log")"
}

# postgres_end: ends it at once, as a machine that goes.
postgres_end() {
    kill -QUIT "$postgres_pid"
    wait "$postgres_pid" 2>/dev/null || true
}

# What it promises of a commit.
postgres_policy() {
    echo "$(psql -At -c 'show server_version'), fsync $(psql -At -c 'show fsync'), synchronous_commit $(psql -At -c 'show synchronous_commit')"
}
