#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# kill -9 of the daemon, of its root monitor, of both: what was set up is taken
# back at once, or by the next start.
#
#	srv, a namespace of its own; nobody dials
. "$(dirname "$0")/lib.sh"
begin
net_up
in_ns srv sysctl -qw net.ipv4.ip_forward=0
rmdir "$RUN" 2>/dev/null
NAT=auto
machine() {
	ip -n "$ID-srv" -o link | sed 's/^[0-9]*: //'
	ip -n "$ID-srv" route
	in_ns srv nft list ruleset
	in_ns srv sysctl net.ipv4.ip_forward
	find "$RUN" -printf '%p\n' 2>/dev/null
}
as_before() {
	machine >"$OUT/machine.after"
	diff -u "$OUT/machine.before" "$OUT/machine.after"
}
forwards() {
	in_ns srv nft list table inet l2tpd >/dev/null 2>&1 &&
		[ "$(in_ns srv sysctl -n net.ipv4.ip_forward)" = 1 ]
}
nobody_left() { [ -z "$(server_pids)" ]; }
# The process that was started, and its child.
monitor() { sed -n 1p "$RUN/l2tpd.pid"; }
child() { server_pids | grep -vx "$(monitor)"; }
start() {
	server_start
	server_pid=$server
}
ended() { ! kill -0 "$server_pid" 2>/dev/null; }
# lib.sh makes the run directory; here the daemon makes and removes it.
mkdir() { case $* in *"$RUN"*) ;; *) command mkdir "$@" ;; esac; }

machine >"$OUT/machine.before"
start
expect "it is up and forwards" forwards
expect "one monitor, one daemon" test "$(server_pids | wc -l)" = 2
expect "root's part" test "$(stat -c %U "/proc/$(monitor)")" = root
expect "the daemon is nobody" \
	grep -q '^Uid:.65534.65534.65534.65534' "/proc/$(child)/status"
expect "it has no capability" grep -q '^CapEff:.0*$' "/proc/$(child)/status"
expect "it may not start programs (seccomp)" \
	grep -q '^Seccomp:.2' "/proc/$(child)/status"

kill -KILL "$(child)"
expect "the daemon killed: the monitor ends" wait_for 3 ended
wait "$server_pid"
rc=$?
expect "with status 1" test $rc = 1
expect "and says so" grep -q 'ended by signal 9' "$OUT/l2tpd.log"
expect "all is as before" as_before

start
kill -KILL "$(monitor)"
expect "the monitor killed: the daemon ends by itself" wait_for 6 nobody_left
expect "it says why" grep -q 'root monitor is gone' "$OUT/l2tpd.log"
expect "rules and forwarding are left" forwards
start
expect "the next start works" forwards
expect "and ends well" server_stop
expect "all is as before the first" as_before

start
c=$(child)
kill -KILL "$(monitor)" "$c"
expect "both killed" wait_for 3 nobody_left
expect "rules and forwarding are left" forwards
in_ns srv nft add rule inet l2tpd forward counter
start
expect "the next start replaces the rules" bash -c \
	"! ip netns exec $ID-srv nft list chain inet l2tpd forward |
	grep -E '^\s*counter packets'"
expect "and ends well" server_stop
expect "all is as before the first" as_before

start
kill -KILL "$(monitor)" "$(child)"
wait_for 3 nobody_left
NAT=off start
expect "a start without nat takes the rules back, too" bash -c \
	"! ip netns exec $ID-srv nft list table inet l2tpd 2>/dev/null"
expect "and says so" grep -q 'killed run' "$OUT/l2tpd.log"
expect "it ends well" server_stop
expect "all is as before the first" as_before

start
began=$(date +%s%N)
kill -TERM "$server"
expect "SIGTERM: it ends" wait_for 6 server_gone
expect "within 5 s" test $((($(date +%s%N) - began) / 1000000)) -lt 5000
wait "$server"
rc=$?
expect "with status 0" test $rc = 0
expect "all is as before" as_before

start
kill -STOP "$(child)"
kill -TERM "$server"
expect "a daemon that hangs is killed within 10 s" wait_for 10 server_gone
wait "$server"
rc=$?
expect "with status 1" test $rc = 1
expect "all is as before" as_before
server=''

# ---- in the background ------------------------------------------------------

NAT=auto server_conf >"$OUT/l2tpd.conf"
in_ns srv "$L2TPD" -c "$OUT/l2tpd.conf" >"$OUT/back.log" 2>&1
rc=$?
expect "in the background: status 0" test $rc = 0
expect "and it is ready at once" says status True
expect "it forwards" forwards
m=$(monitor)
pids+=("$m")
# shellcheck disable=SC2016 # the inner shell expands it
expect "no process keeps the terminal" bash -c \
	'for p in $(ip netns pids "$1"); do
		[ "$(readlink "/proc/$p/fd/2")" = /dev/null ] || exit 1
		[ "$(readlink "/proc/$p/cwd")" = / ] || exit 1
	done' - "$ID-srv"
in_ns srv "$L2TPD" -c "$OUT/l2tpd.conf" >"$OUT/back2.log" 2>&1
rc=$?
expect "a second one: status 1" test $rc = 1
expect "one line" test "$(wc -l <"$OUT/back2.log")" = 1
expect "which says why" grep -q 'another l2tpd is running' "$OUT/back2.log"
kill -HUP "$m"
sleep 0.3
expect "SIGHUP does not end it" says status True
kill -TERM "$m"
expect "it ends" wait_for 6 nobody_left
expect "all is as before" as_before
