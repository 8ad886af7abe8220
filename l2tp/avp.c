/* SPDX-License-Identifier: BSD-2-Clause */
/* AVP table and codec: see avp.h. */

#include <stddef.h>

#include "l2tp/avp.h"

#define AVP_M		0x8000u
#define AVP_H		0x4000u
#define AVP_RSVD	0x3c00u
#define AVP_LEN_MASK	0x03ffu
#define AVP_MICROSOFT	311	/* SMI number; type 1: correlation id */
#define ANY		AVP_VALUE_MAX

#define AT(member)	offsetof(struct avp_set, member)
#define NONE		0

/*
 * RFC 2661 §4.4 for lengths and M bits, §6.1 to §6.14 for the columns.
 * Proxy values are known and skipped: PPP always authenticates (§9.5).
 */
/* clang-format off */
static const struct avp_row rows[AVP_TYPES] = {
/*							   min  max   M    shape      !0     member             SCCRQ SCCRP SCCCN StopCCN HELLO OCRQ OCRP OCCN ICRQ ICRP ICCN CDN WEN SLI */
[AVP_MESSAGE_TYPE]	     = { "Message Type",		2,   2,   'M', AVP_SKIP,  false, NONE,              "RRRRRRRRRRRRRR" },
[AVP_RESULT_CODE]	     = { "Result Code",			2,   ANY, 'M', AVP_RESULT,false, AT(result),        "XXXRXXXXXXXRXX" },
[AVP_PROTOCOL_VERSION]	     = { "Protocol Version",		2,   2,   'M', AVP_U16,   false, AT(version),       "RRXXXXXXXXXXXX" },
[AVP_FRAMING_CAPABILITIES]   = { "Framing Capabilities",	4,   4,   'M', AVP_U32,   false, AT(framing_caps),  "RRXXXXXXXXXXXX" },
[AVP_BEARER_CAPABILITIES]    = { "Bearer Capabilities",		4,   4,   'M', AVP_U32,   false, AT(bearer_caps),   "ooXXXXXXXXXXXX" },
[AVP_TIE_BREAKER]	     = { "Tie Breaker",			8,   8,   '-', AVP_U64,   false, AT(tie_breaker),   "oXXXXXXXXXXXXX" },
[AVP_FIRMWARE_REVISION]	     = { "Firmware Revision",		2,   2,   '-', AVP_U16,   false, AT(firmware),      "ooXXXXXXXXXXXX" },
[AVP_HOST_NAME]		     = { "Host Name",			1,   ANY, 'M', AVP_BYTES, false, AT(host_name),     "RRXXXXXXXXXXXX" },
[AVP_VENDOR_NAME]	     = { "Vendor Name",			0,   ANY, '-', AVP_BYTES, false, AT(vendor_name),   "ooXXXXXXXXXXXX" },
[AVP_ASSIGNED_TUNNEL_ID]     = { "Assigned Tunnel ID",		2,   2,   'M', AVP_U16,   true,  AT(tunnel_id),     "RRXRXXXXXXXXXX" },
[AVP_RECEIVE_WINDOW_SIZE]    = { "Receive Window Size",		2,   2,   'M', AVP_U16,   true,  AT(window),        "ooXXXXXXXXXXXX" },
[AVP_CHALLENGE]		     = { "Challenge",			1,   ANY, 'M', AVP_BYTES, false, AT(challenge),     "ooXXXXXXXXXXXX" },
[AVP_Q931_CAUSE_CODE]	     = { "Q.931 Cause Code",		3,   ANY, 'M', AVP_SKIP,  false, NONE,              "XXXXXXXXXXXoXX" },
[AVP_CHALLENGE_RESPONSE]     = { "Challenge Response",		16,  16,  'M', AVP_BYTES, false, AT(response),      "XooXXXXXXXXXXX" },
[AVP_ASSIGNED_SESSION_ID]    = { "Assigned Session ID",		2,   2,   'M', AVP_U16,   true,  AT(session_id),    "XXXXXRRXRRXRXX" },
[AVP_CALL_SERIAL_NUMBER]     = { "Call Serial Number",		4,   4,   'M', AVP_U32,   false, AT(serial),        "XXXXXRXXRXXXXX" },
[AVP_MINIMUM_BPS]	     = { "Minimum BPS",			4,   4,   'M', AVP_SKIP,  false, NONE,              "XXXXXRXXXXXXXX" },
[AVP_MAXIMUM_BPS]	     = { "Maximum BPS",			4,   4,   'M', AVP_SKIP,  false, NONE,              "XXXXXRXXXXXXXX" },
[AVP_BEARER_TYPE]	     = { "Bearer Type",			4,   4,   'M', AVP_U32,   false, AT(bearer_type),   "XXXXXRXXoXXXXX" },
[AVP_FRAMING_TYPE]	     = { "Framing Type",		4,   4,   'M', AVP_U32,   false, AT(framing_type),  "XXXXXRXRXXRXXX" },
[AVP_CALLED_NUMBER]	     = { "Called Number",		0,   ANY, 'M', AVP_BYTES, false, AT(called),        "XXXXXRXXoXXXXX" },
[AVP_CALLING_NUMBER]	     = { "Calling Number",		0,   ANY, 'M', AVP_BYTES, false, AT(calling),       "XXXXXXXXoXXXXX" },
[AVP_SUB_ADDRESS]	     = { "Sub-Address",			0,   ANY, 'M', AVP_BYTES, false, AT(sub_address),   "XXXXXoXXoXXXXX" },
[AVP_TX_CONNECT_SPEED]	     = { "(Tx) Connect Speed",		4,   4,   'M', AVP_U32,   false, AT(tx_speed),      "XXXXXXXRXXRXXX" },
[AVP_PHYSICAL_CHANNEL_ID]    = { "Physical Channel ID",		4,   4,   '-', AVP_U32,   false, AT(channel),       "XXXXXXoXoXXXXX" },
[AVP_INITIAL_LCP_CONFREQ]    = { "Initial Received LCP CONFREQ",0,   ANY, '-', AVP_SKIP,  false, NONE,              "XXXXXXXXXXoXXX" },
[AVP_LAST_SENT_LCP_CONFREQ]  = { "Last Sent LCP CONFREQ",	0,   ANY, '-', AVP_SKIP,  false, NONE,              "XXXXXXXXXXoXXX" },
[AVP_LAST_RECV_LCP_CONFREQ]  = { "Last Received LCP CONFREQ",	0,   ANY, '-', AVP_SKIP,  false, NONE,              "XXXXXXXXXXoXXX" },
[AVP_PROXY_AUTHEN_TYPE]	     = { "Proxy Authen Type",		2,   2,   '-', AVP_SKIP,  false, NONE,              "XXXXXXXXXXoXXX" },
[AVP_PROXY_AUTHEN_NAME]	     = { "Proxy Authen Name",		0,   ANY, '-', AVP_SKIP,  false, NONE,              "XXXXXXXXXXoXXX" },
[AVP_PROXY_AUTHEN_CHALLENGE] = { "Proxy Authen Challenge",	1,   ANY, '-', AVP_SKIP,  false, NONE,              "XXXXXXXXXXoXXX" },
[AVP_PROXY_AUTHEN_ID]	     = { "Proxy Authen ID",		2,   2,   '-', AVP_SKIP,  false, NONE,              "XXXXXXXXXXoXXX" },
[AVP_PROXY_AUTHEN_RESPONSE]  = { "Proxy Authen Response",	0,   ANY, '-', AVP_SKIP,  false, NONE,              "XXXXXXXXXXoXXX" },
[AVP_CALL_ERRORS]	     = { "Call Errors",			26,  26,  'M', AVP_SKIP,  false, NONE,              "XXXXXXXXXXXXRX" },
[AVP_ACCM]		     = { "ACCM",			10,  10,  'M', AVP_SKIP,  false, NONE,              "XXXXXXXXXXXXXR" },
[AVP_RANDOM_VECTOR]	     = { "Random Vector",		0,   ANY, 'M', AVP_SKIP,  false, NONE,              "oooooooooooooo" },
[AVP_PRIVATE_GROUP_ID]	     = { "Private Group ID",		0,   ANY, '-', AVP_SKIP,  false, NONE,              "XXXXXXXXXXoXXX" },
[AVP_RX_CONNECT_SPEED]	     = { "Rx Connect Speed",		4,   4,   '-', AVP_U32,   false, AT(rx_speed),      "XXXXXXXoXXoXXX" },
[AVP_SEQUENCING_REQUIRED]    = { "Sequencing Required",		0,   0,   'M', AVP_FLAG,  false, NONE,              "XXXXXXXoXXoXXX" },
};

