# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# lib-radius.sh: a real FreeRADIUS beside the network of lib.sh, with a
# configuration of its own (nothing of /etc/freeradius is used), and phones that
# are our own client (l2tpload dial), which log in within a second.
#
#	phones --- net --- srv (l2tpd) --- lan
#	                    |
#	                   aaa (FreeRADIUS; 10.88.0.2, .3, ...)

# shellcheck source=tests/live/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
SECRET='a-radius-secret-of-length'
AAA=10.88.0
LOAD=$BUILD/l2tpload/l2tpload
declare -A radius_pid

aaa_up() {
	space aaa
	wire srv $AAA.1/24 aaa $AAA.2/24 aaa
	ip -n "$ID-aaa" addr add $AAA.3/24 dev aaa
}

# radius_conf DIR ADDRESS: a server with files, pap, chap, mschap and eap.
# Variables: RADIUS_REPLY (lines of the users file), RADIUS_POST (unlang in
# post-auth), RADIUS_AUTHORIZE (unlang at the start of authorize), RADIUS_EXTRA
# (further lines of radiusd.conf).
radius_conf() {
	local d=$1 a=$2
	mkdir -p "$d/certs"
	[ -e "$d/dictionary" ] || cat >"$d/dictionary" <<-END
	\$INCLUDE /usr/share/freeradius/dictionary
	\$INCLUDE $TOP/conf/dictionary.l2tpd
	END
	cat >"$d/radiusd.conf" <<-END
	prefix = /usr
	name = radiusd
	confdir = $d
	raddbdir = $d
	logdir = $d
	run_dir = $d
	libdir = /usr/lib/freeradius
	pidfile = $d/pid
	max_request_time = 100
	cleanup_delay = 5
	max_requests = 16384
	log {
		destination = files
		file = $d/radius.log
		auth = yes
	}
	security {
		reject_delay = 0
		status_server = yes
	}
	client nas {
		ipaddr = $AAA.1
		secret = $SECRET
	}
	thread pool {
		start_servers = 4
		max_servers = 32
	}
	modules {
		always ok { rcode = ok }
		pap { }
		chap { }
		mschap {
			use_mppe = no
			with_ntdomain_hack = yes
			${RADIUS_MSCHAP:-}
		}
		files { usersfile = $d/users }
		detail {
			filename = $d/detail
			header = "%t"
			permissions = 0600
			locking = no
			log_packet_header = yes
		}
		detail auth_log {
			filename = $d/requests
			header = "%t"
			permissions = 0600
			locking = no
		}
		exec slow {
			wait = yes
			program = "/bin/sleep %{control:Tmp-Integer-0}"
			input_pairs = request
			shell_escape = yes
			timeout = 90
		}
		${RADIUS_MODULES:-}
	}
	server default {
		listen {
			type = auth
			ipaddr = $a
			port = 1812
		}
		listen {
			type = acct
			ipaddr = $a
			port = 1813
		}
		authorize {
			auth_log
			${RADIUS_AUTHORIZE:-}
			chap
			mschap
			${RADIUS_EAP:-}
			files
			pap
		}
		authenticate {
			Auth-Type PAP {
				pap
			}
			Auth-Type CHAP {
				chap
			}
			Auth-Type MS-CHAP {
				mschap
			}
			${RADIUS_EAP:-}
		}
		post-auth {
			update reply {
				&Message-Authenticator := 0x00
			}
			${RADIUS_POST:-}
			Post-Auth-Type REJECT {
				update reply {
					&Message-Authenticator := 0x00
				}
			}
		}
		accounting {
			detail
			${RADIUS_ACCOUNTING:-ok}
		}
	}
	${RADIUS_EXTRA:-}
	END
	cat >"$d/users" <<-END
	$LOGIN Cleartext-Password := "$PASSWORD"
	${RADIUS_REPLY:-}
	END
}

