/* SPDX-License-Identifier: BSD-2-Clause */
/* The attribute table and the walk: radius/attr.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "radius/attr.h"

/*
 * Transcribed from RFC 2865 §5.44 (first four columns) and RFC 2866 §5.13 (the
 * last), then RFC 2868 §4, RFC 2869 §5.19, RFC 3162 §3 and RFC 2548 §3, as far
 * as they say something about what we use.
 */
static const char *const rfc[] = {
	"0-1 0-1 0 0 0-1 User-Name",
	"0-1 0 0 0 0 User-Password",
	"0-1 0 0 0 0 CHAP-Password",
	"0-1 0 0 0 0-1 NAS-IP-Address",
	"0-1 0 0 0 0-1 NAS-Port",
	"0-1 0-1 0 0 0-1 Service-Type",
	"0-1 0-1 0 0 0-1 Framed-Protocol",
	"0-1 0-1 0 0 0-1 Framed-IP-Address",
	"0-1 0-1 0 0 0-1 Framed-IP-Netmask",
	"0 0-1 0 0 0-1 Framed-Routing",
	"0 0+ 0 0 0+ Filter-Id",
	"0-1 0-1 0 0 0-1 Framed-MTU",
	"0+ 0+ 0 0 0+ Framed-Compression",
	"0+ 0+ 0 0 0+ Login-IP-Host",
	"0 0-1 0 0 0-1 Login-Service",
	"0 0-1 0 0 0-1 Login-TCP-Port",
	"0 0+ 0+ 0+ 0 Reply-Message",
	"0-1 0-1 0 0 0-1 Callback-Number",
	"0 0-1 0 0 0-1 Callback-Id",
	"0 0+ 0 0 0+ Framed-Route",
	"0 0-1 0 0 0-1 Framed-IPX-Network",
	"0-1 0-1 0 0-1 0 State",
	"0 0+ 0 0 0+ Class",
	"0+ 0+ 0 0+ 0+ Vendor-Specific",
	"0 0-1 0 0-1 0-1 Session-Timeout",
	"0 0-1 0 0-1 0-1 Idle-Timeout",
	"0 0-1 0 0 0-1 Termination-Action",
	"0-1 0 0 0 0-1 Called-Station-Id",
	"0-1 0 0 0 0-1 Calling-Station-Id",
	"0-1 0 0 0 0-1 NAS-Identifier",
	"0+ 0+ 0+ 0+ 0+ Proxy-State",
	"0-1 0-1 0 0 0-1 Login-LAT-Service",
	"0-1 0-1 0 0 0-1 Login-LAT-Node",
	"0-1 0-1 0 0 0-1 Login-LAT-Group",
	"0 0-1 0 0 0-1 Framed-AppleTalk-Link",
	"0 0+ 0 0 0-1 Framed-AppleTalk-Network",
	"0 0-1 0 0 0-1 Framed-AppleTalk-Zone",
	"0 0 0 0 1 Acct-Status-Type",
	"0 0 0 0 0-1 Acct-Delay-Time",
	"0 0 0 0 0-1 Acct-Input-Octets",
	"0 0 0 0 0-1 Acct-Output-Octets",
	"0-1 0 0 0 1 Acct-Session-Id",	/* RFC 2866 §5.5: MAY in a request */
	"0 0 0 0 0-1 Acct-Authentic",
	"0 0 0 0 0-1 Acct-Session-Time",
	"0 0 0 0 0-1 Acct-Input-Packets",
	"0 0 0 0 0-1 Acct-Output-Packets",
	"0 0 0 0 0-1 Acct-Terminate-Cause",
	"0 0 0 0 0+ Acct-Multi-Session-Id",
	"0 0 0 0 0+ Acct-Link-Count",
	"0 0 0 0 0-1 Acct-Input-Gigawords",
	"0 0 0 0 0-1 Acct-Output-Gigawords",
	"0 0 0 0 0-1 Event-Timestamp",
	"0-1 0 0 0 0 CHAP-Challenge",
	"0-1 0 0 0 0-1 NAS-Port-Type",
	"0-1 0-1 0 0 0-1 Port-Limit",
	"0-1 0-1 0 0 0-1 Login-LAT-Port",
	"0+ 0+ 0 0 0-1 Tunnel-Type",
	"0+ 0+ 0 0 0-1 Tunnel-Medium-Type",
	"0+ 0+ 0 0 0-1 Tunnel-Client-Endpoint",
	"0+ 0+ 0 0 0-1 Tunnel-Server-Endpoint",
	"0 0 0 0 0-1 Acct-Tunnel-Connection",
	"0 0+ 0 0 0 Tunnel-Password",
	"0-1 0 0 0 0+ Connect-Info",
	"0+ 0+ 0+ 0+ 0 EAP-Message",
	"0-1 0-1 0-1 0-1 0 Message-Authenticator",
	"0+ 0+ 0 0 0-1 Tunnel-Private-Group-ID",
	"0 0+ 0 0 0-1 Tunnel-Assignment-ID",
	"0+ 0+ 0 0 0 Tunnel-Preference",
	"0 0-1 0 0 0 Acct-Interim-Interval",
	"0-1 0 0 0 0-1 NAS-Port-Id",
	"0 0-1 0 0 0 Framed-Pool",
	"0+ 0+ 0 0 0-1 Tunnel-Client-Auth-ID",
	"0+ 0+ 0 0 0-1 Tunnel-Server-Auth-ID",
	"0-1 0 0 0 0-1 NAS-IPv6-Address",
	"0-1 0-1 0 0 0-1 Framed-Interface-Id",
	"0+ 0+ 0 0 0+ Framed-IPv6-Prefix",
	"0+ 0+ 0 0 0+ Login-IPv6-Host",
	"0 0+ 0 0 0+ Framed-IPv6-Route",
	"0 0-1 0 0 0-1 Framed-IPv6-Pool",
	"0 0 0 0 0 Error-Cause",	/* RFC 5176 §3.6: in NAKs only */
	"0+ 0+ 0 0 0+ Delegated-IPv6-Prefix",
	"0-1 0 0 0 0 MS-CHAP-Response",
	"0 0 0-1 0 0 MS-CHAP-Error",
	"0+ 0 0 0 0 MS-CHAP-NT-Enc-PW",
	"0 0-1 0 0 0 MS-MPPE-Encryption-Policy",
	"0 0-1 0 0 0 MS-MPPE-Encryption-Types",
	"0-1 0 0 0 0-1 MS-RAS-Vendor",
	"0 0-1 0 0 0-1 MS-CHAP-Domain",
	"0-1 0 0 0-1 0 MS-CHAP-Challenge",
	"0 0-1 0 0 0 MS-CHAP-MPPE-Keys",
	"0 0-1 0 0 0 MS-BAP-Usage",
	"0 0-1 0 0 0 MS-Link-Utilization-Threshold",
	"0 0-1 0 0 0 MS-Link-Drop-Time-Limit",
	"0 0-1 0 0 0 MS-MPPE-Send-Key",
	"0 0-1 0 0 0 MS-MPPE-Recv-Key",
	"0-1 0 0 0 0-1 MS-RAS-Version",
	"0 0+ 0 0 0+ MS-Filter",
	"0 0 0 0 0-1 MS-Acct-Auth-Type",
	"0 0 0 0 0-1 MS-Acct-EAP-Type",
	"0-1 0 0 0 0 MS-CHAP2-Response",
	"0 0-1 0 0 0 MS-CHAP2-Success",
	"0-1 0 0 0 0 MS-CHAP2-CPW",
	"0 0-1 0 0 0-1 MS-Primary-DNS-Server",
	"0 0-1 0 0 0-1 MS-Secondary-DNS-Server",
	"0 0-1 0 0 0-1 MS-Primary-NBNS-Server",
	"0 0-1 0 0 0-1 MS-Secondary-NBNS-Server",
	/* no table: the vendors' dictionaries, and our own */
	"0+ 0+ 0 0 0+ Cisco-AVPair",
	"0 0-1 0 0 0-1 WISPr-Bandwidth-Max-Up",
	"0 0-1 0 0 0-1 WISPr-Bandwidth-Max-Down",
	"0 0-1 0 0 0 Mikrotik-Recv-Limit",
	"0 0-1 0 0 0 Mikrotik-Xmit-Limit",
	"0 0-1 0 0 0 Mikrotik-Rate-Limit",
	"0 0-1 0 0 0 Mikrotik-Recv-Limit-Gigawords",
	"0 0-1 0 0 0 Mikrotik-Xmit-Limit-Gigawords",
	"0 0-1 0 0 0 Mikrotik-Total-Limit",
	"0 0-1 0 0 0 Mikrotik-Total-Limit-Gigawords",
	"0 0-1 0 0 0-1 L2TPD-Group",
	"0-1 0 0 0 0-1 L2TPD-Client-Family",
	"0-1 0 0 0 0-1 L2TPD-Attempt",
	"0 0-1 0 0 0 L2TPD-Rate-Up",
	"0 0-1 0 0 0 L2TPD-Rate-Down",
	"0 0-1 0 0 0 L2TPD-Quota-Up",
	"0 0-1 0 0 0 L2TPD-Quota-Down",
	"0 0-1 0 0 0 L2TPD-Quota-Total",
};

