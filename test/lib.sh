# Shared by test/run and test/suites/*: counting, and running TAP programs under prove.
clt_test_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# count NAME PASSED FAILED
count() {
    echo "$2 $3" >>"${CLT_COUNTS:-/dev/null}"
    echo "-- $1: $2 passed, $3 failed"
}

# Of the files given, those whose name contains $T.
matching() {
    local file
    for file in "$@"; do
        [ -e "$file" ] || continue
        case $(basename "$file") in *"${T:-}"*) echo "$file" ;; esac
    done
}

# run_tap NAME EXEC FILE...: every FILE by EXEC ('' runs it as it is), as many at a time as there are processors ($CLT_JOBS), and then what they
# said under prove; counts the tests themselves and one failure more for each file that broke off.
run_tap() {
    local name=$1 exec=$2 log passed failed broken
    shift 2
    [ $# -gt 0 ] || { echo "-- $name: no test matches '${T:-}'"; return 0; }
    log=$(mktemp "${CLT_WORK:-/tmp}/clt-tap.XXXXXX")
    local status=0
    mkdir "$log.said"
    printf '%s\0' "$@" | xargs -0 -P "${CLT_JOBS:-$(nproc)}" -n 1 "$clt_test_top/test/tap-record" "$log.said" "$exec" || true
    prove -v --exec "$clt_test_top/test/tap-replay $log.said" "$@" >"$log" 2>&1 </dev/null || status=$?
    rm -rf "$log.said"
    passed=$(grep -cE '^ok ' "$log" || true)
    failed=$(grep -cE '^not ok ' "$log" || true)
    # todo tests that fail are not failures
    local todo
    todo=$(grep -cE '^not ok .*# TODO' "$log" || true)
    failed=$((failed - todo)); passed=$((passed + todo))
    broken=$(grep -cE 'Parse errors:|Non-zero exit status:|No subtests run' "$log" || true)
    if [ $status -ne 0 ]; then
        [ $failed -gt 0 ] || failed=$((broken > 0 ? broken : 1))
        [ -z "${V:-}" ] || cat "$log"
        # what failed, with the lines that explain it
        awk '/^not ok / {show = 12} /^(ok |# *$)/ {show = 0} show-- > 0' "$log"
        sed -n '/^Test Summary Report/,$p' "$log"
        grep -nE '(ERROR|FATAL|PANIC|runtime error|AddressSanitizer|[Aa]ssertion)' "$log" | head -20 || true
    else
        [ -z "${V:-}" ] || cat "$log"
        sed -n 's/^ok [0-9]* *\(.*# [sS][kK][iI][pP].*\)/skipped: \1/p' "$log" | head -20
    fi
    rm -f "$log"
    count "$name" "$passed" "$failed"
    [ "$failed" -eq 0 ]
}

# run_pg_regress NAME PROGRAM ARGS...: pg_regress or pg_isolation_regress; both styles of output.
run_pg_regress() {
    local name=$1 log passed failed status
    shift
    log=$(mktemp "$CLT_WORK/clt-regress.XXXXXX")
    status=0
    "$@" >"$log" 2>&1 || status=$?
    passed=$(grep -cE '^(test .*\.\.\. ok|ok [0-9]+ )' "$log" || true)
    failed=$(grep -cE '^(test .*\.\.\. FAILED|not ok )' "$log" || true)
    [ $status -eq 0 ] || { [ "$failed" -gt 0 ] || failed=1; }
    sed -nE '/^(test |ok |not ok )/s/^/   /p' "$log"
    if [ $status -ne 0 ]; then
        sed -E '/^(test .*\.\.\. ok|ok )/d' "$log"
        cat "$CLT_REGRESS_OUT"/regression.diffs 2>/dev/null | head -150
    fi
    count "$name" "$passed" "$failed"
    [ $status -eq 0 ]
}
