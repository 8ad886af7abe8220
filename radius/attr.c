/* SPDX-License-Identifier: BSD-2-Clause */
/* The attribute table and the walk: see attr.h. */

#include "radius/attr.h"

#define HEAD		2	/* type and length, RFC 2865 §5 */
#define VENDOR_HEAD	4	/* vendor id, RFC 2865 §5.26 */
#define O		ATTR_NEVER
#define Q		ATTR_MAYBE
#define M		ATTR_ANY
#define I		ATTR_ONCE
#define V		ATTR_VALUE_MAX
#define W		ATTR_VENDOR_VALUE_MAX
#define MS		ATTR_MICROSOFT
#define CI		ATTR_CISCO
#define WI		ATTR_WISPR
#define MT		ATTR_MIKROTIK
#define LT		ATTR_L2TPD

/*
 * RFC 2865 §5.44, RFC 2866 §5.13, RFC 2868 §4, RFC 2869 §5.19, RFC 3162 §3,
 * RFC 2548 §3: O "0", Q "0-1", M "0+", I "1".
 */
/* clang-format off */
static const struct attr_row rows[] = {
/*	vendor type min max  kind		secret    Req Acc Rej Cha Acct  */
	{ 0,   1,   1,  V, ATTR_TEXT,		false,	{ Q,  Q,  O,  O,  Q }, "User-Name" },
	{ 0,   2,  16, 128, ATTR_PASSWORD,	true,	{ Q,  O,  O,  O,  O }, "User-Password" },
	{ 0,   3,  17, 17, ATTR_OCTETS,		true,	{ Q,  O,  O,  O,  O }, "CHAP-Password" },
	{ 0,   4,   4,  4, ATTR_IPV4,		false,	{ Q,  O,  O,  O,  Q }, "NAS-IP-Address" },
	{ 0,   5,   4,  4, ATTR_U32,		false,	{ Q,  O,  O,  O,  Q }, "NAS-Port" },
	{ 0,   6,   4,  4, ATTR_U32,		false,	{ Q,  Q,  O,  O,  Q }, "Service-Type" },
	{ 0,   7,   4,  4, ATTR_U32,		false,	{ Q,  Q,  O,  O,  Q }, "Framed-Protocol" },
	{ 0,   8,   4,  4, ATTR_IPV4,		false,	{ Q,  Q,  O,  O,  Q }, "Framed-IP-Address" },
	{ 0,   9,   4,  4, ATTR_IPV4,		false,	{ Q,  Q,  O,  O,  Q }, "Framed-IP-Netmask" },
	{ 0,  10,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  Q }, "Framed-Routing" },
	{ 0,  11,   1,  V, ATTR_TEXT,		false,	{ O,  M,  O,  O,  M }, "Filter-Id" },
	{ 0,  12,   4,  4, ATTR_U32,		false,	{ Q,  Q,  O,  O,  Q }, "Framed-MTU" },
	{ 0,  13,   4,  4, ATTR_U32,		false,	{ M,  M,  O,  O,  M }, "Framed-Compression" },
	{ 0,  14,   4,  4, ATTR_IPV4,		false,	{ M,  M,  O,  O,  M }, "Login-IP-Host" },
	{ 0,  15,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  Q }, "Login-Service" },
	{ 0,  16,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  Q }, "Login-TCP-Port" },
	{ 0,  18,   1,  V, ATTR_TEXT,		false,	{ O,  M,  M,  M,  O }, "Reply-Message" },
	{ 0,  19,   1,  V, ATTR_TEXT,		false,	{ Q,  Q,  O,  O,  Q }, "Callback-Number" },
	{ 0,  20,   1,  V, ATTR_TEXT,		false,	{ O,  Q,  O,  O,  Q }, "Callback-Id" },
	{ 0,  22,   1,  V, ATTR_TEXT,		false,	{ O,  M,  O,  O,  M }, "Framed-Route" },
	{ 0,  23,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  Q }, "Framed-IPX-Network" },
	{ 0,  24,   1,  V, ATTR_OCTETS,		false,	{ Q,  Q,  O,  Q,  O }, "State" },
	{ 0,  25,   1,  V, ATTR_OCTETS,		false,	{ O,  M,  O,  O,  M }, "Class" },
	{ 0,  26,   5,  V, ATTR_VENDOR,		false,	{ M,  M,  O,  M,  M }, "Vendor-Specific" },
	{ 0,  27,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  Q,  Q }, "Session-Timeout" },
	{ 0,  28,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  Q,  Q }, "Idle-Timeout" },
	{ 0,  29,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  Q }, "Termination-Action" },
	{ 0,  30,   1,  V, ATTR_TEXT,		false,	{ Q,  O,  O,  O,  Q }, "Called-Station-Id" },
	{ 0,  31,   1,  V, ATTR_TEXT,		false,	{ Q,  O,  O,  O,  Q }, "Calling-Station-Id" },
	{ 0,  32,   1,  V, ATTR_TEXT,		false,	{ Q,  O,  O,  O,  Q }, "NAS-Identifier" },
	{ 0,  33,   1,  V, ATTR_OCTETS,		false,	{ M,  M,  M,  M,  M }, "Proxy-State" },
	{ 0,  34,   1,  V, ATTR_TEXT,		false,	{ Q,  Q,  O,  O,  Q }, "Login-LAT-Service" },
	{ 0,  35,   1,  V, ATTR_TEXT,		false,	{ Q,  Q,  O,  O,  Q }, "Login-LAT-Node" },
	{ 0,  36,  32, 32, ATTR_OCTETS,		false,	{ Q,  Q,  O,  O,  Q }, "Login-LAT-Group" },
	{ 0,  37,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  Q }, "Framed-AppleTalk-Link" },
	{ 0,  38,   4,  4, ATTR_U32,		false,	{ O,  M,  O,  O,  Q }, "Framed-AppleTalk-Network" },
	{ 0,  39,   1,  V, ATTR_TEXT,		false,	{ O,  Q,  O,  O,  Q }, "Framed-AppleTalk-Zone" },
	{ 0,  40,   4,  4, ATTR_U32,		false,	{ O,  O,  O,  O,  I }, "Acct-Status-Type" },
	{ 0,  41,   4,  4, ATTR_U32,		false,	{ O,  O,  O,  O,  Q }, "Acct-Delay-Time" },
	{ 0,  42,   4,  4, ATTR_U32,		false,	{ O,  O,  O,  O,  Q }, "Acct-Input-Octets" },
	{ 0,  43,   4,  4, ATTR_U32,		false,	{ O,  O,  O,  O,  Q }, "Acct-Output-Octets" },
	{ 0,  44,   1,  V, ATTR_TEXT,		false,	{ Q,  O,  O,  O,  I }, "Acct-Session-Id" },
	{ 0,  45,   4,  4, ATTR_U32,		false,	{ O,  O,  O,  O,  Q }, "Acct-Authentic" },
	{ 0,  46,   4,  4, ATTR_U32,		false,	{ O,  O,  O,  O,  Q }, "Acct-Session-Time" },
	{ 0,  47,   4,  4, ATTR_U32,		false,	{ O,  O,  O,  O,  Q }, "Acct-Input-Packets" },
	{ 0,  48,   4,  4, ATTR_U32,		false,	{ O,  O,  O,  O,  Q }, "Acct-Output-Packets" },
	{ 0,  49,   4,  4, ATTR_U32,		false,	{ O,  O,  O,  O,  Q }, "Acct-Terminate-Cause" },
	{ 0,  50,   1,  V, ATTR_TEXT,		false,	{ O,  O,  O,  O,  M }, "Acct-Multi-Session-Id" },
	{ 0,  51,   4,  4, ATTR_U32,		false,	{ O,  O,  O,  O,  M }, "Acct-Link-Count" },
	{ 0,  52,   4,  4, ATTR_U32,		false,	{ O,  O,  O,  O,  Q }, "Acct-Input-Gigawords" },
	{ 0,  53,   4,  4, ATTR_U32,		false,	{ O,  O,  O,  O,  Q }, "Acct-Output-Gigawords" },
	{ 0,  55,   4,  4, ATTR_U32,		false,	{ O,  O,  O,  O,  Q }, "Event-Timestamp" },
	{ 0,  60,   5,  V, ATTR_OCTETS,		false,	{ Q,  O,  O,  O,  O }, "CHAP-Challenge" },
	{ 0,  61,   4,  4, ATTR_U32,		false,	{ Q,  O,  O,  O,  Q }, "NAS-Port-Type" },
	{ 0,  62,   4,  4, ATTR_U32,		false,	{ Q,  Q,  O,  O,  Q }, "Port-Limit" },
	{ 0,  63,   1,  V, ATTR_TEXT,		false,	{ Q,  Q,  O,  O,  Q }, "Login-LAT-Port" },
	{ 0,  64,   4,  4, ATTR_U32,		false,	{ M,  M,  O,  O,  Q }, "Tunnel-Type" },
	{ 0,  65,   4,  4, ATTR_U32,		false,	{ M,  M,  O,  O,  Q }, "Tunnel-Medium-Type" },
	{ 0,  66,   1,  V, ATTR_TEXT,		false,	{ M,  M,  O,  O,  Q }, "Tunnel-Client-Endpoint" },
	{ 0,  67,   1,  V, ATTR_TEXT,		false,	{ M,  M,  O,  O,  Q }, "Tunnel-Server-Endpoint" },
	{ 0,  68,   1,  V, ATTR_TEXT,		false,	{ O,  O,  O,  O,  Q }, "Acct-Tunnel-Connection" },
	{ 0,  69,  19,  V, ATTR_TAGGED_SALTED,	true,	{ O,  M,  O,  O,  O }, "Tunnel-Password" },
	{ 0,  77,   1,  V, ATTR_TEXT,		false,	{ Q,  O,  O,  O,  M }, "Connect-Info" },
	{ 0,  79,   1,  V, ATTR_OCTETS,		true,	{ M,  M,  M,  M,  O }, "EAP-Message" },
	{ 0,  80,  16, 16, ATTR_OCTETS,		false,	{ Q,  Q,  Q,  Q,  O }, "Message-Authenticator" },
	{ 0,  81,   1,  V, ATTR_TEXT,		false,	{ M,  M,  O,  O,  Q }, "Tunnel-Private-Group-ID" },
	{ 0,  82,   1,  V, ATTR_TEXT,		false,	{ O,  M,  O,  O,  Q }, "Tunnel-Assignment-ID" },
	{ 0,  83,   4,  4, ATTR_U32,		false,	{ M,  M,  O,  O,  O }, "Tunnel-Preference" },
	{ 0,  85,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  O }, "Acct-Interim-Interval" },
	{ 0,  87,   1,  V, ATTR_TEXT,		false,	{ Q,  O,  O,  O,  Q }, "NAS-Port-Id" },
	{ 0,  88,   1,  V, ATTR_TEXT,		false,	{ O,  Q,  O,  O,  O }, "Framed-Pool" },
	{ 0,  90,   1,  V, ATTR_TEXT,		false,	{ M,  M,  O,  O,  Q }, "Tunnel-Client-Auth-ID" },
	{ 0,  91,   1,  V, ATTR_TEXT,		false,	{ M,  M,  O,  O,  Q }, "Tunnel-Server-Auth-ID" },
	{ 0,  95,  16, 16, ATTR_IPV6,		false,	{ Q,  O,  O,  O,  Q }, "NAS-IPv6-Address" },
	{ 0,  96,   8,  8, ATTR_OCTETS,		false,	{ Q,  Q,  O,  O,  Q }, "Framed-Interface-Id" },
	{ 0,  97,   2, 18, ATTR_PREFIX6,	false,	{ M,  M,  O,  O,  M }, "Framed-IPv6-Prefix" },
	{ 0,  98,  16, 16, ATTR_IPV6,		false,	{ M,  M,  O,  O,  M }, "Login-IPv6-Host" },
	{ 0,  99,   1,  V, ATTR_TEXT,		false,	{ O,  M,  O,  O,  M }, "Framed-IPv6-Route" },
	{ 0, 100,   1,  V, ATTR_TEXT,		false,	{ O,  Q,  O,  O,  Q }, "Framed-IPv6-Pool" },
	{ 0, 101,   4,  4, ATTR_U32,		false,	{ O,  O,  O,  O,  O }, "Error-Cause" },
	{ 0, 123,   2, 18, ATTR_PREFIX6,	false,	{ M,  M,  O,  O,  M }, "Delegated-IPv6-Prefix" },

	{ MS,  1,  50, 50, ATTR_OCTETS,		true,	{ Q,  O,  O,  O,  O }, "MS-CHAP-Response" },
	{ MS,  2,   2,  W, ATTR_OCTETS,		false,	{ O,  O,  Q,  O,  O }, "MS-CHAP-Error" },
	{ MS,  6,   5,  W, ATTR_OCTETS,		true,	{ M,  O,  O,  O,  O }, "MS-CHAP-NT-Enc-PW" },
	{ MS,  7,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  O }, "MS-MPPE-Encryption-Policy" },
	{ MS,  8,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  O }, "MS-MPPE-Encryption-Types" },
	{ MS,  9,   4,  4, ATTR_U32,		false,	{ Q,  O,  O,  O,  Q }, "MS-RAS-Vendor" },
	{ MS, 10,   2,  W, ATTR_OCTETS,		false,	{ O,  Q,  O,  O,  Q }, "MS-CHAP-Domain" },
	{ MS, 11,   1,  W, ATTR_OCTETS,		false,	{ Q,  O,  O,  Q,  O }, "MS-CHAP-Challenge" },
	{ MS, 12,  32, 32, ATTR_PASSWORD,	true,	{ O,  Q,  O,  O,  O }, "MS-CHAP-MPPE-Keys" },
	{ MS, 13,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  O }, "MS-BAP-Usage" },
	{ MS, 14,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  O }, "MS-Link-Utilization-Threshold" },
	{ MS, 15,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  O }, "MS-Link-Drop-Time-Limit" },
	{ MS, 16,  18,  W, ATTR_SALTED,		true,	{ O,  Q,  O,  O,  O }, "MS-MPPE-Send-Key" },
	{ MS, 17,  18,  W, ATTR_SALTED,		true,	{ O,  Q,  O,  O,  O }, "MS-MPPE-Recv-Key" },
	{ MS, 18,   2,  W, ATTR_TEXT,		false,	{ Q,  O,  O,  O,  Q }, "MS-RAS-Version" },
	{ MS, 22,   2,  W, ATTR_OCTETS,		false,	{ O,  M,  O,  O,  M }, "MS-Filter" },
	{ MS, 23,   4,  4, ATTR_U32,		false,	{ O,  O,  O,  O,  Q }, "MS-Acct-Auth-Type" },
	{ MS, 24,   4,  4, ATTR_U32,		false,	{ O,  O,  O,  O,  Q }, "MS-Acct-EAP-Type" },
	{ MS, 25,  50, 50, ATTR_OCTETS,		true,	{ Q,  O,  O,  O,  O }, "MS-CHAP2-Response" },
	{ MS, 26,  43, 43, ATTR_OCTETS,		false,	{ O,  Q,  O,  O,  O }, "MS-CHAP2-Success" },
	{ MS, 27,  68, 68, ATTR_OCTETS,		true,	{ Q,  O,  O,  O,  O }, "MS-CHAP2-CPW" },
	{ MS, 28,   4,  4, ATTR_IPV4,		false,	{ O,  Q,  O,  O,  Q }, "MS-Primary-DNS-Server" },
	{ MS, 29,   4,  4, ATTR_IPV4,		false,	{ O,  Q,  O,  O,  Q }, "MS-Secondary-DNS-Server" },
	{ MS, 30,   4,  4, ATTR_IPV4,		false,	{ O,  Q,  O,  O,  Q }, "MS-Primary-NBNS-Server" },
	{ MS, 31,   4,  4, ATTR_IPV4,		false,	{ O,  Q,  O,  O,  Q }, "MS-Secondary-NBNS-Server" },

	{ CI,  1,   1,  W, ATTR_TEXT,		false,	{ M,  M,  O,  O,  M }, "Cisco-AVPair" },

	{ WI,  7,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  Q }, "WISPr-Bandwidth-Max-Up" },
	{ WI,  8,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  Q }, "WISPr-Bandwidth-Max-Down" },

	{ MT,  1,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  O }, "Mikrotik-Recv-Limit" },
	{ MT,  2,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  O }, "Mikrotik-Xmit-Limit" },
	{ MT,  8,   1,  W, ATTR_TEXT,		false,	{ O,  Q,  O,  O,  O }, "Mikrotik-Rate-Limit" },
	{ MT, 14,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  O }, "Mikrotik-Recv-Limit-Gigawords" },
	{ MT, 15,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  O }, "Mikrotik-Xmit-Limit-Gigawords" },
	{ MT, 17,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  O }, "Mikrotik-Total-Limit" },
	{ MT, 18,   4,  4, ATTR_U32,		false,	{ O,  Q,  O,  O,  O }, "Mikrotik-Total-Limit-Gigawords" },

	{ LT,  1,   1,  W, ATTR_TEXT,		false,	{ O,  Q,  O,  O,  Q }, "L2TPD-Group" },
	{ LT,  2,   1,  W, ATTR_TEXT,		false,	{ Q,  O,  O,  O,  Q }, "L2TPD-Client-Family" },
	{ LT,  3,   1,  W, ATTR_TEXT,		false,	{ Q,  O,  O,  O,  Q }, "L2TPD-Attempt" },
	{ LT,  4,   8,  8, ATTR_U64,		false,	{ O,  Q,  O,  O,  O }, "L2TPD-Rate-Up" },
	{ LT,  5,   8,  8, ATTR_U64,		false,	{ O,  Q,  O,  O,  O }, "L2TPD-Rate-Down" },
	{ LT,  6,   8,  8, ATTR_U64,		false,	{ O,  Q,  O,  O,  O }, "L2TPD-Quota-Up" },
	{ LT,  7,   8,  8, ATTR_U64,		false,	{ O,  Q,  O,  O,  O }, "L2TPD-Quota-Down" },
	{ LT,  8,   8,  8, ATTR_U64,		false,	{ O,  Q,  O,  O,  O }, "L2TPD-Quota-Total" },
};
/* clang-format on */