/* Message types and the column each has in the table. */
static const struct { const char *name; int8_t column; } msgs[] = {
	[0]	      = { NULL,	    -1 },
	[MSG_SCCRQ]   = { "SCCRQ",   0 },
	[MSG_SCCRP]   = { "SCCRP",   1 },
	[MSG_SCCCN]   = { "SCCCN",   2 },
	[MSG_STOPCCN] = { "StopCCN", 3 },
	[MSG_HELLO]   = { "HELLO",   4 },
	[MSG_OCRQ]    = { "OCRQ",    5 },
	[MSG_OCRP]    = { "OCRP",    6 },
	[MSG_OCCN]    = { "OCCN",    7 },
	[MSG_ICRQ]    = { "ICRQ",    8 },
	[MSG_ICRP]    = { "ICRP",    9 },
	[MSG_ICCN]    = { "ICCN",   10 },
	[MSG_CDN]     = { "CDN",    11 },
	[MSG_WEN]     = { "WEN",    12 },
	[MSG_SLI]     = { "SLI",    13 },
};
/* clang-format on */

#define MSGS	(sizeof(msgs) / sizeof(msgs[0]))

const struct avp_row *
avp_row(unsigned type)
{
	if (type >= AVP_TYPES || rows[type].name == NULL)
		return NULL;
	return &rows[type];
}

