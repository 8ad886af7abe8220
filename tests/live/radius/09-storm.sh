#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Two FreeRADIUS and storms of logins in which the first is stopped, freezes, and
# comes and goes: everybody gets in, and nobody is asked of the second unless the
# first had failed its probe and had not answered: one login is one push.
. "$(dirname "$0")/lib-radius.sh"
begin
net_up
aaa_up
# asked and answered: when, and whose; each login has an Acct-Session-Id.
# shellcheck disable=SC2016 # FreeRADIUS' own
STAMP='format = "%c.%C %{Acct-Session-Id} %{Calling-Station-Id}"'
RADIUS_MODULES="linelog whom {
	filename = \${logdir}/asked
	$STAMP
}
linelog answered {
	filename = \${logdir}/answered
	$STAMP
}"
# shellcheck disable=SC2034
RADIUS_AUTHORIZE=whom RADIUS_POST=answered
radius_start one $AAA.2
radius_start two $AAA.3
SERVER_ONE='quiet-time = 1s
fail-time = 2s
dead-time = 2s'
# shellcheck disable=SC2034
SERVER_TWO=$SERVER_ONE
radius_daemon

# when DOWN and UP: the daemon's opinion of the first, as it is logged.
tail -n 0 -F "$OUT/l2tpd.log" 2>/dev/null > >(
	while read -r line; do
		case $line in
		*'radius server=one service=auth state='*)
			line=${line#*state=}
			echo "$EPOCHREALTIME ${line%% *}";;
		esac
	done >"$OUT/states") &
pids+=($!)

# storm NAME N PHONES RATE: so many phones, from a network of their own.
storm() {
	local gw=198.51.$((100 + $2)) from=10.$((60 + $2)).0.0/16
	space "$1"
	wire net "$gw.1/24" "$1" "$gw.2/24" "p$2"
	ip -n "$ID-$1" route add default via "$gw.1"
	ip -n "$ID-net" route add "$from" via "$gw.2"
	ip -n "$ID-$1" route add local "$from" dev lo
	ip netns exec "$ID-$1" "$LOAD" login --server $SERVER \
		--psk-file "$OUT/psk" --user "$LOGIN" --password-file "$OUT/password" \
		--from "$from" --phones "$3" --rate "$4" --hold 0 --json \
		>"$OUT/$1.json" 2>"$OUT/$1.log" &
	phone_pid[$1]=$!
	pids+=($!)
}
printf '%s\n' "$PSK" >"$OUT/psk"
printf '%s\n' "$PASSWORD" >"$OUT/password"
chmod 600 "$OUT/psk" "$OUT/password"
there() { wait_for "${2:-20}" says sessions \
	"[s['state'] for s in d] == ['up'] * $1"; }
all_in() {
	tail -n 1 "$OUT/$1.json" | "$LIVE_DIR/says" \
		"[d[k] for k in ('logins', 'failed', 'lost')] == [$2, 0, 0]"
}
state() {
	says radius "[r['state'] for r in d if r['server'] == 'one'
		and r['service'] == 'auth'] == ['$1']"
}
freeze() { kill -STOP "${radius_pid[one]}"; }
melt() { kill -CONT "${radius_pid[one]}"; }
asked_of() { wc -l <"$OUT/$1/asked"; }
ids() { cut -d ' ' -f 2 "$@"; }

# The second was asked only while the first was down, give or take a second.
out_of_turn() {
	awk 'FNR == NR { at[n++] = $1; is[n - 1] = $2; next }
	{
		ok = 0
		for (i = 0; i < n; i++)
			if (is[i] == "down" && $1 > at[i] - 1 &&
			    (i + 1 == n || $1 < at[i + 1] + 1))
				ok = 1
		bad += !ok
	} END { print bad + 0 }' "$OUT/states" "$OUT/two/asked"
}
# Whom the first had answered when the second was asked.
pushed_twice() {
	awk 'FNR == NR { at[$2] = $1; next }
	$2 in at && at[$2] < $1 { n++ } END { print n + 0 }' \
		"$OUT/one/answered" "$OUT/two/asked"
}

storm first 1 60 15
sleep 2
radius_stop one
expect "the first is stopped: all log in" there 60
before=$(asked_of two)
expect "some at the first, some at the second" test "$before" -gt 0 -a "$before" -lt 60
: >"$OUT/one/radius.log"
radius_run one
expect "it comes back" wait_for 20 state up

storm second 2 60 15
sleep 2
freeze
expect "the first is frozen: all log in" there 120
expect "its probes were lost, its logins went on" says radius \
	'any(r["probes_lost"] > 0 and r["moved"] > 0 for r in d if r["server"] == "one")'
expect "the second had more of them" test "$(asked_of two)" -gt "$before"
melt
expect "it comes back" wait_for 20 state up
before=$(asked_of two)

storm third 3 90 10
for _ in 1 2; do
	sleep 1
	freeze; sleep 4
	melt; sleep 1
done
expect "the first comes and goes: all log in" there 210
expect "some at the second" test "$(asked_of two)" -gt "$before"
expect "the daemon saw it" test "$(grep -c down "$OUT/states")" -ge 3

expect "the second was asked only while the first was down" test "$(out_of_turn)" = 0
expect "and for nobody whom the first had answered" test "$(pushed_twice)" = 0
for s in one two; do
	expect "$s: nobody was asked twice" test -z "$(ids "$OUT/$s/asked" | sort | uniq -d)"
done
expect "each phone is one login" test \
	"$(ids "$OUT/one/asked" "$OUT/two/asked" | sort -u | wc -l)" = 210
expect "from its own address" test \
	"$(cut -d ' ' -f 3 "$OUT/one/asked" "$OUT/two/asked" | sort -u | wc -l)" = 210

for s in first second third; do kill -TERM "${phone_pid[$s]}"; done
for s in first second third; do wait_for 20 client_gone "$s"; done
expect "nobody was refused or lost at the stop" all_in first 60
expect "nor while it was frozen" all_in second 60
expect "nor while it came and went" all_in third 90
expect "nothing is left" wait_for 15 server_quiet
expect "the daemon ends" server_stop
