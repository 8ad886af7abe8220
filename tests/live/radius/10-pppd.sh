#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Debian's pppd logs in through FreeRADIUS with every method it has, trixie's
# with EAP-TLS; and the records say exactly what they moved.  Others are refused,
# each for its reason.  Two guests, which log in again and again.
#
# PEAP: trixie's pppd (2.5.2) knows the end of PEAP only with a crypto-binding
# TLV, which FreeRADIUS does not send.  So both agree in the tunnel, through us,
# and the login is refused for that reason; 13-peap has a server that sends it.
#
# slow: some twenty logins of two guests; ./check radius and ./check long run it
. "$(dirname "$0")/lib-eap.sh"
begin
net_up
aaa_up
server_forwards
lan_knows_pool
trixie_is_there
eap_certificates
RADIUS_REPLY="DEFAULT Cleartext-Password := \"$PASSWORD\"" eap_radius one $AAA.2
# The second guest is refused ten times, and is not to wait for that.
METHODS="eap, mschapv2, chap-md5, pap" MORE_ACL='limits {
	auth-delay = 0
	login-timeout = 300
}' radius_daemon

# shellcheck disable=SC2016
ppp_phone p1 1 'work pam
	login chap cecil "$PASSWORD" noipv6 && work cecil
	login mschap-v2 max "$PASSWORD" noipv6 && work max
	login eap emma "$PASSWORD" noipv6 && work emma
	login eap tls-erin "" noipv6 "$(eap tls-erin ca)" && work tls-erin
	other_pppd "$TRIXIE"
	login eap tls-gwen "" noipv6 "$(eap tls-gwen ca)" && work tls-gwen
	mark finished; wait_file go 100' AUTH=pap LOGIN=pam PPP_MORE=noipv6
# no LABEL AUTH NAME PASSWORD [OPTION...]: and wait until that was looked at.
# shellcheck disable=SC2016
ppp_phone p2 2 'no() {
		local how=in
		login "${@:2}" || how=refused
		fact "$1" "$how"
		cp "$SHARE/pppd.log" "$SHARE/pppd.log.$1"
		mark "$1.tried"; wait_file "$1.seen" 60
	}
	no pap pap no-pap wrong
	no chap chap no-chap wrong
	no mschap mschap-v2 no-mschap wrong
	no eap eap no-eap wrong
	no stranger eap tls-erin "" "$(eap stranger ca)"
	no another eap tls-frank "" "$(eap tls-erin ca)"
	no distrust eap tls-erin "" "$(eap tls-erin evil)"
	other_pppd "$TRIXIE"
	no peap eap peap-mary wrong "$(eap "" ca)"
	no peap-end eap peap-paul "$PASSWORD" "$(eap "" ca)"
	no peap-distrust eap peap-nina "$PASSWORD" "$(eap "" evil)"
	mark finished' LOGIN=gus PPP_MORE=noipv6

# refusal LABEL USER METHOD WHY: at the client, on the status socket, and in
# FreeRADIUS' log for this reason.  (A client may dial again at once, and its
# attempt is under way again for a moment.)
refusal() {
	expect "$1: it is tried" wait_for 150 marked p2 "$1.tried"
	expect "$1: and refused" fact_is p2 "$1" refused
	expect "$1: the status socket names who and why" wait_for 20 says attempts \
		"any(a['user'] == '$2' and a['result'] == 'refused'
		and 'the RADIUS server refused' in a['reason'] for a in d)"
	expect "$1: so does the log" grep -q \
		"login failed .*user=$2 method=$3 reason=\"the RADIUS server refused" "$OUT/l2tpd.log"
	expect "$1: FreeRADIUS refused for that reason" grep -q "Login incorrect ($4.*\[$2\]" "$OUT/one/radius.log"
	mark p2 "$1.seen"
}
refusal pap no-pap pap 'pap: Cleartext password'
refusal chap no-chap chap-md5 'chap: Password comparison'
refusal mschap no-mschap mschapv2 'mschap: MS-CHAP2-Response'
refusal eap no-eap eap 'mschap: MS-CHAP2-Response'
refusal stranger tls-erin eap 'eap_tls: .*issuer certificate'
refusal another tls-frank eap 'eap_tls: '
expect "another: the certificate is not of that name" grep -q \
	'Certificate CN (tls-erin) does not match .* (tls-frank)' "$OUT/one/radius.log"
refusal distrust tls-erin eap 'eap_tls: .*[Aa]lert'
refusal peap peap-mary eap 'eap_peap'
refusal peap-end peap-paul eap 'eap_peap: We sent a success, but the client did not agree'
expect "peap-end: inside, FreeRADIUS is content" grep -q 'Login OK: \[peap-paul\] .*via TLS tunnel' "$OUT/one/radius.log"
expect "peap-end: and so is the client" grep -q 'Chap authentication succeeded' "$OUT/p2/pppd.log.peap-end"
# That pppd leaves without a word when it does not trust the server.
expect "peap-distrust: it is tried" wait_for 150 marked p2 peap-distrust.tried
expect "peap-distrust: and leaves" fact_is p2 peap-distrust refused
expect "peap-distrust: the status socket names who" wait_for 20 says attempts \
	"any(a['user'] == 'peap-nina' and a['result'] == 'refused'
	and a['reason'] == 'the call ended in PPP: peer' for a in d)"
mark p2 peap-distrust.seen
expect "the other guest has done its work" wait_for 200 marked p1 finished
mark p1 go
expect "it hangs up" phone_done p1
expect "so is the one that was refused" phone_done p2

# logged_in NAME METHOD ATTRIBUTE
logged_in() {
	expect "$1 has logged in" grep -q "login .*user=$1 .*method=$2 " "$OUT/l2tpd.log"
	moved_as_recorded p1 "$1" "$1"
}
logged_in pam pap
logged_in cecil chap-md5
logged_in max mschapv2
logged_in emma eap
logged_in tls-erin eap
logged_in tls-gwen eap
pings() { awk '/packets transmitted/ { sent += $1; got += $4 } END { print sent, got }' "$OUT/p1/ping.log"; }
expect "120 pings, all answered" test "$(pings)" = "120 120"
expect "six transfers down, every byte right" test "$(grep -c get_ok=1 "$OUT/p1/facts")" = 6
expect "and up" test "$(grep -c put_ok=1 "$OUT/p1/facts")" = 6
expect "nothing is left" wait_for 15 server_quiet
expect "the daemon ends" server_stop
