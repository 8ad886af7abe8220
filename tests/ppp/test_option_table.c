/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of LCP and IPCP against transcriptions of RFC 1661 §6, RFC 1662
 * §7.1, RFC 1332 §3 and RFC 1877 §1: number, Length, and what each role
 * answers.
 */

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */
#include <stdio.h>
#include <string.h>

#include "ppp/ipcp.h"
#include "ppp/lcp.h"

#define HEAD		2	/* type and length */
#define OURS		0x0a000001u
#define THEIRS		0x0a000102u
#define DNS		0x08080808u
#define WINS		0x0a000005u

/*
 * Length counts type and length as well.  Four answers for each role: to a
 * value that is liked, to one that is not ("-": all are), to a Length that is
 * wrong, and to that when Max-Failure Naks were sent.  The last words: what
 * makes the link fail if the peer rejects it, and what is suggested to a peer
 * that left it out.
 */
/* clang-format off */
static const char lcp_rfc[] =
/*			        type Length  authenticator    peer */
"Maximum-Receive-Unit              1    4  ack nak nak rej  ack nak nak rej\n"
"Async-Control-Character-Map       2    6  ack  -  nak rej  ack  -  nak rej\n"
"Authentication-Protocol           3  4-5  rej rej rej rej  ack nak nak rej must\n"
"Magic-Number                      5    6  ack nak nak rej  ack nak nak rej\n"
"Protocol-Field-Compression        7    2  ack  -  nak rej  ack  -  nak rej\n"
"Address-and-Control-Compression   8    2  ack  -  nak rej  ack  -  nak rej\n";

static const char ipcp_rfc[] =
"IP-Address                        3    6  ack nak nak nak  ack rej rej rej told\n"
"Primary-DNS-Server-Address      129    6  ack nak nak rej  rej rej rej rej\n"
"Primary-NBNS-Server-Address     130    6  ack nak nak rej  rej rej rej rej\n"
"Secondary-DNS-Server-Address    131    6  ack nak nak rej  rej rej rej rej\n"
"Secondary-NBNS-Server-Address   132    6  ack nak nak rej  rej rej rej rej\n";

struct sample {
	const char *name;
	uint8_t len;			/* bytes of the values */
	uint32_t authenticator, peer;	/* a value that each likes */
	bool choosy;			/* there are values that it does not */
	uint32_t bad;
};

static const struct sample lcp_samples[] = {
[LCP_MRU]  = { "Maximum-Receive-Unit", 2, 1400, 1400, true, 63 },
[LCP_ACCM] = { "Async-Control-Character-Map", 4, 0xa0000, 0xa0000, false, 0 },
[LCP_AUTH] = { "Authentication-Protocol", 2, 0xc023, 0xc023, true, 0xc123 },
[LCP_MAGIC] = { "Magic-Number", 4, 0x1234567, 0x1234567, true, 0 },
[LCP_PFC]  = { "Protocol-Field-Compression", 0, 0, 0, false, 0 },
[LCP_ACFC] = { "Address-and-Control-Compression", 0, 0, 0, false, 0 },
};

static const struct sample ipcp_samples[] = {
[IPCP_ADDR]  = { "IP-Address", 4, THEIRS, OURS, true, 0 },
[IPCP_DNS1]  = { "Primary-DNS-Server-Address", 4, DNS, DNS, true, 0 },
[IPCP_WINS1] = { "Primary-NBNS-Server-Address", 4, WINS, WINS, true, 0 },
[IPCP_DNS2]  = { "Secondary-DNS-Server-Address", 4, DNS + 1, DNS + 1, true, 0 },
[IPCP_WINS2] = { "Secondary-NBNS-Server-Address", 4, WINS + 1, WINS + 1, true, 0 },
};
/* clang-format on */

struct end {
	struct ppp_params params;
	struct rng rng;
	struct ppp *ppp;
};

static void
end_init(struct end *e, enum ppp_role role)
{
	struct ppp *p;

	ppp_params_default(&e->params);
	e->params.methods = PPP_PAP | PPP_MSCHAPV2;
	rng_seeded(&e->rng, 1);
	p = e->ppp = ppp_new(&e->params, role, &e->rng, NULL);
	assert_non_null(p);
	assert_true(lcp_init(p));
	p->addr.ours = ipaddr_v4(OURS);
	p->addr.peers = ipaddr_v4(THEIRS);
	p->addr.dns[0] = ipaddr_v4(DNS);
	p->addr.dns[1] = ipaddr_v4(DNS + 1);
	p->addr.wins[0] = ipaddr_v4(WINS);
	p->addr.wins[1] = ipaddr_v4(WINS + 1);
}

static void
ends_init(struct end ends[2])
{
	end_init(&ends[0], PPP_AUTHENTICATOR);
	end_init(&ends[1], PPP_PEER);
}

static void
ends_free(struct end ends[2])
{
	ppp_free(ends[0].ppp);
	ppp_free(ends[1].ppp);
}

/*
 * The answer to this one option, `len` bytes of value; only what is said of
 * that option counts.
 */
