#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A RADIUS server that has IPv6 only: logins, accounting and CoA by UDP; RadSec,
# known by the address in its certificate, and by a name.
. "$(dirname "$0")/lib-radsec.sh"
begin
net_up
aaa_up
server_forwards
lan_knows_pool
certificates
NAS6=fd00:88::1 AAA6=fd00:88::2
ip -n "$ID-srv" addr add $NAS6/64 dev aaa nodad
ip -n "$ID-aaa" addr add $AAA6/64 dev aaa nodad
certificate six ca "DNS:$RADSEC_NAME,IP:$AAA6" serverAuth
RADIUS_EXTRA="client nas6 {
	ipaddr = $NAS6
	secret = $SECRET
}
$(radsec_listener $AAA6 $NAS6 six)"
radius_start one $AAA6
ip -n "$ID-aaa" addr flush dev aaa scope global to $AAA.0/24

udp() {
	cat <<-END
	server six {
		address = "$AAA6"
		secret = "$SECRET"
		coa = yes
		quiet-time = 1s
		fail-time = 2s
		dead-time = 2s
	}
	END
	radsec_use six
}
coa() {
	printf '%s\n' "$2" | in_ns aaa radclient -x -r 2 -t 2 -D "$OUT/one" \
		"[$NAS6]:3799" "$1" "$SECRET" 2>&1 | grep -q 'Received .*-ACK'
}
stops() { acct one Acct-Status-Type | grep '^Stop$'; }

MORE=$(udp) server_start
dial p1 1
expect "logs in by UDP" dialled p1
expect "Accounting-On and Start came" wait_for 5 count_is 2 acct one Acct-Status-Type
expect "the server is shown" state six up ''
expect "a CoA is obeyed" coa coa "User-Name = $LOGIN, Session-Timeout = 3600"
expect "and a Disconnect" coa disconnect "User-Name = $LOGIN"
expect "with its cause" wait_for 10 grep -q 'Acct-Terminate-Cause = Admin-Reset' "$OUT/one/detail"
expect "the client leaves" wait_for 10 client_gone p1
DIAL_PASSWORD=wrong dial p2 2
expect "a wrong password is refused" refused p2
radius_stop one
redial p1
expect "stopped: it is found down" wait_for 20 state six down ''
: >"$OUT/one/radius.log"
radius_run one
expect "and up again by its probe" wait_for 20 state six up ''
hang_up p1
expect "the daemon ends" server_stop

# RadSec: a server is known by its address, or by a name; not by another's.
certificate stray ca "IP:fd00:88::3,IP:$AAA.2" serverAuth
ip netns exec "$ID-aaa" openssl s_server -accept "[$AAA6]:2084" -quiet -CAfile "$CERTS/ca.pem" \
	-cert "$CERTS/stray.pem" -key "$CERTS/stray.key" </dev/null >"$OUT/s_server" 2>&1 &
pids+=($!)
MORE=$(radsec_server misnamed $AAA6 2083 'tls-name = "mail.example"'
	radsec_server stray $AAA6 2084 "priority = 2"
	radsec_server named $AAA6 2083 "tls-name = \"$RADSEC_NAME\"" "priority = 3"
	radsec_use misnamed stray named) server_start
redial p1
expect "RadSec: logs in by a server that is known by its name" dialled p1
expect "which was asked" says radius \
	'{r["server"] for r in d if r["accepts"]} == {"named"}'
expect "not by one that has another name" state misnamed down 'hostname mismatch'
expect "nor by one that has another address" state stray down 'IP address mismatch'
hang_up p1
expect "the daemon ends" server_stop

before=$(stops | wc -l)
MORE=$(radsec_server six $AAA6 2083; radsec_use six) server_start
redial p1
expect "logs in by a server that is known by its address" dialled p1
expect "it is TLS 1.3" \
	grep -q 'radsec server=six state=connected tls=TLSv1.3' "$OUT/l2tpd.log"
hang_up p1
expect "it is accounted" wait_for 10 count_is $((before + 1)) stops
expect "nothing is left" wait_for 15 server_quiet
expect "the daemon ends" server_stop
