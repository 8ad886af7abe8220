#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The bench `bulk', small: iperf3 through one phone of ours, both ways; how fast
# it is, is not asked.  It has a network of its own (tests/bench/rig.py).
. "$(dirname "$0")/lib.sh"
begin
bench() {
	timeout 120 "$TOP/tests/bench/run" bulk --small --build "$BUILD" \
		--json "$OUT/bench.json" >"$OUT/bench.log" 2>&1 ||
		{ tail -n 5 "$OUT/bench.log"; return 1; }
}
found() { "$LIVE_DIR/says" "$1" <"$OUT/bench.json"; }

expect "it runs" bench
expect "both ways" found "[r['direction'] for r in d['results']] == ['up', 'down']"
expect "bytes went through" found "all(r['gb'] > 0.01 for r in d['results'])"
expect "the server's processor time is counted" found "all(r['cpu_s_per_gb'] > 0 for r in d['results'])"
expect "it is compared with encryption alone, if that is there" found "(d['limit'] is None) == (d['engine'] == 'openssl')"
