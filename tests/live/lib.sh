# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# lib.sh: what the live cases share.  A case sources it, draws a network with
# the words below, starts the daemon and phones, and says what must hold:
#
#	expect "what must hold" COMMAND...
#
# Every case has namespaces and a folder of its own ($OUT) and removes all at
# its end; every wait has a bound.  Exit status 0: all expectations held.
#
# The network without NAT (each box a namespace, the phone a kernel of its own):
#
#	phone 1 --tap-- +-----+          +-----+           +-----+
#	198.51.101.2    | net |---veth---| srv |---veth----| lan |
#	phone 2 --tap-- |     |  203.0.  |     |  10.77.   |     |
#	198.51.102.2    +-----+  113.0/24+-----+  0.0/24   +-----+
#	                 .1        .1  .10  .1      .2
#
# net is the Internet: it loses packets when told so (net_loss).  lan is the
# host behind the concentrator, which only knows 10.77.0.0/24 (and, with
# lan_knows_pool, the way to the phones).

set -u
LIVE_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$LIVE_DIR/../.." && pwd)
BUILD=${L2TPD_BUILD:-$TOP}
CASE=$(basename "$0" .sh)
OUT=${LIVE_LOGS:-/tmp/l2tpd-live}/$CASE
ID=l$$
SERVER=203.0.113.10 SERVER6=2001:db8:113::10
BEHIND=10.77.0.2 BEHIND_NET=10.77.0.0/24
POOL=10.99.0.0/24
BEHIND6=2001:db8:77::2 NETS6=2001:db8:100::/56
PSK=a-rather-long-secret-4711 LOGIN=alice PASSWORD=wonderland
MB20=20000000
RUN=/run/$ID SOCKET=/run/$ID/l2tpd.sock
L2TPD=$BUILD/l2tpd/l2tpd L2TPCTL=$BUILD/l2tpctl/l2tpctl
export LIVE_DIR PSK LOGIN PASSWORD SERVER BEHIND BEHIND6 BEHIND_NET MB20

spaces=() pids=() litter=() bad=0 checks=0 server=''
declare -A phone_pid=()

# ---- the end ----------------------------------------------------------------

