#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# N-17, N-28: what ike-scan finds out, while a phone is logged in and pings.
# Main mode answers what the configuration allows and refuses the rest by name;
# aggressive mode answers nothing at all, so there is no hash to crack; no
# answer is repeated; no more comes back than went out.
#
#	phone 198.51.101.2 ---tap--- net --- srv --- lan
#	scan  198.18.N.1 -----veth----/
. "$(dirname "$0")/lib.sh"
begin
BATCH=15			# of the 20 that an address may ask at once
net_up
lan_knows_pool
server_forwards
space scan
wire net 198.51.110.1/24 scan 198.51.110.2/24 scan
ip -n "$ID-net" route add 198.18.0.0/16 via 198.51.110.2
in_ns net nft -f - <<END
table ip scanned {
	counter asked { }
	counter answered { }
	chain forward {
		type filter hook forward priority 0;
		iifname scan counter name asked
		oifname scan counter name answered
	}
}
END
server_start
# shellcheck disable=SC2016
phone_direct p1 1 THEN='behind $BEHIND_NET; pings_start $BEHIND
	mark up; wait_file go 280; pings_stop'
expect "a phone is up" wait_for 140 marked p1 up

# ---- the scanner ------------------------------------------------------------

# from N: the scanner's address from now on, each in a network of its own.
from() {
	ip -n "$ID-scan" addr add "198.18.$1.1/32" dev lo
	ip -n "$ID-scan" route replace default via 198.51.110.1 dev scan \
		src "198.18.$1.1"
}
# scan FILE ARG...: what it says goes to FILE.  Patience for slow machines: an
# answer ends it at once.
scan() {
	local file=$OUT/scan.$1
	shift
	in_ns scan timeout 200 ike-scan --nodns --sport=0 --retry=3 \
		--timeout=2000 "$@" $SERVER >"$file" 2>&1
}
# returned FILE HANDSHAKES NOTIFIES
returned() {
	grep -q "$2 returned handshake; $3 returned notify" "$OUT/scan.$1"
}
# count NAME packets|bytes
count() {
	in_ns net nft list counter ip scanned "$1" |
		sed -n "s/.*$2 \([0-9]*\).*/\1/p"
}
attempt_says() { says attempts "any('$1' in a['reason'] for a in d)"; }

# ---- main mode --------------------------------------------------------------

from 1
# One datagram, then silence: longer than a half-open record lives.
scan backoff --retry=1 --showbackoff=45 --trans=7/256,4,1,14 &
backoff=$!
sleep 1
from 2
scan default
expect "the scanner's own offer (3DES, group 2) is refused" returned default 0 1
expect "the attempt says what would let it in" attempt_says allow-legacy-dh
scan good -M --trans=7/256,4,1,14
expect "AES-256, SHA2-256, group 14: a handshake" returned good 1 0
expect "which does not say whose it is" bash -c \
	"! grep -q 'VID=' '$OUT/scan.good'"
scan natt --nat-t --trans=7/256,4,1,14
expect "the same on port 4500" returned natt 1 0
scan ikev2 --ikev2 --retry=1
expect "IKEv2: nothing" returned ikev2 0 0

