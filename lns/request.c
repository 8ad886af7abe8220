/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts to attributes: see request.h. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lns/request.h"

#define SERVICE_FRAMED		2	/* RFC 2865 §5.6 */
#define PROTOCOL_PPP		1
#define PORT_VIRTUAL		5	/* RFC 2865 §5.41 */
#define TUNNEL_L2TP		3	/* RFC 2868 §3.1 */
#define MEDIUM_IPV4		1	/* RFC 2868 §3.2 */
#define MEDIUM_IPV6		2
#define AUTHENTIC_RADIUS	1	/* RFC 2866 §5.6 */
#define AUTHENTIC_LOCAL		2
#define EAP_PART		253	/* RFC 3579 §3.1 */
#define NT_PART			243	/* RFC 2548 §2.1.6 */
#define CPW_VERIFIER		516	/* RFC 2759 §7: encrypted password */
#define CPW_HASH		16

static void
put_text(struct radius_build *b, uint8_t type, const char *text)
{
	if (text[0] != '\0')
		radius_put_text(b, type, text);
}

static void
put_who_we_are(struct radius_build *b, const struct request_facts *f)
{
	put_text(b, ATTR_NAS_IDENTIFIER, f->nas_id);
	if (f->nas_addr.family != IP_NONE)
		radius_put_addr(b, f->nas_addr.family == IP_V4 ?
		    ATTR_NAS_IP_ADDRESS : ATTR_NAS_IPV6_ADDRESS, &f->nas_addr);
}

/* Where the subscriber is or what he dialled; a login for trial has neither. */
static void
put_end(struct radius_build *b, uint8_t type, const struct ipaddr *a)
{
	char text[IPADDR_STRLEN];

	if (a->family != IP_NONE)
		put_text(b, type, ipaddr_str(a, text));
}

static void
put_tunnel(struct radius_build *b, const struct request_facts *f)
{
	radius_put_u32(b, ATTR_TUNNEL_TYPE, TUNNEL_L2TP);
	radius_put_u32(b, ATTR_TUNNEL_MEDIUM_TYPE,
	    f->there.family == IP_V6 ? MEDIUM_IPV6 : MEDIUM_IPV4);
	put_end(b, ATTR_TUNNEL_CLIENT_ENDPOINT, &f->there);
	put_end(b, ATTR_TUNNEL_SERVER_ENDPOINT, &f->here);
}

static void
put_identity(struct radius_build *b, const struct request_facts *f)
{
	char text[24];

	radius_put(b, ATTR_USER_NAME, f->user.p, rd_left(&f->user));
	radius_put_u32(b, ATTR_SERVICE_TYPE, SERVICE_FRAMED);
	radius_put_u32(b, ATTR_FRAMED_PROTOCOL, PROTOCOL_PPP);
	put_who_we_are(b, f);
	radius_put_u32(b, ATTR_NAS_PORT, f->nas_port);
	radius_put_u32(b, ATTR_NAS_PORT_TYPE, PORT_VIRTUAL);
	put_end(b, ATTR_CALLED_STATION_ID, &f->here);
	put_end(b, ATTR_CALLING_STATION_ID, &f->there);
	put_text(b, ATTR_ACCT_SESSION_ID, f->session);
	put_tunnel(b, f);
	put_text(b, ATTR_CONNECT_INFO, f->connect_info);
	if (f->family[0] != '\0')
		radius_put_vendor(b, ATTR_L2TPD, ATTR_L2TPD_CLIENT_FAMILY,
		    f->family, strlen(f->family));
	if (f->attempt == 0)
		return;
	(void)snprintf(text, sizeof(text), "%" PRIu64, f->attempt);
	radius_put_vendor(b, ATTR_L2TPD, ATTR_L2TPD_ATTEMPT, text,
	    strlen(text));
}

/* RFC 2548 §2.3.2: ident, flags, then peer challenge, reserved, response. */
static void
put_mschapv2(struct radius_build *b, const struct ppp_auth *q)
{
	uint8_t v[2 + 48] = { q->id, 0 };

	memcpy(v + 2, q->response, 48);
	radius_put_vendor(b, ATTR_MICROSOFT, ATTR_MS_CHAP_CHALLENGE,
	    q->challenge, q->challenge_len);
	radius_put_vendor(b, ATTR_MICROSOFT, ATTR_MS_CHAP2_RESPONSE, v,
	    sizeof(v));
}

/* RFC 2548 §2.3.4 and §2.1.6: the new password goes in numbered pieces. */
static void
put_change(struct radius_build *b, const struct ppp_auth *q)
{
	struct rd r = rd_make(q->change, q->change_len);
	struct rd verifier = rd_sub(&r, CPW_VERIFIER);
	uint8_t v[2 + CPW_HASH + 16 + 8 + 24 + 2] = { 7, q->id };
	uint8_t part[4 + NT_PART];

	rd_copy(&r, v + 2, sizeof(v) - 2);
	radius_put_vendor(b, ATTR_MICROSOFT, ATTR_MS_CHAP_CHALLENGE,
	    q->challenge, q->challenge_len);
	for (uint16_t i = 1; rd_left(&verifier) > 0; i++) {
		size_t n = rd_left(&verifier) < NT_PART ?
		    rd_left(&verifier) : NT_PART;

		part[0] = 6;
		part[1] = q->id;
		part[2] = (uint8_t)(i >> 8);
		part[3] = (uint8_t)i;
		rd_copy(&verifier, part + 4, n);
		radius_put_vendor(b, ATTR_MICROSOFT, ATTR_MS_CHAP_NT_ENC_PW,
		    part, n + 4);
	}
	radius_put_vendor(b, ATTR_MICROSOFT, ATTR_MS_CHAP2_CPW, v, sizeof(v));
}