static void
table_as_in_rfcs(void **state)
{
	size_t n = 0;
	const struct attr_row *r;

	(void)state;
	for (; (r = attr_row(n)) != NULL; n++) {
		char line[128];

		(void)snprintf(line, sizeof(line), "%s %s %s %s %s %s",
		    attr_use_str((enum attr_use)r->use[0]),
		    attr_use_str((enum attr_use)r->use[1]),
		    attr_use_str((enum attr_use)r->use[2]),
		    attr_use_str((enum attr_use)r->use[3]),
		    attr_use_str((enum attr_use)r->use[4]), r->name);
		assert_true(n < sizeof(rfc) / sizeof(rfc[0]));
		assert_string_equal(line, rfc[n]);
		assert_ptr_equal(attr_find(r->vendor, r->type), r);
		assert_true(r->min >= 1 && r->min <= r->max);
		assert_true(r->max <= (r->vendor != 0 ?
		    ATTR_VENDOR_VALUE_MAX : ATTR_VALUE_MAX));
	}
	assert_int_equal(n, sizeof(rfc) / sizeof(rfc[0]));
	assert_null(attr_find(0, 200));
	assert_null(attr_find(10, 1));
}

static void
secrets(void **state)
{
	static const struct {
		uint32_t vendor;
		uint8_t type;
	} all[] = {
		{ 0, ATTR_USER_PASSWORD }, { 0, ATTR_CHAP_PASSWORD },
		{ 0, ATTR_TUNNEL_PASSWORD }, { 0, ATTR_EAP_MESSAGE },
		{ ATTR_MICROSOFT, ATTR_MS_CHAP_RESPONSE },
		{ ATTR_MICROSOFT, ATTR_MS_CHAP_MPPE_KEYS },
		{ ATTR_MICROSOFT, ATTR_MS_MPPE_SEND_KEY },
		{ ATTR_MICROSOFT, ATTR_MS_MPPE_RECV_KEY },
		{ ATTR_MICROSOFT, ATTR_MS_CHAP2_RESPONSE },
		{ ATTR_MICROSOFT, ATTR_MS_CHAP_NT_ENC_PW },
		{ ATTR_MICROSOFT, ATTR_MS_CHAP2_CPW },
	};
	size_t n = 0;
	const struct attr_row *r;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		assert_true(attr_find(all[i].vendor, all[i].type)->secret);
	for (size_t i = 0; (r = attr_row(i)) != NULL; i++)
		n += r->secret;
	assert_int_equal(n, sizeof(all) / sizeof(all[0]));
}

