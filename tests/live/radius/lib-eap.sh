# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# lib-eap.sh: FreeRADIUS with EAP and its certificates; phones that are guests
# with a real pppd (see client); and records compared with what these moved.

# shellcheck source=tests/live/radius/lib-radius.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib-radius.sh"
# shellcheck source=tests/live/radius/lib-certs.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib-certs.sh"
TRIXIE=${LIVE_TRIXIE:-/tmp/l2tpd-trixie}

# eap_certificates: long keys, so that a certificate does not fit one packet.
eap_certificates() {
	KEY=(rsa:3072)
	mkdir -p "$CERTS"
	authority ca
	authority evil
	certificate server ca DNS:radius.example serverAuth
	certificate tls-erin ca email:erin@example.org clientAuth
	certificate tls-gwen ca email:gwen@example.org clientAuth
	certificate stranger evil email:erin@example.org clientAuth
}

# eap_radius NAME ADDRESS: a server with EAP in its folder $OUT/NAME.  The name
# says the type: tls-..., peap-..., and EAP-MSCHAPv2 for all others.  A
# certificate must be the one of the name.  RADIUS_REPLY: see lib-radius.
eap_radius() {
	RADIUS_EAP=eap \
	RADIUS_AUTHORIZE='if (&User-Name =~ /^tls-/) {
		update control { &EAP-Type := TLS }
	}
	elsif (&User-Name =~ /^peap-/) {
		update control { &EAP-Type := PEAP }
	}' \
	RADIUS_MODULES="eap {
		default_eap_type = mschapv2
		tls-config certs {
			private_key_file = $CERTS/server.key
			certificate_file = $CERTS/server.pem
			ca_file = $CERTS/ca.pem
			check_cert_cn = %{User-Name}
			cipher_list = DEFAULT
			tls_min_version = 1.2
			tls_max_version = 1.2
			ecdh_curve = \"\"
		}
		tls { tls = certs }
		mschapv2 { }
		peap {
			tls = certs
			default_eap_type = mschapv2
			virtual_server = inside
		}
	}
	eap eap_inside {
		default_eap_type = mschapv2
		mschapv2 { }
	}
	${RADIUS_MODULES:-}" \
	RADIUS_EXTRA='server inside {
		authorize {
			mschap
			eap_inside
			files
		}
		authenticate {
			Auth-Type MS-CHAP {
				mschap
			}
			eap_inside
		}
	}' radius_start "$1" "$2"
}

# ppp_phone NAME N SCRIPT [VARIABLE=VALUE...]: a guest whose pppd logs in; the
# certificates lie in its $SHARE, /mnt/share.  SCRIPT is bash, in the words of
# client and these: work LABEL, which moves $EACH bytes each way and notes
# the counters before and after, and eap CERTIFICATE AUTHORITY, pppd's options.
export EACH=1000000 TRIXIE
ppp_phone() {
	local name=$1 n=$2 d=$OUT/$1
	mkdir -p "$d"
	[ ! -d "$CERTS" ] || cp "$CERTS"/*.pem "$CERTS"/*.key "$d"
	cat >"$d/script" - <(printf '%s\n' "$3") <<-'END'
	work() {
		fact "$1_address" "$(ip -4 -o addr show dev ppp0 | awk '{print $4}')"
		count "$1_up"
		behind "$BEHIND_NET" &&
		ping -q -n -c 20 -i 0.02 -W 2 "$BEHIND" >>"$SHARE/ping.log" &&
		both "$BEHIND" "$EACH" && sleep 0.3 && count "$1_end" &&
		fact done "$1"
	}
	eap() {
		echo need-peer-eap
		echo "ca $SHARE/$2.pem"
		[ -z "$1" ] || printf '%s\n' "cert $SHARE/$1.pem" "key $SHARE/$1.key"
	}
	END
	# shellcheck disable=SC2016 # for the guest
	PHONE_LIMIT=280 phone_direct "$name" "$n" THEN='. "$SHARE/script"' "${@:4}"
}

# trixie_is_there: the folder with its pppd, made by ./check.
trixie_is_there() {
	[ -x "$TRIXIE/usr/sbin/pppd" ] || give_up "no pppd of trixie in $TRIXIE"
}

# ---- records against counters -----------------------------------------------

# moved PHONE LABEL COUNTER: by ppp0 between `count LABEL_up' and LABEL_end.
moved() {
	local from to
	from=$(fact "$1" "$2_up_$3") to=$(fact "$1" "$2_end_$3")
	[ -z "$from" ] || [ -z "$to" ] || echo $((to - from))
}
# same A B: and there is something.
same() { [ -n "$1" ] && [ "$1" = "$2" ]; }
# lasted SECONDS PHONE LABEL: is that how long it was up?  The client looks at
# its clock after the call began and before it ended, each by some programs that
# it starts, which on a busy machine takes half a minute.
lasted() {
	local ms
	ms=$(moved "$2" "$3" ms)
	[ -n "$1" ] && [ -n "$ms" ] && [ $(($1 * 1000 + 999)) -ge "$ms" ] &&
		[ "$1" -le $((ms / 1000 + 120)) ]
}
# moved_as_recorded PHONE LABEL USER: his Start and Stop in the detail file say
# what the counters of ppp0 say.  Nothing is lost on the way, so to the octet.
moved_as_recorded() {
	local u=$3 kind
	expect "$u: a Stop came" wait_for 15 stopped "$u"
	for kind in Start Stop; do
		expect "$u: $kind has his address" same \
			"$(of_user "$u" Framed-IP-Address $kind)" "$(fact "$1" "$2_address")"
	done
	expect "$u: octets in" same "$(of_user "$u" Acct-Input-Octets Stop)" "$(moved "$1" "$2" tx_bytes)"
	expect "$u: octets out" same "$(of_user "$u" Acct-Output-Octets Stop)" "$(moved "$1" "$2" rx_bytes)"
	expect "$u: packets in" same "$(of_user "$u" Acct-Input-Packets Stop)" "$(moved "$1" "$2" tx_packets)"
	expect "$u: packets out" same "$(of_user "$u" Acct-Output-Packets Stop)" "$(moved "$1" "$2" rx_packets)"
	expect "$u: its time" lasted "$(of_user "$u" Acct-Session-Time Stop)" "$1" "$2"
	expect "$u: its end" test "$(of_user "$u" Acct-Terminate-Cause Stop)" = User-Request
}