#define ROWS	(sizeof(rows) / sizeof(rows[0]))

const struct attr_row *
attr_row(size_t i)
{
	return i < ROWS ? &rows[i] : NULL;
}

const struct attr_row *
attr_find(uint32_t vendor, uint8_t type)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].vendor == vendor && rows[i].type == type)
			return &rows[i];
	return NULL;
}

const char *
attr_use_str(enum attr_use use)
{
	switch (use) {
	case ATTR_NEVER:
		return "0";
	case ATTR_MAYBE:
		return "0-1";
	case ATTR_ANY:
		return "0+";
	case ATTR_ONCE:
		return "1";
	}
	return "?";
}

struct attr_walk
attr_walk(struct rd attrs)
{
	return (struct attr_walk){ .attrs = attrs,
		.vendor = rd_make(NULL, 0), .why = DROP_NONE };
}

/*
 * Type, length with its two bytes, value.  A length below two wraps to a huge
 * one, which rd_sub() refuses (CVE-2001-1377).
 */
static bool
take(struct rd *r, uint32_t vendor, struct attr *a)
{
	uint8_t type = rd_u8(r);
	uint8_t len = rd_u8(r);

	a->vendor = vendor;
	a->type = type;
	a->value = rd_sub(r, (size_t)len - HEAD);
	a->row = attr_find(vendor, type);
	return !r->bad;
}

