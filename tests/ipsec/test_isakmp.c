/* SPDX-License-Identifier: BSD-2-Clause */
/* The codec: what others sent, the table, and what does not fit. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ipsec/isakmp.h"
#include "tests/captures/tcpdump_isakmp.h"

/* What becomes of each captured message, in their order. */
static enum drop
judge(const uint8_t *b, size_t n)
{
	struct isakmp_head h;
	struct isakmp_chain c;
	struct rd body;
	enum drop d = isakmp_head_decode(rd_make(b, n), &h, &body);

	if (d != DROP_NONE || (h.flags & ISAKMP_FLAG_E) != 0)
		return d;
	d = isakmp_chain_decode(body, h.next, false, false, &c);
	for (unsigned i = 0; d == DROP_NONE && i < c.n; i++)
		if (c.pl[i].type == PL_SA)
			d = isakmp_sa_check(c.pl[i].body);
	return d;
}

static void
tcpdump_captures(void **state)
{
	char got[4096] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(tcpdump_isakmp) /
	    sizeof(tcpdump_isakmp[0]); i++) {
		char line[128];

		(void)snprintf(line, sizeof(line), "%s %s\n",
		    tcpdump_isakmp[i].file,
		    drop_str(judge(tcpdump_isakmp[i].b, tcpdump_isakmp[i].n)));
		strcat(got, line);
	}
	assert_string_equal(got,
	    "isakmp4500.pcap none\n"
	    "isakmp4500.pcap none\n"
	    "isakmp4500.pcap none\n"
	    "isakmp4500.pcap none\n"
	    "isakmp4500.pcap none\n"
	    "isakmp4500.pcap none\n"
	    "isakmp4500.pcap none\n"
	    "isakmp4500.pcap none\n"
	    "isakmp4500.pcap none\n"
	    "isakmp4500.pcap none\n"
	    "ISAKMP_sa_setup.pcap none\n"
	    "ISAKMP_sa_setup.pcap none\n"
	    "ISAKMP_sa_setup.pcap ike-payload-type\n"
	    "ISAKMP_sa_setup.pcap ike-payload-type\n"
	    "ISAKMP_sa_setup.pcap none\n"
	    "ISAKMP_sa_setup.pcap none\n"
	    "ISAKMP_sa_setup.pcap none\n"
	    "ISAKMP_sa_setup.pcap none\n"
	    "ISAKMP_sa_setup.pcap none\n"
	    "isakmp-delete-segfault.pcap ike-length\n"
	    "isakmp-identification-segfault.pcap none\n"
	    "isakmp-ikev1_n_print-oobr.pcap ike-length\n"
	    "isakmp-ikev1_n_print-oobr.pcap ike-length\n"
	    "isakmp-no-none-np.pcapng ike-length\n"
	    "isakmp-pointer-loop.pcap ike-length\n"
	    "isakmp-various-oobr.pcap ike-length\n"
	    "isakmpv1-attr-oobr.pcap ike-length\n"
	    "ikev1_id_ipv6_addr_subnet-oobr.pcap ike-length\n");
}

/*
 * RFC 2409 §5.4, §5.5, §5.7 and RFC 3947, written down from the RFCs' own
 * diagrams and not from the table: Main Mode with a pre-shared key.
 */
static const char transcript[] =
    "MM1: SA\n"
    "MM2: SA\n"
    "MM3: KE NONCE\n"
    "MM4: KE NONCE\n"
    "MM5: ID HASH\n"
    "MM6: ID HASH\n"
    "QM1: SA [KE] [ID ID] HASH NONCE\n"
    "QM2: SA [KE] [ID ID] HASH NONCE\n"
    "QM3: HASH\n"
    "INFO: HASH\n"
    "INFO-PLAIN:\n";

static void
table_as_in_the_rfc(void **state)
{
	char got[1024] = "";

	(void)state;
	for (int m = 0; m < MSG_COUNT; m++) {
		uint8_t type;

		strcat(got, isakmp_message_str((enum isakmp_message)m));
		strcat(got, ":");
		for (unsigned r = 0; (type = isakmp_tab_type(r)) != 0; r++) {
			char cell = isakmp_tab_cell(type,
			    (enum isakmp_message)m);
			const char *name = isakmp_type_str(type);
			char word[32];

			if (cell == 'R')
				(void)snprintf(word, sizeof(word), " %s", name);
			else if (cell == '2')
				(void)snprintf(word, sizeof(word), " [%s %s]",
				    name, name);
			else if (cell == 'o' && type == PL_KE)
				(void)snprintf(word, sizeof(word), " [%s]",
				    name);
			else
				continue;
			strcat(got, word);
		}
		strcat(got, "\n");
	}
	assert_string_equal(got, transcript);
}

static void
names(void **state)
{
	(void)state;
	assert_string_equal(isakmp_notify_str(14), "NO-PROPOSAL-CHOSEN");
	assert_string_equal(isakmp_notify_str(36136), "R-U-THERE");
	assert_string_equal(isakmp_notify_str(31), "?");
	assert_string_equal(isakmp_type_str(PL_NATOA), "NAT-OA");
	assert_string_equal(isakmp_type_str(99), "?");
	assert_string_equal(isakmp_message_str(MSG_QM2), "QM2");
	assert_string_equal(isakmp_message_str(MSG_COUNT), "?");
	assert_int_equal(isakmp_tab_cell(99, MSG_MM1), 'X');
}

