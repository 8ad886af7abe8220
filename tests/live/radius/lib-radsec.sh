# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# lib-radsec.sh: certificates, and RADIUS servers that are reached by TLS.

# shellcheck source=tests/live/radius/lib-radius.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib-radius.sh"
# shellcheck source=tests/live/radius/lib-certs.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib-certs.sh"
RADSEC_NAME=radius.example

certificates() {
	mkdir -p "$CERTS"
	authority ca
	authority evil
	certificate server ca "DNS:$RADSEC_NAME,IP:$AAA.2" serverAuth
	certificate proxy ca "DNS:proxy.example,IP:$AAA.3" serverAuth
	certificate client ca DNS:nas.example clientAuth
	certificate stranger evil DNS:nas.example clientAuth
	certificate other ca DNS:mail.example serverAuth
	certificate expired ca "DNS:$RADSEC_NAME" serverAuth \
		-startdate 20200101000000Z -enddate 20200201000000Z
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj /CN=self -days 2 -addext "subjectAltName=DNS:$RADSEC_NAME" \
		-keyout "$CERTS/self.key" -out "$CERTS/self.pem" 2>>"$CERTS/log"
}

# radsec_listener ADDRESS [CLIENT [CERTIFICATE]]: lines for radiusd.conf:
# FreeRADIUS' own TLS.
radsec_listener() {
	cat <<-END
	clients radsec {
		client nas {
			ipaddr = ${2:-$AAA.1}
			proto = tls
			secret = radsec
		}
	}
	listen {
		ipaddr = $1
		port = 2083
		type = auth+acct
		proto = tcp
		virtual_server = default
		clients = radsec
		limit {
			idle_timeout = 0
			lifetime = 0
		}
		tls {
			ca_file = $CERTS/ca.pem
			certificate_file = $CERTS/${3:-server}.pem
			private_key_file = $CERTS/${3:-server}.key
			require_client_cert = yes
			tls_min_version = "1.2"
			tls_max_version = "${RADSEC_MAX:-1.3}"
			cipher_list = "DEFAULT"
			ecdh_curve = ""
			fragment_size = 8192
			include_length = no
		}
	}
	client proxy {
		ipaddr = $AAA.0/24
		secret = $SECRET
	}
	END
}

# proxy_start: radsecproxy at .3, in front of the FreeRADIUS at .2.
proxy_start() {
	local d=$OUT/proxy
	mkdir -p "$d"
	cat >"$d/conf" <<-END
	ListenTLS $AAA.3:2083
	LogLevel 2
	SourceUDP $AAA.3
	LoopPrevention off
	tls default {
		CACertificateFile $CERTS/ca.pem
		CertificateFile $CERTS/proxy.pem
		CertificateKeyFile $CERTS/proxy.key
	}
	client nas {
		host $AAA.1
		type tls
		secret radsec
		certificateNameCheck off
	}
	server auth {
		host $AAA.2
		port 1812
		type udp
		secret $SECRET
	}
	server acct {
		host $AAA.2
		port 1813
		type udp
		secret $SECRET
	}
	realm * {
		server auth
		accountingServer acct
	}
	END
	ip netns exec "$ID-aaa" radsecproxy -f -c "$d/conf" >"$d/log" 2>&1 &
	radius_pid[proxy]=$!
	pids+=($!)
	wait_for 5 listens 2083 "$AAA.3" || give_up "radsecproxy does not start"
}

# peer MODE PORT: a radsec-peer at .2.
peer() {
	in_ns aaa "$LIVE_DIR/radius/radsec-peer" "$1" "$AAA.2" "$2" "$CERTS" \
		>"$OUT/peer-$1" 2>&1 &
	pids+=($!)
	wait_for 10 grep -q ready "$OUT/peer-$1" || give_up "no peer $1"
}
# s_server CERTIFICATE PORT [OPTION...]: OpenSSL's, at .2.
s_server() {
	in_ns aaa openssl s_server -accept "$AAA.2:$2" -quiet -CAfile "$CERTS/ca.pem" \
		-cert "$CERTS/$1.pem" -key "$CERTS/$1.key" "${@:3}" \
		</dev/null >"$OUT/s_server-$2" 2>&1 &
	pids+=($!)
	wait_for 5 listens "$2" "$AAA.2" || give_up "no s_server $2"
}
listens() { in_ns aaa ss -Hltn "src $2 and sport = :$1" | grep -q .; }

# radsec_server NAME ADDRESS PORT [LINE...]: a section of l2tpd.conf.
radsec_server() {
	printf 'server %s {\n\taddress = "%s"\n\ttransport = tls\n' "$1" "$2"
	printf '\tauth-port = %s\n\tacct-port = %s\n' "$3" "$3"
	printf '\ttls-ca = "%s"\n' "$CERTS/ca.pem"
	printf '\ttls-cert = "%s"\n\ttls-key = "%s"\n' \
		"$CERTS/${RADSEC_CERT:-client}.pem" "$CERTS/${RADSEC_CERT:-client}.key"
	printf '\t%s\n' "${@:4}" '}'
}
# radsec_use SERVER...: they are the group that is asked.
radsec_use() {
	local IFS=, all
	all=$*
	cat <<-END
	server-group all {
		server = { $all }
	}
	radius {
		auth = all
		acct = all
		spool-dir = "$OUT/spool"
		local-users = never
	}
	END
}
# state NAME STATE REASON: what `l2tpctl radius' says of a server.
state() {
	says radius "any(s['server'] == '$1' and s['state'] == '$2'
		and '$3' in s['reason'] for s in d)"
}
lost() { grep -q "radsec server=$1 state=lost reason=\"$2" "$OUT/l2tpd.log"; }
