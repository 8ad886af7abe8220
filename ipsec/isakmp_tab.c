/* SPDX-License-Identifier: BSD-2-Clause */
/* Payload by message: what must, may and must not be there; and names. */

#include <stddef.h>

#include "ipsec/isakmp.h"

struct tab_row {
	uint8_t type;
	const char *name;
	const char cell[MSG_COUNT + 1];
};

/*
 * RFC 2409 §5.4 (main mode with a pre-shared key), §5.5, §5.7; RFC 3947 §3, §5.
 * R required once, o at most once, m any number, 2 none or exactly two, X not
 * allowed.  CERT and CR may come at any point of any exchange (RFC 2408 §3.9,
 * §3.10) and are not used.
 */
/* clang-format off */
static const struct tab_row isakmp_tab[] = {
/*	                     MM1..MM6 QM1-3 INFO PLAIN */
{	PL_SA,		"SA",		"RRXXXX" "RRX" "X" "X" },
{	PL_KE,		"KE",		"XXRRXX" "ooX" "X" "X" },
{	PL_ID,		"ID",		"XXXXRR" "22X" "X" "X" },
{	PL_CERT,	"CERT",		"mmmmmm" "mmm" "m" "m" },
{	PL_CR,		"CR",		"mmmmmm" "mmm" "m" "m" },
{	PL_HASH,	"HASH",		"XXXXRR" "RRR" "R" "o" },
{	PL_SIG,		"SIG",		"XXXXXX" "XXX" "X" "X" },
{	PL_NONCE,	"NONCE",	"XXRRXX" "RRX" "o" "X" },
{	PL_N,		"N",		"mmXXmm" "mmm" "m" "m" },
{	PL_D,		"D",		"XXXXXX" "XXX" "m" "m" },
{	PL_VID,		"VID",		"mmmmmm" "mmm" "m" "m" },
{	PL_NATD,	"NAT-D",	"XXmmXX" "XXX" "X" "X" },
{	PL_NATOA,	"NAT-OA",	"XXXXXX" "mmX" "X" "X" },
};

static const struct {
	uint16_t type;
	const char *name;
} notify_names[] = {
	{ 1, "INVALID-PAYLOAD-TYPE" },
	{ 2, "DOI-NOT-SUPPORTED" },
	{ 3, "SITUATION-NOT-SUPPORTED" },
	{ 4, "INVALID-COOKIE" },
	{ 5, "INVALID-MAJOR-VERSION" },
	{ 6, "INVALID-MINOR-VERSION" },
	{ 7, "INVALID-EXCHANGE-TYPE" },
	{ 8, "INVALID-FLAGS" },
	{ 9, "INVALID-MESSAGE-ID" },
	{ 10, "INVALID-PROTOCOL-ID" },
	{ 11, "INVALID-SPI" },
	{ 12, "INVALID-TRANSFORM-ID" },
	{ 13, "ATTRIBUTES-NOT-SUPPORTED" },
	{ 14, "NO-PROPOSAL-CHOSEN" },
	{ 15, "BAD-PROPOSAL-SYNTAX" },
	{ 16, "PAYLOAD-MALFORMED" },
	{ 17, "INVALID-KEY-INFORMATION" },
	{ 18, "INVALID-ID-INFORMATION" },
	{ 19, "INVALID-CERT-ENCODING" },
	{ 20, "INVALID-CERTIFICATE" },
	{ 21, "CERT-TYPE-UNSUPPORTED" },
	{ 22, "INVALID-CERT-AUTHORITY" },
	{ 23, "INVALID-HASH-INFORMATION" },
	{ 24, "AUTHENTICATION-FAILED" },
	{ 25, "INVALID-SIGNATURE" },
	{ 26, "ADDRESS-NOTIFICATION" },
	{ 27, "NOTIFY-SA-LIFETIME" },
	{ 28, "CERTIFICATE-UNAVAILABLE" },
	{ 29, "UNSUPPORTED-EXCHANGE-TYPE" },
	{ 30, "UNEQUAL-PAYLOAD-LENGTHS" },
	{ 16384, "CONNECTED" },
	{ 24576, "RESPONDER-LIFETIME" },
	{ 24577, "REPLAY-STATUS" },
	{ 24578, "INITIAL-CONTACT" },
	{ 36136, "R-U-THERE" },
	{ 36137, "R-U-THERE-ACK" },
};
/* clang-format on */

