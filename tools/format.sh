#!/usr/bin/env bash
# Formats the C sources as PostgreSQL does (pg_bsd_indent with pgindent's options), or tells which are not.
#
# usage: tools/format.sh [--check] [FILE...]
# Needs Debian's pg-bsd-indent. Names of structs and typedefs come from the sources themselves.
set -euo pipefail
cd "$(dirname "$0")/.."
check=
[ "${1:-}" = --check ] && { check=1; shift; }
indent=$(command -v pg_bsd_indent || ls /usr/lib/postgresql/*/lib/pgxs/src/tools/pg_bsd_indent/pg_bsd_indent 2>/dev/null | head -1)
[ -n "$indent" ] || { echo 'apt-get install pg-bsd-indent' >&2; exit 1; }
work=$(mktemp -d /tmp/clt-format.XXXXXX)
trap 'rm -rf "$work"' EXIT

# our own typedefs and those of the server's that we use
{
    sed -nE 's/^\} *([A-Za-z_][A-Za-z0-9_]*);.*/\1/p; s/^typedef .*[ *]([A-Za-z_][A-Za-z0-9_]*);.*/\1/p; s/^typedef .*\(\*([A-Za-z_][A-Za-z0-9_]*)\).*/\1/p' \
        src/*/*.[ch] test/unit/*.[ch] test/fuzz/*.c 2>/dev/null
    cat tools/typedefs.list
} | sort -u >"$work/typedefs"

files=("$@")
[ $# -gt 0 ] || mapfile -t files < <(git ls-files 'src/*.c' 'src/*.h' 'test/unit/*.c' 'test/unit/*.h' 'test/fuzz/*.c' 'tools/*.c' | grep -vE '_(tables|data)\.h$|_generated\.')
status=0
for file in "${files[@]}"; do
    # pgindent's own repair: the end of a comment-dashed block stays as it is; a run of blank lines becomes one
    "$indent" -bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 -i4 -l79 -lp -lpl -nip -npro -sac -tpg -ts4 \
        -U"$work/typedefs" <"$file" >"$work/out" 2>"$work/err" || { echo "$file: cannot be formatted"; cat "$work/err"; status=1; continue; }
    cat -s "$work/out" >"$work/out2"
    cmp -s "$file" "$work/out2" && continue
    if [ -n "$check" ]; then echo "$file: tools/format.sh would change it"; status=1
    else cat "$work/out2" >"$file"; fi
done
exit $status