/* Parts of known vendors come one by one, others' attributes whole. */
static void
walk(void **state)
{
	static const uint8_t bytes[] = {
		1, 6, 'n', 'e', 'm', 'o',
		26, 18, 0, 0, 1, 55,			/* Microsoft */
		    28, 6, 10, 0, 0, 1,
		    29, 6, 10, 0, 0, 2,
		26, 9, 0, 0, 0, 10, 1, 3, 'x',		/* of no vendor of ours */
		200, 2,					/* unknown, empty */
		8, 6, 10, 9, 0, 7,
	};
	struct attr_walk w = attr_walk(rd_make(bytes, sizeof(bytes)));
	struct attr a;
	struct ipaddr ip;
	char s[IPADDR_STRLEN];

	(void)state;
	assert_true(attr_next(&w, &a));
	assert_int_equal(a.type, ATTR_USER_NAME);
	assert_true(rd_eq(a.value, "nemo", 4));
	assert_string_equal(a.row->name, "User-Name");
	assert_true(attr_next(&w, &a));
	assert_int_equal(a.vendor, ATTR_MICROSOFT);
	assert_int_equal(a.type, ATTR_MS_PRIMARY_DNS_SERVER);
	assert_true(attr_next(&w, &a));
	assert_int_equal(a.vendor, ATTR_MICROSOFT);
	ip = attr_addr(&a);
	assert_string_equal(ipaddr_str(&ip, s), "10.0.0.2");
	assert_true(attr_next(&w, &a));
	assert_int_equal(a.vendor, 0);
	assert_int_equal(a.type, ATTR_VENDOR_SPECIFIC);
	assert_int_equal(rd_left(&a.value), 7);
	assert_int_equal(attr_check(&a), DROP_NONE);
	assert_true(attr_next(&w, &a));
	assert_null(a.row);
	assert_int_equal(rd_left(&a.value), 0);
	assert_int_equal(attr_check(&a), DROP_NONE);
	assert_true(attr_next(&w, &a));
	assert_int_equal(attr_u32(&a), 0x0a090007);
	assert_false(attr_next(&w, &a));
	assert_int_equal(w.why, DROP_NONE);
	assert_false(attr_next(&w, &a));

	assert_true(attr_get(rd_make(bytes, sizeof(bytes)), ATTR_MICROSOFT, 29,
	    &a));
	assert_false(attr_get(rd_make(bytes, sizeof(bytes)), 0, 29, &a));
	assert_int_equal(attr_count(rd_make(bytes, sizeof(bytes)), 0, 8), 1);
	assert_int_equal(attr_count(rd_make(bytes, 0), 0, 8), 0);
}

