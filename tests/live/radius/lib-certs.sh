# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# lib-certs.sh: authorities and certificates of a case, made by openssl, in
# $CERTS.  KEY is what keys are made of.
CERTS=$OUT/certs
KEY=(ec -pkeyopt ec_paramgen_curve:P-256)

# authority NAME: NAME.pem, NAME.key, and what `openssl ca' wants of it.
authority() {
	openssl req -x509 -newkey "${KEY[@]}" -nodes \
		-subj "/CN=$1" -days 2 -keyout "$CERTS/$1.key" \
		-out "$CERTS/$1.pem" 2>>"$CERTS/log"
	: >"$CERTS/$1.index"
	cat >"$CERTS/$1.cnf" <<-END
	[ ca ]
	default_ca = this
	[ this ]
	database = $CERTS/$1.index
	new_certs_dir = $CERTS
	certificate = $CERTS/$1.pem
	private_key = $CERTS/$1.key
	rand_serial = yes
	default_md = sha256
	default_days = 2
	policy = any
	unique_subject = no
	[ any ]
	commonName = supplied
	END
}
# certificate NAME AUTHORITY ALTNAME USAGE [OPTION...]: NAME.pem and NAME.key.
certificate() {
	local name=$1 by=$2
	openssl req -newkey "${KEY[@]}" -nodes \
		-subj "/CN=$name" -keyout "$CERTS/$name.key" \
		-out "$CERTS/$name.csr" 2>>"$CERTS/log"
	printf 'basicConstraints=CA:FALSE\nsubjectAltName=%s\nextendedKeyUsage=%s\n' \
		"$3" "$4" >"$CERTS/$name.ext"
	openssl ca -batch -notext -config "$CERTS/$by.cnf" -extfile "$CERTS/$name.ext" \
		-in "$CERTS/$name.csr" -out "$CERTS/$name.pem" "${@:5}" \
		2>>"$CERTS/log" || give_up "no certificate $name"
}