# stop PID: politely, then not; bounded.
stop() {
	kill "$1" 2>/dev/null || return 0
	for _ in $(seq 60); do
		kill -0 "$1" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

finish() {
	local rc=$? p n
	trap - EXIT INT TERM
	for p in "${pids[@]}"; do stop "$p"; done
	for n in "${spaces[@]}"; do
		# what is left of a guest would keep its namespace alive
		for p in $(ip netns pids "$n" 2>/dev/null); do
			kill -KILL "$p" 2>/dev/null
		done
		ip netns del "$n" 2>/dev/null
	done
	rm -rf "$RUN" "${litter[@]}"
	# The number is needed: without one, exit in a trap means the status
	# from before the trap.
	if [ "$bad" = 0 ] && [ "$checks" -gt 0 ] && [ $rc = 0 ]; then exit 0; fi
	exit 1
}

begin() {
	[ "$(id -u)" = 0 ] || { echo "live cases need root" >&2; exit 2; }
	rm -rf "$OUT"
	mkdir -p "$OUT" || exit 2
	trap finish EXIT
	trap 'exit 1' INT TERM
}

# expect TEXT COMMAND...: one line of evidence.
expect() {
	local text=$1
	shift
	checks=$((checks + 1))
	if "$@"; then
		echo "    ok: $text"
	else
		echo "    NOT OK: $text  [$*]"
		bad=$((bad + 1))
		[ -z "$server" ] || server_tell
	fi
}
not() { ! "$@"; }
give_up() {
	echo "    NOT OK: $*"
	bad=$((bad + 1))
	exit 1
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# ---- the network ------------------------------------------------------------

in_ns() { ip netns exec "$ID-$1" "${@:2}"; }

space() {
	ip netns add "$ID-$1" || exit 1
	spaces+=("$ID-$1")
	ip -n "$ID-$1" link set lo up
}

# wire SPACE-A ADDR-A SPACE-B ADDR-B NAME: a veth pair NAME in both.
wire() {
	ip link add "$5" netns "$ID-$1" type veth peer name "$5" netns "$ID-$3"
	ip -n "$ID-$1" addr add "$2" dev "$5"
	ip -n "$ID-$3" addr add "$4" dev "$5"
	ip -n "$ID-$1" link set "$5" up
	ip -n "$ID-$3" link set "$5" up
}

forwarding() {
	in_ns "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

net_up() {
	space net; space srv; space lan
	wire net 203.0.113.1/24 srv $SERVER/24 wan
	wire srv 10.77.0.1/24 lan $BEHIND/24 lan
	forwarding net
	ip -n "$ID-net" addr add 2001:db8:113::1/64 dev wan nodad
	ip -n "$ID-srv" addr add $SERVER6/64 dev wan nodad
	ip -n "$ID-srv" route add default via 203.0.113.1
	ip -n "$ID-srv" route add default via 2001:db8:113::1
	in_ns lan "$LIVE_DIR/transfer" serve $BEHIND >"$OUT/lan.log" 2>&1 &
	pids+=($!)
}

lan_knows_pool() { ip -n "$ID-lan" route add $POOL via 10.77.0.1; }

# six_up: the host behind has IPv6, too, and knows the way to the phones' networks.
six_up() {
	ip -n "$ID-srv" addr add 2001:db8:77::1/64 dev lan nodad
	ip -n "$ID-lan" addr add $BEHIND6/64 dev lan nodad
	ip -n "$ID-lan" route add $NETS6 via 2001:db8:77::1
	in_ns lan "$LIVE_DIR/transfer" serve $BEHIND6 >"$OUT/lan6.log" 2>&1 &
	pids+=($!)
}

# net_loss PERCENT: of everything that passes the Internet, both ways.
net_loss() {
	in_ns net nft -f - <<-END
	table inet loss {
		chain forward {
			type filter hook forward priority 0;
			numgen random mod 100 < $1 counter drop
		}
	}
	END
}
net_lost() {
	in_ns net nft list table inet loss | sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

# nat_box NAME UPSTREAM OUTSIDE/LEN GATEWAY/LEN: a box that masquerades towards
# UPSTREAM, where GATEWAY is its next hop.
nat_box() {
	space "$1"
	wire "$2" "$4" "$1" "$3" "w$1"
	ip -n "$ID-$1" route add default via "${4%/*}"
	forwarding "$1"
	in_ns "$1" nft -f - <<-END
	table ip nat {
		chain out {
			type nat hook postrouting priority 100;
			oifname "w$1" masquerade
		}
	}
	END
}

# tap NAME SPACE GATEWAY/LEN: a phone's cable into SPACE.
tap() {
	ip -n "$ID-$2" tuntap add "$1" mode tap
	ip -n "$ID-$2" addr add "$3" dev "$1"
	ip -n "$ID-$2" link set "$1" up
}

# ---- the daemon -------------------------------------------------------------

# server_conf: the configuration on standard output.  Variables: NAT (off, auto),
# METHODS, IPSEC, PPP, POOL_MORE, GLOBAL (further lines of these sections), MORE
# (sections).
server_conf() {
	cat <<-END
	run-dir = "$RUN"
	user = "nobody"
	group = "nogroup"
	log-level = debug
	nat = ${NAT:-off}
	${GLOBAL:-}
	listener {
		address = { "$SERVER", "$SERVER6" }
	}
	ipsec {
		psk = "$PSK"
		${IPSEC:-}
	}
	ppp {
		methods = { ${METHODS:-mschapv2} }
		${PPP:-}
	}
	pool main {
		range = "$POOL"
		${POOL_MORE:-}
	}
	users {
		file = "$OUT/users"
	}
	${MORE:-}
	END
}

server_start() {
	printf '%s password "%s"\n' "$LOGIN" "$PASSWORD" bob builder-of-it \
		>"$OUT/users"
	server_conf >"$OUT/l2tpd.conf"
	chmod 600 "$OUT/users" "$OUT/l2tpd.conf"
	mkdir -p "$RUN"
	ip netns exec "$ID-srv" "$L2TPD" -f -c "$OUT/l2tpd.conf" \
		>"$OUT/l2tpd.log" 2>&1 &
	server=$!
	pids+=("$server")
	if ! wait_for 10 says status True; then
		tail -n 5 "$OUT/l2tpd.log" | sed 's/^/    /'
		give_up "the daemon does not answer"
	fi
}

# What the operator does where nat is off.
server_forwards() { forwarding srv; }

# says COMMAND EXPRESSION: l2tpctl's answer is d.
says() {
	"$L2TPCTL" --socket "$SOCKET" "$1" --json 2>>"$OUT/l2tpctl.log" |
		"$LIVE_DIR/says" "$2"
}

server_quiet() {
	says status '[d[k] for k in ("sessions", "tunnels", "paths", "peers",
		"children", "half_open")] + [p["used"] + p["used6"] for p in d["pools"]]
		== [0] * (6 + len(d["pools"]))'
}

# All processes of the daemon: the one started and what it forked.
server_pids() { ip netns pids "$ID-srv" | sort -n; }
server_fds() {
	local p
	for p in $(server_pids); do
		find "/proc/$p/fd" -mindepth 1 2>/dev/null
	done | wc -l
}

# server_stop: SIGTERM; within 8 seconds, status 0, nothing left.
server_stop() {
	local rc=0
	kill -TERM "$server"
	wait_for 8 server_gone || rc=1
	wait "$server" || rc=1
	server=''
	[ -z "$(server_pids)" ] && [ $rc = 0 ]
}
server_gone() { ! kill -0 "$server" 2>/dev/null; }

# For the reader of a failure; the first is enough.
server_tell() {
	local c
	[ "$bad" = 1 ] || return 0
	for c in status sessions attempts drops; do
		timeout 5 "$L2TPCTL" --socket "$SOCKET" $c >"$OUT/at-end.$c" 2>&1
	done
	echo "    attempts (more in $OUT):"
	head -n 6 "$OUT/at-end.attempts" | sed 's/^/    | /'
	grep -v debug "$OUT/l2tpd.log" | tail -n 8 | sed 's/^/    | /'
}

# ---- phones -----------------------------------------------------------------

# phone NAME SPACE ADDR/LEN GATEWAY/LEN [VARIABLE=VALUE...]: dial in, in the
# background; SPACE is where the cable ends.  Variables: see client.
phone() {
	local name=$1 in=$2 addr=$3 gw=$4 dir=$OUT/$1
	shift 4
	mkdir -p "$dir"
	tap "$name" "$in" "$gw"
	local opts=(--netns "$ID-$in" --tap "$name" --addr "$addr" \
		--gw "${gw%/*}" --share "$dir" --timeout "${PHONE_LIMIT:-150}" \
		--cpu ${#phone_pid[@]})
	if [ -n "${ADDR6:-}" ]; then
		ip -n "$ID-$in" addr add "$GW6" dev "$name" nodad
		opts+=(--addr6 "$ADDR6" --gw6 "${GW6%/*}")
	fi
	env "$@" "$LIVE_DIR/guest" "${opts[@]}" "$LIVE_DIR/client" \
		>"$dir/out" 2>&1 &
	phone_pid[$name]=$!
	pids+=($!)
}

# phone_direct NAME N [VARIABLE=VALUE...]: with a public address, no NAT.
phone_direct() {
	local name=$1 n=$2
	shift 2
	phone "$name" net "198.51.$((100 + n)).2/24" "198.51.$((100 + n)).1/24" "$@"
}

# phone_done NAME: wait; its exit status.
phone_done() {
	wait "${phone_pid[$1]}"
	local rc=$?
	[ $rc = 0 ] || tail -n 8 "$OUT/$1/out" | sed "s/^/    $1: /"
	return $rc
}

# phone_ended NAME STATUS: wait, and compare.
phone_ended() {
	wait "${phone_pid[$1]}"
	[ $? = "$2" ]
}

# fact PHONE NAME: what the phone noted.
fact() { sed -n "s/^$2=//p" "$OUT/$1/facts" 2>/dev/null | tail -n 1; }
fact_is() { [ "$(fact "$1" "$2")" = "$3" ]; }
fact_above() { [ "$(fact "$1" "$2")" -gt "$3" ] 2>/dev/null; }
fact_below() { [ "$(fact "$1" "$2")" -lt "$3" ] 2>/dev/null; }
marked() { [ -e "$OUT/$1/$2" ]; }
mark() { : >"$OUT/$1/$2"; }

# transferred PHONE: both ways, every byte right.
transferred() { fact_is "$1" get_ok 1 && fact_is "$1" put_ok 1; }