/* After the first length that does not fit, nothing more is handed out. */
static void
walk_breaks_off(void **state)
{
	static const uint8_t bytes[] = { 8, 6, 1, 2, 3, 4, 18, 1, 8, 6, 1, 2,
		3, 4 };
	struct attr_walk w = attr_walk(rd_make(bytes, sizeof(bytes)));
	struct attr a;

	(void)state;
	assert_true(attr_next(&w, &a));
	assert_false(attr_next(&w, &a));
	assert_int_equal(w.why, DROP_RADIUS_ATTR_LENGTH);
	assert_false(attr_next(&w, &a));
	assert_int_equal(attr_count(rd_make(bytes, sizeof(bytes)), 0, 8), 1);
}

static void
columns(void **state)
{
	static const uint8_t accept[] = { 6, 6, 0, 0, 0, 2, 18, 3, 'x', 18, 3,
		'y', 25, 3, 'z' };
	static const uint8_t twice[] = { 8, 6, 1, 2, 3, 4, 8, 6, 1, 2, 3, 4 };
	static const uint8_t acct[] = { 40, 6, 0, 0, 0, 1, 44, 3, '1' };
	const struct attr_row *bad;

	(void)state;
	assert_true(attr_columns_ok(rd_make(accept, sizeof(accept)),
	    ATTR_IN_ACCEPT, &bad));
	assert_null(bad);
	assert_false(attr_columns_ok(rd_make(accept, sizeof(accept)),
	    ATTR_IN_REJECT, &bad));
	assert_string_equal(bad->name, "Service-Type");
	assert_false(attr_columns_ok(rd_make(twice, sizeof(twice)),
	    ATTR_IN_ACCEPT, &bad));
	assert_string_equal(bad->name, "Framed-IP-Address");
	assert_true(attr_columns_ok(rd_make(acct, sizeof(acct)), ATTR_IN_ACCT,
	    &bad));
	assert_false(attr_columns_ok(rd_make(acct, 6), ATTR_IN_ACCT, &bad));
	assert_string_equal(bad->name, "Acct-Session-Id");
}

static void
addresses(void **state)
{
	static const uint8_t v6[] = { 95, 18, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 1 };
	struct attr a;
	struct ipaddr ip;
	char s[IPADDR_STRLEN];

	(void)state;
	assert_true(attr_get(rd_make(v6, sizeof(v6)), 0,
	    ATTR_NAS_IPV6_ADDRESS, &a));
	ip = attr_addr(&a);
	assert_string_equal(ipaddr_str(&ip, s), "2001:db8::1");
}

/* RFC 3162 §2.3: as many bytes as are needed, or more; bits behind are none. */
static void
prefixes(void **state)
{
	static const struct {
		uint8_t v[20];
		const char *text;
	} p[] = {
		{ { 97, 12, 0, 64, 0x20, 1, 0xd, 0xb8, 0, 7, 0, 9 },
		    "2001:db8:7:9::/64" },
		{ { 97, 20, 0, 56, 0x20, 1, 0xd, 0xb8, 0, 7, 0, 9, 1 },
		    "2001:db8:7::/56" },
		{ { 97, 4, 0, 0 }, "::/0" },
	};
	struct attr a;
	struct ipnet net;
	char text[IPNET_STRLEN];

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_true(attr_get(rd_make(p[i].v, p[i].v[1]), 0,
		    ATTR_FRAMED_IPV6_PREFIX, &a));
		assert_int_equal(attr_check(&a), DROP_NONE);
		net = attr_prefix6(&a);
		assert_string_equal(ipnet_str(&net, text), p[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_as_in_rfcs),
		cmocka_unit_test(secrets),
		cmocka_unit_test(walk),
		cmocka_unit_test(walk_breaks_off),
		cmocka_unit_test(columns),
		cmocka_unit_test(addresses),
		cmocka_unit_test(prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
