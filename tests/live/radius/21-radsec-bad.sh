#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# N-87: servers that are not to be trusted, or do not answer, are refused or
# marked down, each with its reason in the log and in `l2tpctl radius', and the
# question goes to the one that is good.
. "$(dirname "$0")/lib-radsec.sh"
begin
net_up
aaa_up
server_forwards
certificates
RADIUS_EXTRA=$(RADSEC_MAX=1.2 radsec_listener $AAA.2) radius_start one $AAA.2
s_server other 2101
s_server expired 2102
s_server self 2103
s_server server 2104 -tls1_1 -cipher DEFAULT@SECLEVEL=0
s_server server 2105 -alpn h2
peer silent 2106
peer deaf 2107
peer garbage 2108
in_ns aaa nft -f - <<-END
table inet lost {
	chain in {
		type filter hook input priority 0
		tcp dport 2110 drop
	}
}
END
NAME="tls-name = \"$RADSEC_NAME\"" SOON="fail-time = \"4s\"" OFTEN="dead-time = \"1s\""

# Nothing is started with files that are wrong.
check() { "$L2TPD" -n -c "$OUT/l2tpd.conf" >"$OUT/check" 2>&1; }
fails_with() {
	MORE=$1 server_conf >"$OUT/l2tpd.conf"
	check
	[ $? = 2 ] && grep -q "l2tpd: server bad: $2" "$OUT/check"
}
bad() { radsec_server bad $AAA.2 2083 "$NAME"; radsec_use bad; }
printf '%s password "%s"\n' "$LOGIN" "$PASSWORD" >"$OUT/users"
chmod 600 "$OUT/users"
expect "a missing certificate is named" fails_with "$(RADSEC_CERT=none bad)" \
	"tls-cert $CERTS/none.pem: No such file"
mv "$CERTS/client.key" "$CERTS/kept.key"
cp "$CERTS/server.key" "$CERTS/client.key"
expect "so is a key of another" fails_with "$(bad)" \
	"tls-key $CERTS/client.key: it is not the key of"
openssl pkcs8 -topk8 -in "$CERTS/kept.key" -passout pass:word -out "$CERTS/client.key"
expect "and one with a passphrase" fails_with "$(bad)" \
	"tls-key $CERTS/client.key: it is encrypted"
mv "$CERTS/kept.key" "$CERTS/client.key"

chmod 600 "$CERTS"/*.key
MORE=$(radsec_server name $AAA.2 2101 "$NAME" "$OFTEN"
	radsec_server expired $AAA.2 2102 "$NAME" "$OFTEN"
	radsec_server self $AAA.2 2103 "$NAME" "$OFTEN"
	radsec_server old $AAA.2 2104 "$NAME" "$OFTEN"
	radsec_server alpn $AAA.2 2105 "$NAME" "tls-radius-1.1 = yes"
	radsec_server silent $AAA.2 2106 "$NAME" "fail-time = \"30s\""
	radsec_server deaf $AAA.2 2107 "$NAME" "$SOON"
	radsec_server garbage $AAA.2 2108 "$NAME" "$SOON"
	radsec_server refused $AAA.2 2109 "$NAME" "$OFTEN"
	radsec_server lost $AAA.2 2110 "$NAME" "$SOON"
	radsec_server good $AAA.2 2083 "$NAME" "priority = 9"
	radsec_use name expired self old alpn silent deaf garbage refused lost good
) server_start
refuses() {
	expect "$3" wait_for 60 state "$1" down "$2"
}
refuses name 'its certificate: hostname mismatch' "wrong name"
refuses expired 'its certificate: certificate has expired' "expired"
refuses self 'its certificate: self-signed certificate' "self-signed"
refuses old 'it refused us: protocol version' "TLS 1.1 alone"
refuses alpn 'it refused us: no application protocol' "no protocol in common"
refuses silent 'no TLS handshake in time' "TCP, but no TLS: half-open"
refuses deaf 'no answer to Status-Server' "reads, but never answers"
refuses garbage 'a packet of an impossible length' "a packet of impossible length"
refuses refused 'Connection refused' "nobody listens"
refuses lost 'no connection in time' "nothing comes back"
for s in name:its.certificate expired:its.certificate self:its.certificate \
	old:it.refused alpn:it.refused silent:no.TLS.handshake garbage:it.sent \
	refused:Connection lost:no.TCP.connection; do
	expect "the log tells why ${s%%:*} was lost" lost "${s%%:*}" "${s#*:}"
done
expect "it was asked by Status-Server before" grep -q 'heard 12' "$OUT/peer-deaf"
expect "what was owed to the others went to the good one" wait_for 60 \
	grep -q 'Acct-Status-Type = Accounting-On' "$OUT/one/detail"
dial p1 1
expect "a login goes there" dialled p1
expect "by TLS 1.2, all that it knows" \
	grep -q 'radsec server=good state=connected tls=TLSv1.2' "$OUT/l2tpd.log"
hang_up p1
# Five servers are tried once a second.
tried() { [ "$(grep -c alert "$OUT/s_server-2101")" -ge 20 ]; }
expect "the bad ones are tried again" wait_for 60 tried
descriptors() { find "/proc/$(pgrep -P "$server" | head -n 1)/fd" | wc -l; }
expect "descriptors are not lost" test "$(descriptors)" -lt 60
expect "the daemon ends" server_stop
