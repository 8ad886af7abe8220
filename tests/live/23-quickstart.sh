#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# ./quickstart beyond what `./check quickstart' runs: with a configuration of
# one's own, interrupted at any moment, with wrong input, and --host inside
# namespaces.  It never leaves a namespace, a process or a secret for others.
. "$(dirname "$0")/lib.sh"
begin
Q=$TOP/quickstart
W=$TOP/.quickstart

spaces_left() { ip netns list | grep -c '^l2tpd-q'; }
nothing_left() {
	[ "$(spaces_left)" = 0 ] && [ ! -e /run/l2tpd-quickstart ] &&
		[ -z "$(find "$W/state" -name 'blob*' -o -name 'dial*' \
		-o -name 'passwd*' -o -name 'print*')" ] &&
		[ -z "$(find "$W/state" ! -user root)" ] &&
		[ "$(stat -c %a "$W" "$W/state" | sort -u)" = 700 ] &&
		[ -z "$(find "$W/state" -maxdepth 1 \( -name psk -o -name users \
		-o -name '*.conf' \) ! -perm 600)" ]
}
# quick NAME ARGS...: to $OUT/NAME; the status in rc
quick() {
	local name=$1
	shift
	timeout 120 "$Q" "$@" >"$OUT/$name" 2>&1 </dev/null
	rc=$?
}

quick once --once
expect "--once: status 0" test $rc = 0
expect "it says that the proof is complete" grep -q 'proof complete' "$OUT/once"
expect "nothing is left" nothing_left

# ---- wrong input ------------------------------------------------------------

quick bad1 --nonsense
expect "an unknown option: status 2" test $rc = 2
quick bad2 --config "$OUT/not-there"
expect "a file that is not there: status 2" test $rc = 2
quick bad3 --once --host
expect "--once --host: status 2" test $rc = 2
echo 'ipsec {' >"$OUT/bad.conf"
quick bad4 --once --config "$OUT/bad.conf"
expect "a broken configuration: status 2" test $rc = 2
expect "its line is named" grep -q 'bad.conf:[0-9]*: ' "$OUT/bad4"
cp "$Q" "$OUT/q" && chmod 755 "$OUT" "$OUT/q"
setpriv --reuid=65534 --regid=65534 --clear-groups bash "$OUT/q" --once \
	>"$OUT/bad5" 2>&1
rc=$?
expect "not root: status 1" test $rc = 1
expect "nothing is left" nothing_left

# ---- a configuration of one's own -------------------------------------------

cat >"$OUT/own.conf" <<END
# with what makes it hard: fixed addresses, no nat, two keys, a user of the
# daemon that is not there, names with blanks
user = "l2tpd-is-not-here"
run-dir = "/run/somewhere-else"
log-level = warn
listener { address = {"203.0.113.9", "2001:db8::9"} }
ipsec { psk = {'a key with "quotes" in it, long', "another key that is long"} }
pool a { range = "10.1.0.0/24" }
users { file = "$OUT/own.users" }
END
printf '# comment\nhash nthash 8846f7eaee8fb117ad06bdd830b7586c\n%s\n' \
	'"a user" password "p w\"x # y" address 10.1.0.77' >"$OUT/own.users"
chmod 600 "$OUT"/own.*
quick own --once --config "$OUT/own.conf"
expect "--config: status 0" test $rc = 0
[ $rc = 0 ] || tail -n 12 "$OUT/own"
expect "its address is dialled, its user logs in" \
	grep -q 'a phone dials 203.0.113.9 as "a user"' "$OUT/own"
expect "with the address it has" grep -q 'address=10.1.0.77 ' "$OUT/own"
expect "its run directory is untouched" test ! -e /run/somewhere-else
expect "the machine's users are untouched" \
	bash -c '! getent passwd l2tpd-is-not-here'
expect "nothing is left" nothing_left

# ---- interrupted ------------------------------------------------------------

