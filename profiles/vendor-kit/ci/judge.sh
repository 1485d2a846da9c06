#!/bin/sh
# Judges an appliance in your own build: starts it, waits until it answers, judges it, and ends with the judge's exit code.
#
#     judge.sh CLAIM COMMAND...      such as: judge.sh plug@1 python -m plug --id ci-plug --coap 127.0.0.9:5683 --control "$PWD/ci.sock"
#
# The command says one line when it is ready, and leaves its control interface at $CONTROL (default ./ci.sock). $TARGET is where it answers
# (default coap://127.0.0.9), $REPORT where the report goes (default ./report), $BUDGET seconds for everything (default: as long as it takes),
# $TESTS what is asked (default: everything), such as D,T,C1.
set -eu
claim=$1
shift
control=${CONTROL:-$PWD/ci.sock}
target=${TARGET:-coap://127.0.0.9}
report=${REPORT:-$PWD/report}

ready=$(mktemp -u)
mkfifo "$ready"
"$@" >"$ready" &
appliance=$!
trap 'kill "$appliance" 2>/dev/null || true; rm -f "$ready"' EXIT
read -r line <"$ready" || { echo "the appliance ended before it was ready" >&2; exit 2; }
echo "$line"

# 0: conformant; 1: not; 2: it could not be run. report/junit.xml is for the build's page, report/report.html for people.
set -- --claim "$claim" --report "$report"
[ -S "$control" ] && set -- "$@" --control "$control"
[ -n "${BUDGET:-}" ] && set -- "$@" --budget "$BUDGET"
[ -n "${TESTS:-}" ] && set -- "$@" --tests "$TESTS"
hulian conformance "$target" "$@"