static const char *const message_names[MSG_COUNT] = {
	"MM1", "MM2", "MM3", "MM4", "MM5", "MM6", "QM1", "QM2", "QM3",
	"INFO", "INFO-PLAIN"
};

#define ROWS	(sizeof(isakmp_tab) / sizeof(isakmp_tab[0]))

static const struct tab_row *
tab_find(uint8_t type)
{
	for (size_t i = 0; i < ROWS; i++)
		if (isakmp_tab[i].type == type)
			return &isakmp_tab[i];
	return NULL;
}

char
isakmp_tab_cell(uint8_t type, enum isakmp_message m)
{
	const struct tab_row *r = tab_find(type);

	return r != NULL ? r->cell[m] : 'X';
}

uint8_t
isakmp_tab_type(unsigned row)
{
	return row < ROWS ? isakmp_tab[row].type : 0;
}

static unsigned
count_type(const struct isakmp_chain *c, uint8_t type)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->n; i++)
		n += c->pl[i].type == type;
	return n;
}

static enum drop
cell_check(char cell, unsigned n)
{
	switch (cell) {
	case 'R':
		if (n == 0)
			return DROP_IKE_PAYLOAD_MISSING;
		return n == 1 ? DROP_NONE : DROP_IKE_PAYLOAD_TWICE;
	case 'o':
		return n <= 1 ? DROP_NONE : DROP_IKE_PAYLOAD_TWICE;
	case '2':
		if (n == 1)
			return DROP_IKE_PAYLOAD_MISSING;
		return n <= 2 ? DROP_NONE : DROP_IKE_PAYLOAD_TWICE;
	case 'm':
		return DROP_NONE;
	default:
		return n == 0 ? DROP_NONE : DROP_IKE_PAYLOAD_TYPE;
	}
}

/*
 * RFC 2409 §5: "the SA payload MUST precede all other payloads" in phase 1;
 * §5.5: HASH directly after the header, SA directly after HASH.
 */
static enum drop
order_check(const struct isakmp_chain *c, enum isakmp_message m)
{
	bool hash_first = m >= MSG_QM1 && m <= MSG_INFO;

	if ((m == MSG_MM1 || m == MSG_MM2) && c->pl[0].type != PL_SA)
		return DROP_IKE_PAYLOAD_ORDER;
	if (hash_first && c->pl[0].type != PL_HASH)
		return DROP_IKE_PAYLOAD_ORDER;
	if ((m == MSG_QM1 || m == MSG_QM2) && c->pl[1].type != PL_SA)
		return DROP_IKE_PAYLOAD_ORDER;
	return DROP_NONE;
}

enum drop
isakmp_chain_check(const struct isakmp_chain *c, enum isakmp_message m)
{
	for (unsigned i = 0; i < c->n; i++)
		if (tab_find(c->pl[i].type) == NULL)
			return DROP_IKE_PAYLOAD_TYPE;
	for (size_t i = 0; i < ROWS; i++) {
		enum drop d = cell_check(isakmp_tab[i].cell[m],
		    count_type(c, isakmp_tab[i].type));

		if (d != DROP_NONE)
			return d;
	}
	return order_check(c, m);
}

const char *
isakmp_type_str(uint8_t type)
{
	const struct tab_row *r = tab_find(type);

	return r != NULL ? r->name : "?";
}

const char *
isakmp_notify_str(uint16_t type)
{
	for (size_t i = 0; i < sizeof(notify_names) / sizeof(notify_names[0]); i++)
		if (notify_names[i].type == type)
			return notify_names[i].name;
	return "?";
}

const char *
isakmp_message_str(enum isakmp_message m)
{
	return m < MSG_COUNT ? message_names[m] : "?";
}