const char *
avp_str(unsigned type)
{
	const struct avp_row *row = avp_row(type);

	return row != NULL ? row->name : "unknown";
}

const char *
avp_msg_str(unsigned msg)
{
	if (msg >= MSGS || msgs[msg].name == NULL)
		return "unknown";
	return msgs[msg].name;
}

char
avp_rule(unsigned msg, unsigned type)
{
	const struct avp_row *row = avp_row(type);

	if (row == NULL || msg >= MSGS || msgs[msg].name == NULL)
		return 'X';
	return row->in[msgs[msg].column];
}

/*
 * RFC 2661 §4.1.  The length counts its own six bytes, so a claimed length
 * below six wraps to a huge number and rd_sub() refuses it.
 */
enum drop
avp_next(struct rd *r, struct avp *a)
{
	uint16_t head = rd_u16(r);

	a->mandatory = (head & AVP_M) != 0;
	a->hidden = (head & AVP_H) != 0;
	a->reserved = (head & AVP_RSVD) != 0;
	a->vendor = rd_u16(r);
	a->type = rd_u16(r);
	a->value = rd_sub(r, (size_t)(head & AVP_LEN_MASK) - AVP_HEAD);
	return r->bad ? DROP_L2TP_AVP_LENGTH : DROP_NONE;
}

/*
 * RFC 2661 §4.4.2.  Apple writes the code in little-endian order into a value
 * of eight bytes, the other six being garbage; it is told from a sound one by
 * making sense only when swapped.
 */
static struct avp_result
take_result(struct rd v)
{
	size_t len = rd_left(&v);
	struct avp_result res = { .code = rd_u16(&v) };
	uint16_t swapped = (uint16_t)(res.code >> 8 | res.code << 8);

	if (len == 8 && res.code > 11 && swapped >= 1 && swapped <= 11)
		return (struct avp_result){ .code = swapped };
	if (len >= 4) {
		res.error = rd_u16(&v);
		res.text = rd_rest(&v);
	}
	return res;
}