# at PATTERN SIGNAL: start, wait for this line, interrupt; the status in rc.
# SIGINT goes to the group, as a terminal sends it.  (A shell's background jobs
# ignore SIGINT, so Python starts it.)
at() {
	timeout 60 python3 - "$Q" "$1" "$2" "$OUT/at" <<-'END'
	import os, re, signal, subprocess, sys
	p = subprocess.Popen([sys.argv[1]], stdin=subprocess.DEVNULL,
	    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
	    start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
	with open(sys.argv[4], "w") as log:
	    hit = False
	    for row in p.stdout:
	        log.write(row)
	        if not hit and re.search(sys.argv[2], row):
	            hit = True
	            if sys.argv[3] == "INT":
	                os.killpg(p.pid, signal.SIGINT)
	            else:
	                p.send_signal(getattr(signal, "SIG" + sys.argv[3]))
	sys.exit(p.wait() if hit else 99)
	END
	rc=$?
}
rm -f "$W/build/l2tpctl/l2tpctl"
for when in building:INT 'three network':TERM 'starting l2tpd':INT \
	' ready ':TERM 'a phone dials':TERM 'connected':HUP \
	'icmp_seq=2':INT 'fetch 8 MB':TERM 'session table':INT; do
	at "${when%:*}" "${when##*:}"
	expect "interrupted at '$when': status 130" test $rc = 130
	expect "nothing is left" nothing_left
done
at 'Configuration and secrets' INT
expect "Ctrl-C while it serves: status 0" test $rc = 0
expect "nothing is left" nothing_left

# ---- killed -----------------------------------------------------------------

"$Q" >"$OUT/killed" 2>&1 </dev/null &
q=$!
pids+=("$q")
wait_for 60 grep -q 'Configuration and secrets' "$OUT/killed"
quick second --once
expect "a second one in this tree: status 1" test $rc = 1
expect "it says why" grep -q 'another quickstart runs' "$OUT/second"
kill -KILL "$q"
wait "$q" 2>/dev/null
expect "killed, it still cleans up" wait_for 20 nothing_left
"$Q" >"$OUT/killed2" 2>&1 </dev/null &
q=$!
pids+=("$q")
wait_for 60 grep -q 'Configuration and secrets' "$OUT/killed2"
pkill -KILL -s "$(pgrep -f "^bash $Q --inner" | head -n 1)"
wait "$q" 2>/dev/null
expect "its second half killed, it leaves namespaces" \
	test "$(spaces_left)" = 3
quick after --once
expect "the next one works" test $rc = 0
expect "and takes away what the killed one left" nothing_left

# ---- the real machine, in namespaces ----------------------------------------

# A machine of its own: network, /etc, /run.
space host
ip -n "$ID-host" link add eth0 type veth peer name far
ip -n "$ID-host" addr add 192.168.7.7/24 dev eth0
ip -n "$ID-host" link set eth0 up
in_ns host nft -f - <<-END
table inet filter {
	chain input {
		type filter hook input priority 0; policy drop;
		udp dport 53 accept
	}
}
END
cp -a /etc "$OUT/etc"
mkdir -p "$OUT/run"
rm -rf "$OUT/etc/l2tpd"
sed -i '/^l2tpd:/d' "$OUT"/etc/{passwd,group,shadow,gshadow}
# shellcheck disable=SC2016
in_host() {
	ip netns exec "$ID-host" unshare -m sh -c '
		mount --bind "$1/etc" /etc && mount --bind "$1/run" /run &&
		shift && exec "$@"' sh "$OUT" "$@"
}
# Background jobs ignore SIGINT: SIGTERM stands for Ctrl-C here.
serve() {
	rm -f "$OUT/host"
	in_host "$Q" --host "$@" >"$OUT/host" 2>&1 </dev/null &
	q=$!
	pids+=("$q")
	wait_for 40 grep -qE ' ready |quickstart: ' "$OUT/host"
}
host_says() { expect "--host says: $1" grep -qE -- "$1" "$OUT/host"; }
serve
host_says ' ready '
host_says 'made the system user l2tpd'
host_says '192.168.7.7 on eth0'
host_says '192.168.7.7 is a private address'
host_says 'chain inet filter input closes UDP 500, UDP 4500, protocol 50'
host_says 'nft insert rule inet filter input udp dport .* 500, 4500 .* accept'
host_says 'nft insert rule inet filter input meta l4proto esp accept'
host_says '/etc/l2tpd .mode 0700'
host_says 'iPhone'
host_says 'Windows'
host_says 'Android'
host_says 'pre-shared key  [A-Za-z0-9]{28}$'
host_says 'password        [A-Za-z0-9]{16}$'
expect "secrets are root's alone" test -z "$(find "$OUT/etc/l2tpd" \
	-type f ! -perm 600)"
expect "the folder, too" test "$(stat -c %a "$OUT/etc/l2tpd")" = 700
expect "a system user was made" grep -q '^l2tpd:' "$OUT/etc/passwd"
expect "the real /etc was not touched" test ! -e /etc/l2tpd
kill -TERM "$(sed -n 1p "$OUT/run/l2tpd/l2tpd.pid")"
wait "$q"
rc=$?
expect "it ends with status 0" test $rc = 0
expect "its run directory is gone" test ! -e "$OUT/run/l2tpd"
psk=$(sha256sum "$OUT/etc/l2tpd/psk")
in_ns host nft -f - <<-END
table inet filter {
	chain input {
		udp dport { 500, 4500 } accept
		meta l4proto esp accept
	}
}
END
serve
host_says 'using the configuration in /etc/l2tpd'
host_says 'drops by default, but lets us in'
expect "the key is the same" test "$(sha256sum "$OUT/etc/l2tpd/psk")" = "$psk"
kill -TERM "$(sed -n 1p "$OUT/run/l2tpd/l2tpd.pid")"
wait "$q"
serve --config "$OUT/own.conf"
host_says '203.0.113.9:500: Cannot assign requested address'
host_says 'user            a user'
wait "$q"
rc=$?
expect "addresses that are not there: status 1" test $rc = 1
expect "nothing is left" nothing_left
rm -rf "${OUT:?}/etc"
