#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# N-91: what a client may do to the status socket, while a phone's packets go
# on; and doc/status-socket.md names what is sent.
#
#	net, our own client ---veth--- srv
. "$(dirname "$0")/lib.sh"
begin
net_up
lan_knows_pool
server_forwards
server_start
fds=$(server_fds)
printf '%s\n' "$PSK" >"$OUT/psk"
printf '%s\n' "$PASSWORD" >"$OUT/password"
ip netns exec "$ID-net" "$BUILD/l2tpload/l2tpload" dial --server $SERVER \
	--psk-file "$OUT/psk" --user "$LOGIN" --password-file "$OUT/password" \
	--tun vpn0 --route $BEHIND_NET >"$OUT/phone.log" 2>&1 &
phone=$!
pids+=("$phone")
expect "our own client is up" wait_for 10 grep -q 'tun vpn0 ready' "$OUT/phone.log"
# 8 s: over before the session is killed; it waits for its last answers
ip netns exec "$ID-net" ping -n -q -c 400 -i 0.02 $BEHIND \
	>"$OUT/ping.log" 2>&1 &
pids+=($!)
in_ns srv "$LIVE_DIR/sockets" "$SOCKET" "$(server_pids | tail -n 1)" \
	"$TOP/doc/status-socket.md" >"$OUT/sockets.log" 2>&1
rc=$?
sed 's/^/    /' "$OUT/sockets.log"
expect "all cases hold" test $rc = 0
expect "no ping was lost meanwhile" grep -q ' 0% packet loss' "$OUT/ping.log"
expect "the client was told to go" wait_for 5 grep -q 'ended:' "$OUT/phone.log"
expect "nothing is left" wait_for 10 server_quiet
same_fds() { [ "$(server_fds)" = "$fds" ]; }
expect "the same descriptors" wait_for 5 same_fds
expect "the daemon ends" server_stop