static void
put_eap(struct radius_build *b, const struct ppp_auth *q)
{
	for (size_t at = 0; at < q->eap_len; at += EAP_PART) {
		size_t n = q->eap_len - at;

		radius_put(b, ATTR_EAP_MESSAGE, q->eap + at,
		    n < EAP_PART ? n : EAP_PART);
	}
}

static void
put_method(struct radius_build *b, const struct ppp_auth *q)
{
	switch (q->method) {
	case PPP_CHAP_MD5:
		radius_put_chap(b, q->id, q->response,
		    rd_make(q->challenge, q->challenge_len));
		break;
	case PPP_MSCHAPV2:
		if (q->change_len > 0)
			put_change(b, q);
		else
			put_mschapv2(b, q);
		break;
	case PPP_EAP:
		put_eap(b, q);
		break;
	case PPP_PAP:
		break;
	}
}

void
request_access(struct radius_build *b, const struct request_facts *f,
    const struct ppp_auth *q)
{
	put_identity(b, f);
	if (f->mtu != 0)
		radius_put_u32(b, ATTR_FRAMED_MTU, f->mtu);
	put_method(b, q);
	if (rd_left(&f->state) > 0)
		radius_put(b, ATTR_STATE, f->state.p, rd_left(&f->state));
}

/* RFC 3162 §2.2 and §2.3: reserved, length, and as much as that. */
static void
put_ipv6(struct radius_build *b, const struct request_usage *u)
{
	uint8_t v[2 + 8] = { 0, 64 };
	struct wr w = wr_make(v, sizeof(v));

	if (u->prefix.family == IP_NONE)
		return;
	memcpy(v + 2, u->prefix.b, 8);
	radius_put(b, ATTR_FRAMED_IPV6_PREFIX, v, sizeof(v));
	if (u->ifid == 0)
		return;
	wr_u64(&w, u->ifid);
	radius_put(b, ATTR_FRAMED_INTERFACE_ID, v, 8);
}

/* A count of 64 bits in two attributes, RFC 2869 §5.1. */
static void
put_octets(struct radius_build *b, uint8_t low, uint8_t high, uint64_t n)
{
	radius_put_u32(b, low, (uint32_t)n);
	if (n >> 32 != 0)
		radius_put_u32(b, high, (uint32_t)(n >> 32));
}

/* Input is what came from the subscriber, RFC 2866 §5.3. */
static void
put_usage(struct radius_build *b, const struct request_usage *u)
{
	radius_put_u32(b, ATTR_ACCT_SESSION_TIME, (uint32_t)u->seconds);
	put_octets(b, ATTR_ACCT_INPUT_OCTETS, ATTR_ACCT_INPUT_GIGAWORDS,
	    u->count.rx_bytes);
	put_octets(b, ATTR_ACCT_OUTPUT_OCTETS, ATTR_ACCT_OUTPUT_GIGAWORDS,
	    u->count.tx_bytes);
	radius_put_u32(b, ATTR_ACCT_INPUT_PACKETS,
	    (uint32_t)u->count.rx_packets);
	radius_put_u32(b, ATTR_ACCT_OUTPUT_PACKETS,
	    (uint32_t)u->count.tx_packets);
}

void
request_account(struct radius_build *b, enum request_status status,
    const struct request_facts *f, const struct request_usage *u)
{
	radius_put_u32(b, ATTR_ACCT_STATUS_TYPE, status);
	put_identity(b, f);
	radius_put_u32(b, ATTR_EVENT_TIMESTAMP, (uint32_t)(f->unix_ms / 1000));
	put_text(b, ATTR_ACCT_MULTI_SESSION_ID, f->multi);
	if (u->address.family == IP_V4)
		radius_put_addr(b, ATTR_FRAMED_IP_ADDRESS, &u->address);
	put_ipv6(b, u);
	radius_put_u32(b, ATTR_ACCT_AUTHENTIC,
	    u->local ? AUTHENTIC_LOCAL : AUTHENTIC_RADIUS);
	if (status != REQUEST_START)
		put_usage(b, u);
	if (status == REQUEST_STOP && u->cause != CAUSE_NONE)
		radius_put_u32(b, ATTR_ACCT_TERMINATE_CAUSE, u->cause);
	wr_rd(&b->w, u->class_attrs);
}

void
request_account_nas(struct radius_build *b, enum request_status status,
    const struct request_facts *f)
{
	radius_put_u32(b, ATTR_ACCT_STATUS_TYPE, status);
	put_who_we_are(b, f);
	put_text(b, ATTR_ACCT_SESSION_ID, f->session);
	radius_put_u32(b, ATTR_EVENT_TIMESTAMP, (uint32_t)(f->unix_ms / 1000));
	if (status == REQUEST_OFF)
		radius_put_u32(b, ATTR_ACCT_TERMINATE_CAUSE, CAUSE_ADMIN_REBOOT);
}
