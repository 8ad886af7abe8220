#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Soak: three phones come and go for ten minutes, every third time without a
# good-bye; memory and descriptors of the daemon stay what they were.
. "$(dirname "$0")/../lib.sh"
begin
net_up
lan_knows_pool
server_forwards
IPSEC="dpd-interval = 5s
	dpd-tries = 2" PPP="echo-interval = 5s
	echo-failures = 2" server_start
memory() {
	local p kb=0
	for p in $(server_pids); do
		kb=$((kb + $(awk '/^VmRSS/ {print $2}' "/proc/$p/status")))
	done
	echo $kb
}
# shellcheck disable=SC2016
then='behind $BEHIND_NET; pings_start $BEHIND; fetch $BEHIND 1000000
	send $BEHIND 1000000; rekey child || exit 12; sleep 1; pings_stop'
round=0 calls=0 fds='' kb=''
end=$((SECONDS + ${SOAK_SECONDS:-600}))
while [ $SECONDS -lt $end ]; do
	round=$((round + 1))
	for n in 1 2 3; do
		phone_direct "r${round}p$n" $((round * 3 % 150 + n)) THEN="$then" \
			NO_HANGUP="$([ $n != 3 ] || echo yes)"
	done
	for n in 1 2 3; do
		phone_done "r${round}p$n" && fact_is "r${round}p$n" ping_lost 0 &&
			transferred "r${round}p$n" && calls=$((calls + 1))
		ip -n "$ID-net" link del "r${round}p$n"
	done
	expect "round $round: nothing is left" wait_for 60 server_quiet
	if [ $round = 2 ]; then fds=$(server_fds) kb=$(memory); fi
done
expect "every call of $((round * 3)) was whole" test $calls = $((round * 3))
expect "the same descriptors" test "$(server_fds)" = "$fds"
expect "no more than 1 MB of memory more" test "$(memory)" -le $((kb + 1024))
expect "the daemon ends" server_stop