static void *
member(struct avp_set *s, const struct avp_row *row)
{
	return (uint8_t *)s + row->at;
}

static const void *
member_const(const struct avp_set *s, const struct avp_row *row)
{
	return (const uint8_t *)s + row->at;
}

static void
take_value(const struct avp_row *row, struct rd v, struct avp_set *s)
{
	switch ((enum avp_shape)row->shape) {
	case AVP_SKIP:
	case AVP_FLAG:
		return;
	case AVP_U16:
		*(uint16_t *)member(s, row) = rd_u16(&v);
		return;
	case AVP_U32:
		*(uint32_t *)member(s, row) = rd_u32(&v);
		return;
	case AVP_U64:
		*(uint64_t *)member(s, row) = rd_u64(&v);
		return;
	case AVP_BYTES:
		*(struct rd *)member(s, row) = v;
		return;
	case AVP_RESULT:
		*(struct avp_result *)member(s, row) = take_result(v);
		return;
	}
}

enum drop
avp_take(unsigned msg, const struct avp *a, struct avp_set *s)
{
	const struct avp_row *row;
	size_t len = rd_left(&a->value);
	struct rd v = a->value;

	/* RFC 2661 §4.3: H only with a shared secret, and there is none. */
	if (a->hidden)
		return DROP_L2TP_AVP_HIDDEN;
	/* RFC 2661 §4.1: MUST be treated as an unrecognized AVP. */
	if (a->reserved)
		return DROP_L2TP_AVP_RESERVED;
	if (a->vendor == AVP_MICROSOFT && a->type == 1)
		return DROP_NONE;
	if (a->vendor != 0 || (row = avp_row(a->type)) == NULL)
		return DROP_L2TP_AVP_UNKNOWN;
	if (avp_rule(msg, a->type) == 'X' || a->type == AVP_RANDOM_VECTOR)
		return DROP_NONE;
	if (avp_has(s, a->type))
		return DROP_L2TP_AVP_TWICE;
	if (len < row->min || len > row->max)
		return DROP_L2TP_AVP_LENGTH;
	if (row->nonzero && rd_u16(&v) == 0)
		return DROP_L2TP_AVP_VALUE;
	take_value(row, a->value, s);
	s->has |= (uint64_t)1 << a->type;
	return DROP_NONE;
}

enum avp_type
avp_missing(unsigned msg, const struct avp_set *s)
{
	enum avp_type t = 0;

	while (t < AVP_TYPES && (avp_rule(msg, t) != 'R' || avp_has(s, t)))
		t++;
	return t;
}

static void
put_value(struct wr *w, const struct avp_row *row, const struct avp_set *s)
{
	const struct avp_result *res;

	switch ((enum avp_shape)row->shape) {
	case AVP_SKIP:
	case AVP_FLAG:
		return;
	case AVP_U16:
		wr_u16(w, *(const uint16_t *)member_const(s, row));
		return;
	case AVP_U32:
		wr_u32(w, *(const uint32_t *)member_const(s, row));
		return;
	case AVP_U64:
		wr_u64(w, *(const uint64_t *)member_const(s, row));
		return;
	case AVP_BYTES:
		wr_rd(w, *(const struct rd *)member_const(s, row));
		return;
	case AVP_RESULT:
		res = member_const(s, row);
		wr_u16(w, res->code);
		wr_u16(w, res->error);
		wr_rd(w, res->text);
		return;
	}
}

void
avp_put(struct wr *w, enum avp_type type, const struct avp_set *s)
{
	const struct avp_row *row = avp_row(type);
	struct wr v;
	uint8_t value[AVP_VALUE_MAX];

	v = wr_make(value, sizeof(value));
	put_value(&v, row, s);
	wr_u16(w, (uint16_t)((row->m == 'M' ? AVP_M : 0) |
	    (wr_used(&v) + AVP_HEAD)));
	wr_u16(w, 0);
	wr_u16(w, (uint16_t)type);
	wr_rd(w, wr_out(&v));
}