# enumerate NAME TRANSFORM...: one scan each, many at once; the list of those
# that got a handshake is $OUT/NAME.taken, of those refused by name .refused.
network=10
enumerate() {
	local name=$1 t n=0 running=()
	shift
	for t in "$@"; do
		if [ $((n % BATCH)) = 0 ]; then
			[ ${#running[@]} = 0 ] || wait "${running[@]}"
			running=()
			network=$((network + 1))
			from $network
		fi
		n=$((n + 1))
		scan "$name.${t//\//-}" --trans="$t" &
		running+=($!)
	done
	wait "${running[@]}"
	for t in "$@"; do
		returned "$name.${t//\//-}" 1 0 && echo "$t" >&3
		returned "$name.${t//\//-}" 0 1 && echo "$t" >&4
	done 3>"$OUT/$name.taken" 4>"$OUT/$name.refused"
}
# taken NAME TRANSFORM...: these and no others; all the rest was refused.
taken() {
	local name=$1 all=$2
	shift 2
	diff <(printf '%s\n' "$@" | sort) <(sort "$OUT/$name.taken") >&2 &&
		[ "$(wc -l <"$OUT/$name.refused")" = $((all - $#)) ]
}
# Numbers: RFC 2409 appendix A.
mapfile -t list < <(for c in 1 2 3 4 5 6 7 7/128 7/192 7/256 8/256; do
	printf '%s\n' $c,{1,2,3,4,5,6},1,14
done)
enumerate ciphers "${list[@]}"
expect "of ${#list[@]} ciphers and hashes AES with SHA1 or SHA2 only" \
	taken ciphers ${#list[@]} 7{,/128,/192,/256},{2,4,5,6},1,14
mapfile -t list < <(printf '%s\n' 7/256,4,1,{1..24})
enumerate groups "${list[@]}"
expect "of ${#list[@]} groups 5, 14 to 16 and 19 to 21 only" \
	taken groups ${#list[@]} 7/256,4,1,{5,14,15,16,19,20,21}
mapfile -t list < <(printf '%s\n' 7/256,4,{1..8},14 \
	7/256,4,6422{1,3},14 7/256,4,650{01,02,05,10},14)
enumerate methods "${list[@]}"
expect "of ${#list[@]} ways to authenticate the pre-shared key only" \
	taken methods ${#list[@]} 7/256,4,1,14

# ---- aggressive mode --------------------------------------------------------

# aggressive NAME ARG...: with everything that could be cracked.
aggressive() {
	local name=$1
	shift
	scan "$name" -A -M --id=x --pskcrack="$OUT/$name.crack" --retry=2 "$@"
}
before=$(count answered packets)
dropped=$("$L2TPCTL" --socket "$SOCKET" drops --json |
	"$LIVE_DIR/says" -p 'd["ike-aggressive"]')
running=() tried=0
network=$((network + 1))
from $network
aggressive am.default &
running+=($!)
for g in 1 2 5 14 15 16 17 18 19 20 21; do
	network=$((network + 1))
	from $network
	for m in 1 3 64221 65001; do
		offer=()
		for c in 5 7/128 7/192 7/256; do
			for h in 1 2 4 5 6; do
				offer+=("--trans=$c,$h,$m,$g")
			done
		done
		aggressive am.$g.$m --dhgroup=$g "${offer[@]}" &
		running+=($!)
		tried=$((tried + ${#offer[@]}))
	done
done
wait "${running[@]}"
for f in "$OUT"/scan.am.*; do
	returned "${f##*/scan.}" 0 0 || echo "${f##*/}"
done >"$OUT/am.taken"
expect "$tried transforms in ${#running[@]} offers: aggressive mode is silent" \
	test ! -s "$OUT/am.taken"
expect "not a datagram came back" test "$(count answered packets)" = "$before"
expect "all of them arrived" says drops \
	"d['ike-aggressive'] - $dropped >= ${#running[@]}"
expect "there is nothing to crack" test -z "$(find "$OUT" -name '*.crack' -size +0)"
expect "the attempt says what to do" attempt_says 'clear that field'

# ---- afterwards -------------------------------------------------------------

wait $backoff
expect "main mode, then silence: one handshake" returned backoff 1 0
expect "and not another word in 45 s" test 1 = \
	"$(grep -c "^${SERVER}[[:space:]]*[0-9]*[[:space:]]*[0-9.]*[[:space:]]*[0-9.]*$" \
	"$OUT/scan.backoff")"
expect "fewer datagrams came back than went out" \
	test "$(count answered packets)" -lt "$(count asked packets)"
expect "and fewer bytes" \
	test "$(count answered bytes)" -lt "$(count asked bytes)"
quiet_but_phone() {
	says status '[d[k] for k in ("sessions", "tunnels", "paths", "peers",
		"children", "half_open", "logins_total")] == [1] * 5 + [0, 1]' &&
		says attempts "not [a for a in d if a['result'] == 'going']"
}
expect "nothing is left of it after 60 s" wait_for 60 quiet_but_phone
mark p1 go
expect "the phone hangs up" phone_done p1
expect "it pinged all the while" fact_above p1 ping_sent 1000
expect "and lost at most one" fact_below p1 ping_lost 2
expect "none came twice" fact_is p1 ping_double 0
expect "nothing is left" wait_for 15 server_quiet
expect "the daemon ends" server_stop