static const char *
answer(const struct ppp *p, const struct option_table *t, uint8_t type,
    size_t len, uint64_t value, bool firm)
{
	uint8_t ask[8], buf[64];
	struct wr w = wr_make(ask, sizeof(ask)), reply;
	enum option_verdict verdict;
	struct option_set want;
	struct rd said, raw;
	uint8_t of;

	wr_u8(&w, type);
	wr_u8(&w, (uint8_t)(len + HEAD));
	while (len-- > 0)
		wr_u8(&w, len < 4 ? (uint8_t)(value >> 8 * len) : 0);
	assert_false(w.bad);
	reply = wr_make(buf, sizeof(buf));
	assert_int_equal(option_judge(p, t, wr_out(&w), firm, &want, &verdict,
			     &reply), DROP_NONE);
	said = wr_out(&reply);
	while (rd_left(&said) > 0) {
		assert_int_equal(option_next(&said, &of, &raw), DROP_NONE);
		if (of == type)
			return verdict == OPTION_NAK ? "nak" : "rej";
	}
	return "ack";
}

static void
row_text(const struct option_table *t, unsigned i, const struct sample *s,
    const struct end ends[2], char *out, size_t n)
{
	const struct option_row *row = &t->row[i];
	char length[8];
	const char *most;
	uint64_t value;
	size_t at;
	unsigned e;

	snprintf(length, sizeof(length), "%d-%d", row->min + HEAD,
	    row->max + HEAD);
	most = strchr(length, '-') + 1;
	at = (size_t)snprintf(out, n, "%-31s %3d %4s", s->name, row->type,
	    row->min == row->max ? most : length);
	for (e = 0; e < 2; e++) {
		value = e == 0 ? s->authenticator : s->peer;
		at += (size_t)snprintf(out + at, n - at, "  %s %s %s %s",
		    answer(ends[e].ppp, t, row->type, s->len, value, false),
		    !s->choosy ? " - " :
		    answer(ends[e].ppp, t, row->type, s->len, s->bad, false),
		    answer(ends[e].ppp, t, row->type, row->max + 1u, value, false),
		    answer(ends[e].ppp, t, row->type, row->max + 1u, value, true));
		if (row->min > 0)
			assert_string_equal(
			    answer(ends[e].ppp, t, row->type, row->min - 1u, value,
				false),
			    answer(ends[e].ppp, t, row->type, row->max + 1u, value,
				false));
	}
	snprintf(out + at, n - at, "%s%s\n", row->must ? " must" : "",
	    row->missing != NULL && row->missing(ends[0].ppp, &value) &&
		!row->missing(ends[1].ppp, &value) ? " told" : "");
}

static void
compare(const struct option_table *t, const struct sample *samples,
    unsigned n, const char *rfc)
{
	struct end ends[2];
	char text[128];
	const char *end;
	unsigned i;

	ends_init(ends);
	assert_int_equal(t->n, n);
	for (i = 0; i < t->n; i++) {
		row_text(t, i, &samples[i], ends, text, sizeof(text));
		end = strchr(rfc, '\n');
		assert_non_null(end);
		if (strlen(text) != (size_t)(end + 1 - rfc) ||
		    memcmp(text, rfc, strlen(text)) != 0)
			fail_msg("ours %sRFC  %.*s", text, (int)(end - rfc),
			    rfc);
		rfc = end + 1;
	}
	assert_int_equal(*rfc, '\0');
	ends_free(ends);
}

static void
lcp_as_in_rfc(void **state)
{
	(void)state;
	compare(&lcp_def.table, lcp_samples,
	    sizeof(lcp_samples) / sizeof(lcp_samples[0]), lcp_rfc);
}

static void
ipcp_as_in_rfc(void **state)
{
	(void)state;
	compare(&ipcp_def.table, ipcp_samples,
	    sizeof(ipcp_samples) / sizeof(ipcp_samples[0]), ipcp_rfc);
}

/* A method of five octets, which is the only use of a Length of 5. */
static void
auth_with_algorithm(void **state)
{
	struct end ends[2];
	const struct ppp *p;

	(void)state;
	ends_init(ends);
	p = ends[1].ppp;
	assert_string_equal(answer(p, &lcp_def.table, 3, 3, 0xc22381, false),
	    "ack");
	assert_string_equal(answer(p, &lcp_def.table, 3, 3, 0xc22305, false),
	    "nak");
	ends_free(ends);
}

/* Has the transcription a row of this number?  It stands in columns 32-34. */
static bool
in_rfc(const char *rfc, unsigned type)
{
	char number[8];

	snprintf(number, sizeof(number), "%3u", type);
	for (; *rfc != '\0'; rfc = strchr(rfc, '\n') + 1)
		if (memcmp(rfc + 32, number, 3) == 0)
			return true;
	return false;
}

/* RFC 1661 §5.4: all other numbers, whatever their Length. */
static void
others_rejected(void **state)
{
	const struct option_table *t[2] = { &lcp_def.table, &ipcp_def.table };
	const char *known[2] = { lcp_rfc, ipcp_rfc };
	struct end ends[2];
	unsigned i, e, type, len, rejected = 0;

	(void)state;
	ends_init(ends);
	for (i = 0; i < 2; i++)
		for (type = 0; type < 256; type++) {
			if (in_rfc(known[i], type))
				continue;
			rejected++;
			for (e = 0; e < 2; e++)
				for (len = 0; len <= 4; len++)
					assert_string_equal(answer(ends[e].ppp,
					    t[i], (uint8_t)type, len, OURS,
					    len & 1), "rej");
		}
	assert_int_equal(rejected, 2 * 256 - 6 - 5);
	ends_free(ends);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lcp_as_in_rfc),
		cmocka_unit_test(ipcp_as_in_rfc),
		cmocka_unit_test(auth_with_algorithm),
		cmocka_unit_test(others_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
