#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Two FreeRADIUS: stopped, frozen and flapping ones, and a load shared.
. "$(dirname "$0")/lib-radius.sh"
begin
net_up
aaa_up
server_forwards
lan_knows_pool
RADIUS_REPLY=$(for n in $(seq 20); do
	printf 'u%d Cleartext-Password := "%s"\n' "$n" "$PASSWORD"
done)
radius_start one $AAA.2
radius_start two $AAA.3
SERVER_ONE='quiet-time = 1s
fail-time = 2s
dead-time = 2s'
# shellcheck disable=SC2034
SERVER_TWO=$SERVER_ONE
radius_daemon

state() {
	says radius "[r['state'] for r in d if r['server'] == '$1'
		and r['service'] == '$2'] == ['$3']"
}
said() { grep -q "radius server=$1 service=auth state=$2" "$OUT/l2tpd.log"; }
calls() { DIAL_USER=u$1 dial "p$1" "$1"; }
calls_again() { DIAL_USER=u$1 redial "p$1"; }
logins() { asked "$1" User-Name | grep -c '^u'; }
freeze() { kill -STOP "${radius_pid[$1]}"; }
melt() { kill -CONT "${radius_pid[$1]}"; }

calls 1
expect "logs in" dialled p1
expect "the first was asked" test "$(logins one)" = 1
expect "the second was not" test "$(logins two)" = 0
expect "both are up" says radius '[r["state"] for r in d] == ["up"] * 4'

radius_stop one
calls 2
expect "one stopped: logs in" dialled p2 40
expect "the second was asked" test "$(logins two)" = 1
expect "the state is shown" state one auth down
expect "and logged" said one down
calls 3
expect "the next login goes on" dialled p3
expect "to the second at once" test "$(logins two)" = 2
: >"$OUT/one/radius.log"
radius_run one
expect "the first comes back" wait_for 40 state one auth up
expect "which is logged" said one up
before=$(logins one)
calls 4
expect "logs in" dialled p4
expect "at the first again" test "$(logins one)" = $((before + 1))

freeze one
calls 5
expect "one frozen: logs in" dialled p5 40
expect "its probes were lost" says radius \
	'any(r["probes_lost"] > 0 and r["moved"] > 0 for r in d if r["server"] == "one")'
expect "the state is shown" state one auth down
melt one
expect "the first comes back" wait_for 40 state one auth up
for n in 1 2 3 4 5; do hang_up p$n; done

# A storm while the first comes and goes: everybody gets in, nobody twice.
first=$(logins one) second=$(logins two)
for _ in $(seq 3); do
	freeze one; sleep 5
	melt one; sleep 2
done &
flapping=$!
for n in $(seq 5); do calls_again "$n"; sleep 0.7; done
for n in $(seq 6 20); do calls "$n"; sleep 0.7; done
for n in $(seq 20); do
	dialled "p$n" 60 || echo "    u$n is not in"
done
wait $flapping
expect "flapping: all twenty log in" says sessions 'len({s["user"] for s in d}) == 20'
expect "each in one attempt" says attempts 'len(d) == 25'
expect "both were asked" test "$(logins one)" -gt "$first" -a "$(logins two)" -gt "$second"
for n in $(seq 20); do hang_up "p$n"; done
expect "nothing is left" wait_for 15 server_quiet
expect "all records are taken" wait_for 60 says accounting 'd["records"] == 0'
# sessions KIND: with such a record, at whichever server.
sessions() {
	cat "$OUT/one/detail" "$OUT/two/detail" 2>/dev/null |
		awk -v RS= "/Type = $1\n/" |
		sed -n 's/^\tAcct-Session-Id = //p' | sort -u
}
for kind in Start Stop; do
	expect "a $kind of every session" count_is 25 sessions $kind
done
expect "the daemon ends" server_stop

# Equal priority shares the load.
first=$(logins one) second=$(logins two)
MORE=$(radius_server_conf | sed '/priority/d') server_start
for n in $(seq 10); do calls_again "$n"; done
for n in $(seq 10); do dialled "p$n" 30; done
expect "equal servers: ten log in" says sessions 'len(d) == 10'
expect "both were asked" test "$(logins one)" -gt "$first" -a "$(logins two)" -gt "$second"
expect "the daemon ends" server_stop
