#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Churn: three phones log in and out for ten minutes, six times in a round.
# One hangs up, one loses everything without a word and dials anew from the same
# port, and one is switched off at the end of each round.  Every login is whole:
# bytes both ways, a rekey, no ping lost.  After each round all is given back,
# and at the end memory and descriptors of the daemon are what they were.
#
# All pools are smaller than the number of logins: one thing in each login that
# is not given back, and the daemon refuses somebody.  It also keeps the fixed
# tables small: they are touched page by page, as are buffers when packets come
# in bursts, which is no leak but looks like one.  What tells them apart is the
# memory that was asked for.
. "$(dirname "$0")/../lib.sh"
begin
LOGINS=6			# of each phone in a round
SETTLED=2			# rounds until all has been in use once
POOL=10.99.0.0/27
net_up
lan_knows_pool
server_forwards
IPSEC="dpd-interval = 5s
	dpd-tries = 2
	max-peers = 32
	max-half-open = 32
	max-dh-pending = 32
	max-children = 48" PPP="echo-interval = 5s
	echo-failures = 2" GLOBAL="l2tp {
		max-tunnels = 48
		max-sessions = 48
	}
	limits {
		sessions = 32
		attempts = 32
	}" server_start

# kb NAME: of all processes of the daemon (VmData: asked for; RssAnon: in use).
kb() {
	local p sum=0
	for p in $(server_pids); do
		sum=$((sum + $(awk -v name="$1:" '$1 == name { print $2 }' \
			"/proc/$p/status")))
	done
	echo $sum
}
# times PHONE FACT: how often it noted that.
times() { grep -cx "$2" "$OUT/$1/facts"; }
whole() {
	local f
	for f in get_ok=1 put_ok=1 ping_lost=0 ping_double=0; do
		[ "$(times "$1" $f)" = $LOGINS ] || return 1
	done
}
descriptors_are() { [ "$(server_fds)" = "$1" ]; }

# shellcheck disable=SC2016
then='for n in $(seq $LOGINS); do
		[ $n = 1 ] || $AGAIN
		behind $BEHIND_NET
		pings_start $BEHIND
		fetch $BEHIND 200000
		send $BEHIND 200000
		rekey child || exit 12
		pings_stop
	done'
export LOGINS PHONE_LIMIT=400 IKE_WAIT=60 PPP_WAIT=600
round=0
end=$((SECONDS + ${SOAK_SECONDS:-600}))
while [ $SECONDS -lt $end ] || [ $round -le $SETTLED ]; do
	round=$((round + 1))
	phone_direct "r${round}p1" 1 THEN="$then" AGAIN=redial
	phone_direct "r${round}p2" 2 THEN="$then" AGAIN=pull
	phone_direct "r${round}p3" 3 THEN="$then" AGAIN=redial NO_HANGUP=yes
	for n in 1 2 3; do
		p=r${round}p$n
		expect "round $round: phone $n says all went well" phone_done $p
		expect "round $round: $LOGINS logins, all of them whole" whole $p
		ip -n "$ID-net" link del $p
	done
	expect "round $round: nothing is left" wait_for 60 server_quiet
	data=$(kb VmData) used=$(kb RssAnon)
	echo "    $(server_fds) descriptors, $used of $data KB"
	if [ $round = $SETTLED ]; then
		fds=$(server_fds) data_before=$data used_before=$used
	fi
	[ $bad = 0 ] || exit 1
done
logins=$((round * 3 * LOGINS))
expect "there were more logins than places" test $logins -gt 48
expect "$logins logins are on record" says status \
	"(d['logins_total'], d['refused_total']) == ($logins, 0)"
expect "as many descriptors" wait_for 5 descriptors_are "$fds"
expect "no more memory was asked for" test "$data" -le $((data_before + 256))
expect "no more than 1 MB more is in use" test "$used" -le \
	$((used_before + 1024))
expect "the daemon ends" server_stop
