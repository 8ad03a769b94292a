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

# The names of typedefs: the server's that we use, those of src/, and those of the file itself (a test may call a
# typedef what another file calls a variable).
typedefs_of() {
    sed -nE 's/^[ \t]*\} *([A-Za-z_][A-Za-z0-9_]*);.*/\1/p; s/^typedef [^(]*[ *]([A-Za-z_][A-Za-z0-9_]*);.*/\1/p; s/^typedef .*\(\*? ?([A-Za-z_][A-Za-z0-9_]*)\) *\(.*/\1/p' "$@"
}
{ typedefs_of src/*/*.h; cat tools/typedefs.list; } | sort -u >"$work/common"

files=("$@")
[ $# -gt 0 ] || mapfile -t files < <(git ls-files 'src/*.c' 'src/*.h' 'test/unit/*.c' 'test/unit/*.h' 'test/fuzz/*.c' 'tools/*.c' | grep -vE '_(tables|data)\.h$|/shim\.h$')  # tables are generated, the shim is read by C++ too
status=0
for file in "${files[@]}"; do
    { cat "$work/common"; typedefs_of "$file"; } | sort -u >"$work/typedefs"
    "$indent" -bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 -i4 -l79 -lp -lpl -nip -npro -sac -tpg -ts4 \
        -U"$work/typedefs" <"$file" >"$work/out" 2>"$work/err" || { echo "$file: cannot be formatted"; cat "$work/err"; status=1; continue; }
    # a pointer return type on a line of its own is no declaration to be aligned
    sed -E 's/^((static |extern |const |struct )*[A-Za-z_][A-Za-z0-9_]*) +(\*+)$/\1 \3/' "$work/out" | cat -s >"$work/out2"
    cmp -s "$file" "$work/out2" && continue
    # the indenter takes some bytes of UTF-8 for white space: what it would change beyond layout stays as it is
    cmp -s <(tr -d ' \t\n*' <"$file") <(tr -d ' \t\n*' <"$work/out2") || continue
    if [ -n "$check" ]; then echo "$file: tools/format.sh would change it"; status=1
    else cat "$work/out2" >"$file"; fi
done
exit $status