static bool
vendor_known(uint32_t vendor)
{
	return vendor == MS || vendor == CI || vendor == WI || vendor == MT ||
	    vendor == LT;
}

bool
attr_next(struct attr_walk *w, struct attr *a)
{
	struct rd value;

	while (w->why == DROP_NONE) {
		if (rd_left(&w->vendor) > 0) {
			if (take(&w->vendor, w->vendor_id, a))
				return true;
			w->why = DROP_RADIUS_ATTR_LENGTH;
			break;
		}
		if (rd_left(&w->attrs) == 0)
			break;
		if (!take(&w->attrs, 0, a)) {
			w->why = DROP_RADIUS_ATTR_LENGTH;
			break;
		}
		if (a->type != ATTR_VENDOR_SPECIFIC)
			return true;
		value = a->value;
		w->vendor_id = rd_u32(&value);
		if (value.bad || !vendor_known(w->vendor_id))
			return true;	/* too short ones: see attr_check() */
		w->vendor = rd_rest(&value);
		if (rd_left(&w->vendor) == 0)
			return true;
	}
	return false;
}

/* RFC 3162 §2.3: reserved, prefix length, no more bytes than it needs. */
static bool
prefix_ok(struct rd v)
{
	uint8_t reserved = rd_u8(&v);
	uint8_t bits = rd_u8(&v);

	return !v.bad && reserved == 0 && bits <= 128 &&
	    rd_left(&v) * 8 >= bits;
}