# radius_start NAME ADDRESS: in its folder \$OUT/NAME.
radius_start() {
	local d=$OUT/$1
	mkdir -p "$d"
	radius_conf "$d" "$2"
	radius_run "$1"
}
radius_run() {
	local d=$OUT/$1
	ip netns exec "$ID-aaa" freeradius -f -d "$d" -n radiusd >"$d/out" 2>&1 &
	radius_pid[$1]=$!
	pids+=($!)
	wait_for 15 grep -q 'Ready to process requests' "$d/radius.log" ||
		{ tail -n 5 "$d/radius.log" "$d/out"; give_up "FreeRADIUS does not start"; }
}
radius_stop() { stop "${radius_pid[$1]}"; }

# radius_server_conf: what the daemon is told.
radius_server_conf() {
	cat <<-END
	server one {
		address = "$AAA.2"
		secret = "$SECRET"
		${SERVER_ONE:-}
	}
	server two {
		address = "$AAA.3"
		secret = "$SECRET"
		priority = 2
		${SERVER_TWO:-}
	}
	server-group all {
		server = { one, two }
	}
	radius {
		auth = all
		acct = all
		spool-dir = "$OUT/spool"
		local-users = ${LOCAL_USERS:-never}
		${RADIUS:-}
	}
	END
}
radius_daemon() { MORE="${MORE_ACL:-}
$(radius_server_conf)" server_start; }

# dial NAME N [OPTION...]: our own client, from address N; it stays until hang_up.
dial() {
	local name=$1 n=$2
	shift 2
	space "$name"
	wire net "198.51.$((100 + n)).1/24" "$name" "198.51.$((100 + n)).2/24" "p$n"
	ip -n "$ID-$name" route add default via "198.51.$((100 + n)).1"
	redial "$name" "$@"
}
redial() {
	local name=$1
	shift
	printf '%s\n' "$PSK" >"$OUT/$name.psk"
	printf '%s\n' "${DIAL_PASSWORD:-$PASSWORD}" >"$OUT/$name.password"
	chmod 600 "$OUT/$name.psk" "$OUT/$name.password"
	ip netns exec "$ID-$name" "$LOAD" dial --server $SERVER \
		--psk-file "$OUT/$name.psk" --user "${DIAL_USER:-$LOGIN}" --password-file "$OUT/$name.password" \
		--tun vpn0 --route $BEHIND_NET "$@" >"$OUT/$name.log" 2>&1 &
	phone_pid[$name]=$!
	pids+=($!)
}
has_address() { in_ns "$1" ip -4 addr show dev vpn0 2>/dev/null | grep -q inet; }
dialled() { wait_for "${2:-20}" has_address "$1"; }
hang_up() { stop "${phone_pid[$1]}"; }
# refused NAME: its client gives up.
refused() { wait_for "${2:-30}" client_gone "$1" && ! has_address "$1"; }
client_gone() { ! kill -0 "${phone_pid[$1]}" 2>/dev/null; }

# acct FOLDER ATTRIBUTE: its values in the accounting records, one a line.
acct() { sed -n "s/^\t$2 = //p" "$OUT/$1/detail" 2>/dev/null | tr -d '"'; }
asked() { sed -n "s/^\t$2 = //p" "$OUT/$1/requests" 2>/dev/null | tr -d '"'; }
# of_user NAME ATTRIBUTE [STATUS]: of his records, one a line.
of_user() {
	awk -v RS= -v user="User-Name = \"$1\"" -v status="Type = ${3:-}" -v n="$2" '
	index($0, user) && index($0, status) {
		k = split($0, line, "\n\t")
		for (i = 1; i <= k; i++)
			if (index(line[i], n " = ") == 1)
				print substr(line[i], length(n) + 4)
	}' "$OUT/one/detail"
}
stopped() { test -n "$(of_user "$1" Acct-Terminate-Cause Stop)"; }
count_is() { [ "$("${@:2}" | wc -l)" = "$1" ]; }
