#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Accounting over an outage: sessions begin and end while no server answers, the
# daemon is ended and killed meanwhile, the disk is full; what was used is told
# once, in order, when the server is there again.
. "$(dirname "$0")/lib-radius.sh"
begin
net_up
aaa_up
server_forwards
lan_knows_pool
mkdir -p "$OUT/spool"
chmod 700 "$OUT/spool"
radius_start one $AAA.2
# Local users log in; only the records go to the server.
LOCAL_USERS=first
SERVER_ONE='quiet-time = 1s
fail-time = 2s
dead-time = 2s'
# shellcheck disable=SC2034
SERVER_TWO=$SERVER_ONE
radius_daemon

# pass NAME: one session from its begin to its end, with one ping.
pass() {
	redial "$1"
	dialled "$1" && in_ns "$1" ping -q -n -c 1 -W 2 $BEHIND >/dev/null
	hang_up "$1"
}
waiting() { says accounting "d['records'] $1"; }
# told STATUS: the ids of the sessions in these records, as they came.
told() {
	awk -v RS= "/Acct-Status-Type = $1\n/" "$OUT/one/detail" |
		sed -n 's/^\tAcct-Session-Id = //p'
}
delays() {	# of the Stops of these sessions
	awk -v RS= '/Acct-Status-Type = Stop\n/' "$OUT/one/detail" |
		sed -n 's/^\tAcct-Delay-Time = //p'
}
once() { [ "$(told "$1" | wc -l)" = "$2" ] && [ -z "$(told "$1" | sort | uniq -d)" ]; }
# Each session's Start stands before its Stop; prints how many do not.
disordered() {
	awk -v RS= '{
		status = id = ""
		n = split($0, line, "\n\t")
		for (i = 1; i <= n; i++) {
			if (line[i] ~ /^Acct-Status-Type/) status = line[i]
			if (line[i] ~ /^Acct-Session-Id/) id = line[i]
		}
		if (status ~ /Start$/) begun[id] = 1
		if (status ~ /Stop$/ && !(id in begun)) bad++
	} END { print bad + 0 }' "$OUT/one/detail"
}

dial p1 1
dial p2 2
expect "two log in" dialled p1
expect "both" dialled p2
expect "their Starts are taken" wait_for 10 once Start 2
expect "no record waits" wait_for 5 waiting '== 0'

radius_stop one
hang_up p1
hang_up p2
for _ in 1 2 3; do pass p1; done
expect "eight records wait" wait_for 10 waiting '== 8'
expect "all on disk" wait_for 10 says accounting 'd["unstored"] == 0 and d["disk_ok"]'
expect "the server's state is shown" wait_for 20 says radius \
	'any(r["server"] == "one" and r["service"] == "acct" and r["state"] == "down" for r in d)'
expect "the daemon ends" server_stop

radius_daemon
expect "after a restart they are there, and Off and On" says accounting \
	'd["restored_total"] == 9 and d["records"] == 10'
for _ in 1 2; do pass p2; done
expect "and those of two more sessions" wait_for 10 says accounting \
	'd["records"] == 14 and d["unstored"] == 0'
kill -KILL "$(server_pids | tail -n 1)"
expect "the daemon is killed" wait_for 10 server_gone
wait "$server" 2>/dev/null
radius_daemon
expect "after that they are there, and one more On" says accounting \
	'd["restored_total"] == 14 and d["records"] == 15'
pass p1
expect "and those of another session" wait_for 10 waiting '== 17'
expect "they are shown in words" grep -q 17 <("$L2TPCTL" --socket "$SOCKET" accounting)

: >"$OUT/one/radius.log"
radius_run one
expect "the server comes back: all are taken" wait_for 90 waiting '== 0'
expect "none was lost" says accounting 'd["lost_total"] == 0 and d["orphans"] == 0'
expect "eight Starts, each once" once Start 8
expect "eight Stops, each once" once Stop 8
expect "each Start before its Stop" test "$(disordered)" = 0
expect "the Stops say how late they are" test "$(delays | grep -cv '^0$')" = 8

# A disk that fills up: a spool on a file system of its own.
expect "the daemon ends" server_stop
mount -t tmpfs -o size=64k,mode=700,uid=nobody,gid=nogroup tmpfs "$OUT/spool" || give_up "no tmpfs"
trap 'umount -l "$OUT/spool"; finish' EXIT
head -c 1M /dev/zero >"$OUT/spool/full" 2>/dev/null
radius_stop one
radius_daemon
pass p1
expect "full disk: a session comes and goes" wait_for 10 says accounting 'd["records"] > 2'
expect "it says so" says accounting 'not d["disk_ok"] and d["unstored"] > 0'
expect "and logs it" grep -q 'spool not writable' "$OUT/l2tpd.log"
rm "$OUT/spool/full"
expect "room again: all is stored" wait_for 60 says accounting 'd["disk_ok"] and d["unstored"] == 0'
: >"$OUT/one/radius.log"
radius_run one
expect "and taken" wait_for 90 waiting '== 0'
expect "nine Stops, each once" once Stop 9
expect "each Start before its Stop" test "$(disordered)" = 0
expect "the daemon ends" server_stop
