#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# FreeRADIUS over PostgreSQL: users, addresses (sqlippool) and records are in its
# tables.  One phone is a guest with Debian's pppd, the others our own client.
#
# slow: waits for an Interim record; ./check radius and ./check long run it
. "$(dirname "$0")/lib-sql.sh"
begin
net_up
aaa_up
server_forwards
lan_knows_pool
postgres_start
sql "insert into radcheck (username, attribute, op, value)
	select name, 'Cleartext-Password', ':=', '$PASSWORD'
	from unnest(array['sql-alice', 'sql-bob', 'sql-carol']) name;
	insert into radreply (username, attribute, op, value)
	values ('sql-alice', 'Acct-Interim-Interval', ':=', '60');
	insert into radusergroup (username, groupname)
	select username, 'vpn' from radcheck;
	insert into radgroupcheck (groupname, attribute, op, value)
	values ('vpn', 'Pool-Name', ':=', 'phones');
	insert into radippool (pool_name, framedipaddress, expiry_time)
	values ('phones', '10.99.0.201', now() - interval '2 seconds'),
	('phones', '10.99.0.202', now() - interval '1 second')"
sql_radius one $AAA.2
radius_daemon

leases() { sql "select username, host(framedipaddress) from radippool where expiry_time > now() order by 1"; }
leased() { [ "$(leases | tr '\n' ' ')" = "$1" ]; }
# row USER COLUMN...: of his one record.
row() { sql "select $(IFS=,; echo "${*:2}") from radacct where username = '$1'"; }
row_is() { [ "$(row "$1" "$2")" = "$3" ]; }
interim() {
	sql "select 1 from radacct where username = 'sql-alice'
		and acctupdatetime > acctstarttime and acctinputoctets > 0" |
		grep -q 1
}
address() { says sessions "[s['address'] for s in d if s['user'] == '$1'] == ['$2']"; }

# shellcheck disable=SC2016
ppp_phone p1 1 'work first; mark moved; wait_file go 120; work second
	mark finished; wait_file hang-up 60' LOGIN=sql-alice PPP_MORE=noipv6
expect "a user of the table logs in, and moves some" wait_for 100 marked p1 moved
expect "with the oldest address" address sql-alice 10.99.0.201
DIAL_USER=sql-bob dial p2 2
expect "another logs in" dialled p2
expect "with another address" address sql-bob 10.99.0.202
expect "both are leased" leased 'sql-alice 10.99.0.201 sql-bob 10.99.0.202 '
DIAL_USER=sql-carol dial p3 3
expect "a third finds none left and is refused" refused p3
expect "which is explained" says attempts "any(a['user'] == 'sql-carol'
	and 'no address is left' in a['reason'] for a in d)"
DIAL_USER=sql-nobody dial p4 4
expect "who is not in the table is refused" refused p4
expect "which is explained" says attempts "any(a['user'] == 'sql-nobody'
	and 'the RADIUS server refused' in a['reason'] for a in d)"
expect "open records of those two" test \
	"$(sql "select username, host(framedipaddress), acctstoptime is null
		from radacct order by 1" | tr '\n' ' ')" = \
	'sql-alice 10.99.0.201 t sql-bob 10.99.0.202 t '
hang_up p2
expect "his address is given back" wait_for 15 leased 'sql-alice 10.99.0.201 '
expect "his record is closed" row_is sql-bob 'acctterminatecause, acctstoptime is not null' 'User-Request t'
DIAL_USER=sql-carol redial p3
expect "now the third gets in" dialled p3
expect "with it" address sql-carol 10.99.0.202
expect "Interims update the record" wait_for 90 interim
expect "with the octets until then" row_is sql-alice 'acctinputoctets, acctoutputoctets' \
	"$(moved p1 first tx_bytes) $(moved p1 first rx_bytes)"
mark p1 go
expect "the first moves some more" wait_for 60 marked p1 finished
mark p1 hang-up
expect "and hangs up" phone_done p1
expect "its record is closed" wait_for 15 row_is sql-alice acctterminatecause User-Request
# to PHONE COUNTER: from the first count to the last.
to() { echo $(($(fact "$1" "second_end_$2") - $(fact "$1" "first_up_$2"))); }
expect "with every octet" row_is sql-alice 'acctinputoctets, acctoutputoctets' \
	"$(to p1 tx_bytes) $(to p1 rx_bytes)"
seconds=$(row sql-alice acctsessiontime)
ms=$(to p1 ms)
expect "and its time ($seconds s, $ms ms by the client)" test \
	$((seconds * 1000 + 999)) -ge "$ms" -a "$seconds" -le $((ms / 1000 + 120))
expect "all bytes arrived whole" test "$(grep -c '_ok=1' "$OUT/p1/facts")" = 4
hang_up p3
expect "nothing is left" wait_for 15 server_quiet
expect "no address is leased" wait_for 10 leased ''
expect "the daemon ends" server_stop
radius_stop one
