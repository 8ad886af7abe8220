#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The bench `radius', small: it works, nothing is refused, nothing is left; how
# fast it is, is not asked.  It has a network of its own (tests/bench/rig.py).
. "$(dirname "$0")/lib-radius.sh"
begin
bench() {
	timeout 200 "$TOP/tests/bench/run" radius --small --build "$BUILD" \
		--json "$OUT/bench.json" >"$OUT/bench.log" 2>&1 ||
		{ tail -n 5 "$OUT/bench.log"; return 1; }
}
found() { "$LIVE_DIR/says" "$1" <"$OUT/bench.json"; }
of() { found "[r for r in d['results'] if r['subject'] == '$1'][0]$2"; }
refuses() { ! "$TOP/tests/bench/run" "$@" --build "$BUILD" 2>/dev/null; }

expect "it runs" bench
expect "four subjects" found "[r['subject'] for r in d['results']] == ['l2tpd+local', 'l2tpd+freeradius', 'l2tpd+null', 'l2tpd+null-1s']"
expect "all phones log in, each time" found "all(r['logins'] == 60 for r in d['results'])"
expect "in as many networks" found "all(r['networks'] == 20 for r in d['results'])"
expect "none is refused or lost" found "not any(r['refused'] + r['failed'] + r['lost'] for r in d['results'])"
expect "the processor's time is counted" found "all(r['cpu_s_per_login'] > 0 for r in d['results'])"
expect "all who wait a second wait at the same time" of l2tpd+null-1s "['in_flight_peak'] == 20"
expect "and so long as the server takes" of l2tpd+null-1s "['login_ms']['p50'] > 1000"
expect "descriptors are given back" found "all(r['fds_end'] <= r['fds_start'] + 4 for r in d['results'])"
expect "it is compared with the limit" found "sorted(d['ratios']['limit']) == ['l2tpd+freeradius', 'l2tpd+null', 'l2tpd+null-1s']"
expect "an unknown bench is refused" refuses nothing
expect "so is an unknown peer" refuses radius --against openvpn