/* Written and read again: the same. */
static void
round_trip(void **state)
{
	static const uint8_t spi[4] = { 1, 2, 3, 4 }, data[3] = { 9, 8, 7 };
	struct isakmp_head h = { .cky_i = "abcdefg", .cky_r = "hijklmn",
		.xchg = XCHG_INFO, .flags = 0, .msgid = 0xdeadbeef };
	struct isakmp_n n = { .doi = 1, .proto = PROTO_ESP, .type = 14,
		.spi = rd_make(spi, 4), .data = rd_make(data, 3) };
	struct isakmp_n m;
	struct isakmp_head g;
	struct isakmp_chain c;
	struct isakmp_out o;
	struct rd msg, body;
	uint8_t buf[128];

	(void)state;
	isakmp_out_init(&o, buf, sizeof(buf), &h);
	isakmp_n_encode(&o, &n);
	isakmp_out_add(&o, PL_VID, rd_make(data, 3));
	msg = isakmp_out_done(&o);
	assert_false(msg.bad);
	assert_int_equal(rd_left(&msg), 28 + 4 + 8 + 4 + 3 + 4 + 3);
	assert_int_equal(isakmp_head_decode(msg, &g, &body), DROP_NONE);
	assert_memory_equal(g.cky_i, h.cky_i, 8);
	assert_memory_equal(g.cky_r, h.cky_r, 8);
	assert_int_equal(g.msgid, 0xdeadbeef);
	assert_int_equal(isakmp_chain_decode(body, g.next, false, false, &c),
	    DROP_NONE);
	assert_int_equal(c.n, 2);
	assert_int_equal(isakmp_chain_check(&c, MSG_INFO_PLAIN), DROP_NONE);
	assert_int_equal(isakmp_chain_check(&c, MSG_INFO),
	    DROP_IKE_PAYLOAD_MISSING);
	assert_int_equal(isakmp_n_decode(c.pl[0].body, &m), DROP_NONE);
	assert_int_equal(m.type, 14);
	assert_true(rd_eq(m.spi, spi, 4));
	assert_true(rd_eq(m.data, data, 3));
	for (size_t cap = 0; cap < rd_left(&msg); cap++) {
		isakmp_out_init(&o, buf, cap, &h);
		isakmp_n_encode(&o, &n);
		isakmp_out_add(&o, PL_VID, rd_make(data, 3));
		assert_true(isakmp_out_done(&o).bad);
	}
}

static void
order(void **state)
{
	struct isakmp_chain c = { .n = 2 };

	(void)state;
	c.pl[0].type = PL_VID;
	c.pl[1].type = PL_SA;
	assert_int_equal(isakmp_chain_check(&c, MSG_MM1),
	    DROP_IKE_PAYLOAD_ORDER);
	c.n = 3;
	c.pl[0].type = PL_SA;
	c.pl[1].type = PL_HASH;
	c.pl[2].type = PL_NONCE;
	assert_int_equal(isakmp_chain_check(&c, MSG_QM1),
	    DROP_IKE_PAYLOAD_ORDER);
	c.pl[0].type = PL_HASH;
	c.pl[1].type = PL_NONCE;
	c.pl[2].type = PL_SA;
	assert_int_equal(isakmp_chain_check(&c, MSG_QM1),
	    DROP_IKE_PAYLOAD_ORDER);
	c.pl[1].type = PL_SA;
	c.pl[2].type = PL_NONCE;
	assert_int_equal(isakmp_chain_check(&c, MSG_QM1), DROP_NONE);
	c.pl[2].type = PL_SIG;
	assert_int_equal(isakmp_chain_check(&c, MSG_QM1),
	    DROP_IKE_PAYLOAD_TYPE);
	c.pl[2].type = 77;
	assert_int_equal(isakmp_chain_check(&c, MSG_QM1),
	    DROP_IKE_PAYLOAD_TYPE);
}

static void
identities(void **state)
{
	uint8_t b[24] = { 1, 17, 0x06, 0xa5, 10, 0, 0, 2 };
	struct isakmp_id id;

	(void)state;
	assert_int_equal(isakmp_id_decode(rd_make(b, 8), &id), DROP_NONE);
	assert_int_equal(id.port, 1701);
	for (size_t n = 0; n < 24; n++)
		if (n != 8)
			assert_int_equal(isakmp_id_decode(rd_make(b, n), &id),
			    DROP_IKE_ID);
	b[0] = 5;
	for (size_t n = 0; n < 24; n++)
		assert_int_equal(isakmp_id_decode(rd_make(b, n), &id),
		    n == 20 ? DROP_NONE : DROP_IKE_ID);
	b[0] = 11;
	assert_int_equal(isakmp_id_decode(rd_make(b, 4), &id), DROP_IKE_ID);
	assert_int_equal(isakmp_id_decode(rd_make(b, 5), &id), DROP_NONE);
}

static void
nat_oa(void **state)
{
	static const uint8_t b[20] = { 1, 0, 0, 0, 192, 0, 2, 1 };
	struct ipaddr a;
	uint8_t c[20] = { 5 };

	(void)state;
	assert_int_equal(isakmp_natoa_decode(rd_make(b, 8), &a), DROP_NONE);
	assert_int_equal(ipaddr_as_v4(&a), 0xc0000201);
	assert_int_equal(isakmp_natoa_decode(rd_make(b, 9), &a), DROP_IKE_ID);
	assert_int_equal(isakmp_natoa_decode(rd_make(b, 7), &a), DROP_IKE_ID);
	assert_int_equal(isakmp_natoa_decode(rd_make(c, 20), &a), DROP_NONE);
	assert_int_equal(a.family, IP_V6);
	c[0] = 2;
	assert_int_equal(isakmp_natoa_decode(rd_make(c, 20), &a), DROP_IKE_ID);
	assert_int_equal(isakmp_natoa_decode(rd_make(c, 0), &a), DROP_IKE_ID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcpdump_captures),
		cmocka_unit_test(table_as_in_the_rfc),
		cmocka_unit_test(names),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(order),
		cmocka_unit_test(identities),
		cmocka_unit_test(nat_oa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
