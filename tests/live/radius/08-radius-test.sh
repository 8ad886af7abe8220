#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Logins for trial through three FreeRADIUS: one as it should be, one that signs
# nothing, one with another secret.  What they say, that they leave nothing, and
# the metrics as their readers read them.
. "$(dirname "$0")/lib-radius.sh"
begin
net_up
aaa_up
ip -n "$ID-aaa" addr add $AAA.4/24 dev aaa
RADIUS_REPLY='	Framed-IP-Address = 10.99.0.77, Reply-Message = "welcome",
	Session-Timeout = 3600, Mikrotik-Rate-Limit = "10M/50M"'
RADIUS_EAP=eap
RADIUS_MODULES='eap {
			default_eap_type = mschapv2
			timer_expire = 60
			md5 {
			}
			mschapv2 {
			}
		}'
radius_start one $AAA.2
mkdir -p "$OUT/two" "$OUT/three"
radius_conf "$OUT/two" $AAA.3
sed -i '/update reply {/,/}/d' "$OUT/two/radiusd.conf"
radius_run two
radius_conf "$OUT/three" $AAA.4
sed -i "s/secret = $SECRET/secret = quite-another-secret/" "$OUT/three/radiusd.conf"
radius_run three
MORE_ACL="server three {
		address = \"$AAA.4\"
		secret = \"$SECRET\"
		quiet-time = 1s
		fail-time = 2s
	}"
# What is silent on purpose shall not be silent for long.
RADIUS='wait = 10s' METHODS="mschapv2, chap-md5, pap, eap" radius_daemon

printf '%s\n' "$PASSWORD" >"$OUT/pw-right"
echo "not-the-password" >"$OUT/pw-wrong"
# try NAME PASSWORD [WORD...]: the answer to $OUT/NAME, as JSON.
try() {
	local name=$1 password=$2
	shift 2
	"$L2TPCTL" --socket "$SOCKET" --json radius test "$LOGIN" "$@" \
		--password-file "$OUT/pw-$password" >"$OUT/$name" 2>>"$OUT/l2tpctl.log"
}
told() { "$LIVE_DIR/says" "$2" <"$OUT/$1"; }
not() { ! "$@"; }

expect "every method is accepted" try right right
expect "by the first server" told right \
	'[(a["method"], a["result"], a["server"]) for a in d] == [(m, "accepted",
	"one") for m in ("pap", "chap-md5", "mschapv2", "eap")]'
expect "EAP-MSCHAPv2 went to its end" told right \
	'd[3]["offers"] == "MSCHAPv2" and d[3]["rounds"] == 3'
expect "Reply-Message is told" told right \
	'[a["message"] for a in d] == ["welcome"] * 4'
expect "what is granted, in words" told right \
	'all(a["granted"][:4] == ["address 10.99.0.77", "ends after 1h00m",
	"10 Mbit/s from the client", "50 Mbit/s to the client"] for a in d)'
expect "the server saw who asks" test \
	"$(asked one Connect-Info | sort -u)" = "radius test"
expect "and no phone" test -z "$(asked one Calling-Station-Id)"

expect "a wrong password is refused" not try wrong wrong
expect "by every method" told wrong \
	'[a["result"] for a in d] == ["refused"] * 4'

expect "without Message-Authenticator there is no login" \
	not try unsigned right mschapv2 --server two
expect "which is named" told unsigned \
	'd[0]["result"] == "not usable" and d[0]["server"] == "two" and
	"carry no Message-Authenticator" in d[0]["reason"] and
	"require-message-authenticator = no" in d[0]["reason"]'
expect "with another secret neither" not try secret right pap --server three
expect "which is named as well" told secret \
	'd[0]["result"] == "no answer" and d[0]["server"] == "three" and
	"is the secret the same" in d[0]["reason"]'
expect "FreeRADIUS said nothing for that reason" grep -q \
	'Shared secret is incorrect' "$OUT/three/radius.log"

typed() {
	"$L2TPCTL" --socket "$SOCKET" radius test "$LOGIN" pap \
		<"$OUT/pw-right" >"$OUT/text"
}
expect "a user types it" typed
expect "and reads it" grep -q '^granted .*address 10.99.0.77; ends after' "$OUT/text"

expect "nothing was accounted but the daemon's start" wait_for 5 \
	test "$(acct one Acct-Status-Type | sort -u)" = Accounting-On
expect "no dial-in is told of" says attempts 'd == []'
expect "nothing is left" server_quiet
expect "each test is in the log" grep -q \
	"radius test user=$LOGIN method=mschapv2 result=\"accepted\" server=one" "$OUT/l2tpd.log"
expect "no password is" not grep -qe "$PASSWORD" -e not-the-password "$OUT/l2tpd.log"

# The failures above keep no phone back.
dial p1 1
expect "logs in" dialled p1
expect "answers are counted by their time" says radius \
	'[sum(b["answers"] for b in r["latency"]) == r["answered"] > 0 and
	0 < r["p50_ms"] <= r["p99_ms"] for r in d if r["server"] == "one"]
	== [True, True]'
# metrics NAME [OPTION]: to $OUT/NAME.txt, and as read to $OUT/NAME.
metrics() {
	"$L2TPCTL" --socket "$SOCKET" metrics "${@:2}" >"$OUT/$1.txt" &&
		"$LIVE_DIR/radius/metrics-read" "$1" <"$OUT/$1.txt" >"$OUT/$1"
}
expect "metrics are read by Prometheus' own parser" metrics prometheus
expect "and by that of OpenMetrics" metrics openmetrics --openmetrics
expect "with the same numbers" test "$(grep -c . "$OUT/prometheus")" = "$(grep -c . "$OUT/openmetrics")"
has() { grep -q -- "$1" "$OUT/prometheus"; }
expect "a session" has '^l2tpd_sessions 1$'
expect "a login" has '^l2tpd_auth_answers_total answer=ok 1$'
expect "a histogram" has '^l2tpd_radius_latency_seconds_count server=one service=auth [1-9]'
expect "an answer without Message-Authenticator" has \
	'^l2tpd_radius_failures_total kind=no-message-authenticator server=two service=auth [1-9]'
hang_up p1
expect "the daemon ends" server_stop
