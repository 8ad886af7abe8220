#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The benches of the data path, small: phones of ours, real programs and our own
# datagrams through them; how fast it is, is not asked.  They have a network of
# their own (tests/bench/rig.py).
. "$(dirname "$0")/lib.sh"
begin
bench() {
	timeout 120 "$TOP/tests/bench/run" "$1" --small --build "$BUILD" \
		--json "$OUT/$1.json" >"$OUT/$1.log" 2>&1 ||
		{ tail -n 5 "$OUT/$1.log"; return 1; }
}
found() { "$LIVE_DIR/says" "$2" <"$OUT/$1.json"; }

expect "bulk: it runs" bench bulk
expect "bulk: bytes go through" found bulk "all(r['gb'] > 0.01 for r in d['results'])"
expect "bulk: it is compared with encryption alone, if that is there" found bulk "(d['limit'] is None) == (d['engine'] == 'openssl')"
for name in imix pps; do
	expect "$name: it runs" bench $name
	expect "$name: datagrams of 20 phones go and come back" found $name "all(r['sent'] == 2000 and r['received'] > 1900 for r in d['results'])"
	expect "$name: nobody gets another one's" found $name "all(r['foreign'] == 0 for r in d['results'])"
done
for name in bulk imix pps; do
	expect "$name: both ways" found $name "[r['direction'] for r in d['results']] == ['up', 'down']"
	expect "$name: the server's processor time is counted" found $name "all(r['cpu_s_per_gb'] > 0 for r in d['results'])"
done
