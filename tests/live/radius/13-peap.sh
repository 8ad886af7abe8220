#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# PEAP from end to end.  trixie's pppd wants the crypto-binding at its end, which
# FreeRADIUS does not send (see 10-pppd): so a second server nobody here wrote
# decides, the one in hostapd, and FreeRADIUS keeps the records.
#
# slow: needs trixie's pppd; ./check radius and ./check long run it
. "$(dirname "$0")/lib-eap.sh"
begin
net_up
aaa_up
server_forwards
lan_knows_pool
trixie_is_there
eap_certificates
radius_start one $AAA.2

# hostapd listens on all addresses: a network of its own.
PEAP=10.88.1
space peap
wire srv $PEAP.1/24 peap $PEAP.2/24 peap
mkdir -p "$OUT/hostapd"
printf '%s %s\n' $PEAP.1/32 "$SECRET" >"$OUT/hostapd/clients"
for name in peap-paul peap-mary peap-nina; do
	printf '"%s" PEAP [ver=0]\n"%s" MSCHAPV2 "%s" [2]\n' $name $name "$PASSWORD"
done >"$OUT/hostapd/users"
printf '"%s" MSCHAPV2 "%s"\n' emma "$PASSWORD" >>"$OUT/hostapd/users"
cat >"$OUT/hostapd/conf" <<END
driver=none
logger_stdout=-1
logger_stdout_level=1
eap_server=1
fragment_size=1200
eap_user_file=$OUT/hostapd/users
ca_cert=$CERTS/ca.pem
server_cert=$CERTS/server.pem
private_key=$CERTS/server.key
radius_server_clients=$OUT/hostapd/clients
radius_server_auth_port=1812
END
ip netns exec "$ID-peap" hostapd -dd "$OUT/hostapd/conf" >"$OUT/hostapd/log" 2>&1 &
pids+=($!)
wait_for 15 grep -q 'AP-ENABLED\|UNINITIALIZED->ENABLED' "$OUT/hostapd/log" ||
	{ tail -n 5 "$OUT/hostapd/log"; give_up "hostapd does not start"; }

METHODS=eap MORE="server one {
	address = \"$AAA.2\"
	secret = \"$SECRET\"
}
server eap {
	address = \"$PEAP.2\"
	secret = \"$SECRET\"
}
server-group records {
	server = { one }
}
server-group logins {
	server = { eap }
}
radius {
	auth = logins
	acct = records
	spool-dir = \"$OUT/spool\"
	local-users = never
}
limits {
	auth-delay = 0
	login-timeout = 300
}" server_start

# shellcheck disable=SC2016
ppp_phone p1 1 'work emma
	other_pppd "$TRIXIE"
	login eap peap-paul "$PASSWORD" noipv6 "$(eap "" ca)" && work peap-paul
	login eap peap-mary wrong noipv6 "$(eap "" ca)" && fact mary in
	login eap peap-nina "$PASSWORD" noipv6 "$(eap "" evil)" && fact nina in
	mark finished; wait_file go 100' AUTH=eap LOGIN=emma PPP_MORE=noipv6
expect "it does its work" wait_for 250 marked p1 finished
mark p1 go
expect "it hangs up" phone_done p1

for name in emma peap-paul; do
	expect "$name has logged in" grep -q "login .*user=$name .*method=eap " "$OUT/l2tpd.log"
	moved_as_recorded p1 $name $name
done
expect "the binding was made, and is right" grep -q 'EAP-PEAP: Valid cryptobinding TLV received' "$OUT/hostapd/log"
expect "a wrong password inside is refused" grep -q \
	'login failed .*user=peap-mary method=eap reason="the RADIUS server refused' "$OUT/l2tpd.log"
expect "so is a server of another authority, by the phone" says attempts \
	"any(a['user'] == 'peap-nina' and a['result'] == 'refused' for a in d)"
expect "neither is in" test -z "$(fact p1 mary)$(fact p1 nina)"
expect "nothing is left" wait_for 15 server_quiet
expect "the daemon ends" server_stop