enum drop
attr_check(const struct attr *a)
{
	size_t n = rd_left(&a->value);
	bool ok = true;

	if (a->row == NULL)
		return DROP_NONE;
	if (n < a->row->min || n > a->row->max)
		return DROP_RADIUS_ATTR_VALUE;
	switch ((enum attr_kind)a->row->kind) {
	case ATTR_PASSWORD:
		ok = n % 16 == 0;
		break;
	case ATTR_SALTED:
		ok = n % 16 == 2;
		break;
	case ATTR_TAGGED_SALTED:
		ok = n % 16 == 3;
		break;
	case ATTR_PREFIX6:
		ok = prefix_ok(a->value);
		break;
	case ATTR_TEXT:
	case ATTR_OCTETS:
	case ATTR_U32:
	case ATTR_U64:
	case ATTR_IPV4:
	case ATTR_IPV6:
	case ATTR_VENDOR:
		break;
	}
	return ok ? DROP_NONE : DROP_RADIUS_ATTR_VALUE;
}

enum drop
attr_check_11(const struct attr *a)
{
	if (a->row != NULL && (a->row->kind == ATTR_PASSWORD ||
	    a->row->kind == ATTR_SALTED || a->row->kind == ATTR_TAGGED_SALTED))
		return rd_left(&a->value) > 0 ? DROP_NONE :
		    DROP_RADIUS_ATTR_VALUE;
	return attr_check(a);
}

