# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# lib-sql.sh: FreeRADIUS over a PostgreSQL of the case's own, which listens on
# the loopback of the namespace aaa and has the schema of FreeRADIUS' package.

# shellcheck source=tests/live/radius/lib-eap.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib-eap.sh"
PG=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
PG_DATA=$RUN-postgres
SQL_CONF=/etc/freeradius/3.0/mods-config/sql

as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
# sql COMMAND: its rows, columns parted by a blank.
sql() {
	in_ns aaa psql -h 127.0.0.1 -U postgres -d "${DB:-radius}" -q -X -A -t \
		-F ' ' -v ON_ERROR_STOP=1 "${@:2}" -c "$1"
}

postgres_start() {
	litter+=("$PG_DATA")
	install -d -o postgres -g postgres -m 700 "$PG_DATA"
	as_postgres "$PG/initdb" -D "$PG_DATA" -A trust -E UTF8 --no-sync \
		>"$OUT/initdb.log" 2>&1 || give_up "initdb: $OUT/initdb.log"
	(cd "$PG_DATA" && exec ip netns exec "$ID-aaa" setpriv --reuid=postgres \
		--regid=postgres --clear-groups "$PG/postgres" -D "$PG_DATA" \
		-c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
		-c fsync=off) >"$OUT/postgres.log" 2>&1 &
	pids+=($!)
	DB=postgres wait_for 30 sql 'select 1' ||
		give_up "PostgreSQL does not start: $OUT/postgres.log"
	DB=postgres sql 'create database radius'
	sql "set client_min_messages = warning" \
		-f "$SQL_CONF/main/postgresql/schema.sql" \
		-f "$SQL_CONF/ippool/postgresql/schema.sql" >>"$OUT/schema.log" 2>&1 ||
		give_up "no schema: $OUT/schema.log"
	sql 'create role radius login;
		grant all on all tables in schema public to radius;
		grant all on all sequences in schema public to radius'
}

# sql_radius NAME ADDRESS: users, records and addresses are in the database.  A
# user without an address is refused.
sql_radius() {
	# shellcheck disable=SC2016 # unlang
	RADIUS_MODULES="expr { }
	always reject { rcode = reject }
	sql {
		dialect = postgresql
		driver = rlm_sql_postgresql
		server = 127.0.0.1
		login = radius
		radius_db = radius
		acct_table1 = radacct
		acct_table2 = radacct
		postauth_table = radpostauth
		authcheck_table = radcheck
		authreply_table = radreply
		groupcheck_table = radgroupcheck
		groupreply_table = radgroupreply
		usergroup_table = radusergroup
		client_table = nas
		group_attribute = SQL-Group
		read_groups = yes
		delete_stale_sessions = yes
		pool {
			start = 1
			min = 1
			max = 4
		}
		\$INCLUDE $SQL_CONF/main/postgresql/queries.conf
	}
	sqlippool {
		sql_module_instance = sql
		dialect = postgresql
		pool_name = Pool-Name
		ippool_table = radippool
		lease_duration = 3600
		attribute_name = Framed-IP-Address
		req_attribute_name = Framed-IP-Address
		pool_key = \"%{NAS-Port}\"
		\$INCLUDE $SQL_CONF/ippool/postgresql/queries.conf
	}" \
	RADIUS_AUTHORIZE=sql \
	RADIUS_POST='sqlippool
		if (notfound) {
			update reply {
				&Reply-Message := "no address is left"
			}
			reject
		}' \
	RADIUS_ACCOUNTING='update request {
			&Acct-Unique-Session-Id := "%{md5:%{NAS-Identifier},%{Acct-Session-Id}}"
		}
		sql
		sqlippool' radius_start "$1" "$2"
}