bool
attr_get(struct rd attrs, uint32_t vendor, uint8_t type, struct attr *a)
{
	struct attr_walk w = attr_walk(attrs);

	while (attr_next(&w, a))
		if (a->vendor == vendor && a->type == type)
			return true;
	return false;
}

size_t
attr_count(struct rd attrs, uint32_t vendor, uint8_t type)
{
	struct attr_walk w = attr_walk(attrs);
	struct attr a;
	size_t n = 0;

	while (attr_next(&w, &a))
		n += a.vendor == vendor && a.type == type;
	return n;
}

static bool
use_ok(enum attr_use use, size_t n)
{
	switch (use) {
	case ATTR_NEVER:
		return n == 0;
	case ATTR_MAYBE:
		return n <= 1;
	case ATTR_ANY:
		return true;
	case ATTR_ONCE:
		return n == 1;
	}
	return false;
}

bool
attr_columns_ok(struct rd attrs, enum attr_column column,
    const struct attr_row **bad)
{
	for (size_t i = 0; i < ROWS; i++)
		if (!use_ok((enum attr_use)rows[i].use[column],
		    attr_count(attrs, rows[i].vendor, rows[i].type))) {
			*bad = &rows[i];
			return false;
		}
	*bad = NULL;
	return true;
}

uint32_t
attr_u32(const struct attr *a)
{
	struct rd v = a->value;

	return rd_u32(&v);
}

struct ipaddr
attr_addr(const struct attr *a)
{
	struct rd v = a->value;

	return ipaddr_decode(&v, rd_left(&v) == 16 ? IP_V6 : IP_V4);
}

struct ipnet
attr_prefix6(const struct attr *a)
{
	struct ipnet net = { .addr = { .family = IP_V6 } };
	struct rd v = a->value;

	rd_skip(&v, 1);
	net.bits = rd_u8(&v);
	rd_copy(&v, net.addr.b, rd_left(&v));
	net.addr = ipaddr_prefix(&net.addr, net.bits);
	return net;
}
