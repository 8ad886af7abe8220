/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Captures of Wireshark with their keys, opened by our engines.  They are
 * Wireshark's (GPL-2+), so they do not stand here: wireshark_hex.py makes
 * them at test time and ISAKMP_CAPTURES says where; without it these skip.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipsec/esp.h"
#include "ipsec/ike_int.h"

#define LINE_MAX_BYTES	8192
#define LINES_MAX	32

struct lines {
	unsigned n;
	size_t len[LINES_MAX];
	uint8_t b[LINES_MAX][2048];
};

/* Bytes of the hex digits, spaces left out. */
static size_t
unhex(const char *s, uint8_t *out, size_t max)
{
	size_t n = 0;
	unsigned v;

	for (; *s != '\0' && *s != '\n'; s++) {
		if (*s == ' ')
			continue;
		assert_true(n < max);
		assert_int_equal(sscanf(s++, "%2x", &v), 1);
		out[n++] = (uint8_t)v;
	}
	return n;
}

static void
lines_read(const char *name, struct lines *l)
{
	static char line[LINE_MAX_BYTES];
	const char *dir = getenv("ISAKMP_CAPTURES");
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s.hex",
	    dir != NULL ? dir : "tests/captures", name);
	f = fopen(path, "r");
	if (f == NULL) {
		print_message("no %s.hex: ISAKMP_CAPTURES is not set\n", name);
		skip();
	}
	l->n = 0;
	while (l->n < LINES_MAX && fgets(line, sizeof(line), f) != NULL) {
		l->len[l->n] = unhex(line, l->b[l->n], sizeof(l->b[0]));
		l->n++;
	}
	(void)fclose(f);
}

/*
 * esp-bug-12671: AES-CBC-128 and HMAC-SHA1-96, both ways, numbers 1 to 3.  It
 * is tunnel mode, so each packet passes window, ICV and padding and is then
 * refused for what it carries; one bit less and it is the ICV that refuses.
 */
static void
wireshark_12671(void **state)
{
	static const struct esp_suite suite = { ESP_ENC_AES_CBC, ESP_AUTH_SHA1,
		128 };
	static const uint8_t seed[16] = { 1 };
	static struct lines l;
	struct esp_crypt *c;
	struct esp_in in[2];

	(void)state;
	lines_read("wireshark-12671", &l);
	c = esp_crypt_new(ESP_ENGINE_AUTO, seed);
	assert_non_null(c);
	assert_int_equal(l.n, 6);
	for (unsigned i = 0; i < 2; i++)
		assert_true(esp_in_init(&in[i], esp_spi(l.b[i] + 36, 4),
		    &suite, l.b[i], 64));
	for (unsigned i = 0; i < 6; i++) {
		uint8_t bad[2048];
		struct esp_item it = { .sa.in = &in[i % 2], .p = bad,
			.len = (uint32_t)l.len[i] - 36 };

		memcpy(bad, l.b[i] + 36, it.len);
		bad[it.len - 1] ^= 1;
		esp_open(c, &it, 1);
		assert_int_equal(it.drop, DROP_ESP_ICV);
		it = (struct esp_item){ .sa.in = &in[i % 2],
			.p = l.b[i] + 36, .len = (uint32_t)l.len[i] - 36 };
		esp_open(c, &it, 1);
		assert_int_equal(it.drop, DROP_ESP_NEXT_HEADER);
		assert_int_equal(it.seq, i / 2 + 1);
		assert_int_equal(in[i % 2].replay.top, i / 2 + 1);
	}
	esp_in_wipe(&in[0]);
	esp_in_wipe(&in[1]);
	esp_crypt_free(c);
}

static struct rd
payload(const struct lines *l, unsigned at, uint8_t type)
{
	static struct isakmp_chain c;
	const struct isakmp_pl *pl;
	struct isakmp_head h;
	struct rd body;

	assert_int_equal(isakmp_head_decode(rd_make(l->b[at], l->len[at]), &h,
	    &body), DROP_NONE);
	assert_int_equal(isakmp_chain_decode(body, h.next, false, false, &c),
	    DROP_NONE);
	pl = isakmp_chain_find(&c, type, NULL);
	assert_non_null(pl);
	return pl->body;
}

/*
 * ikev1-bug-12620: aggressive mode whose third message is in clear whatever
 * its flag says, so that the first IV is that of the public values; then an
 * informational under AES-256.
 */
static void
wireshark_12620(void **state)
{
	static struct lines l;
	static uint8_t plain[IKE_PLAIN_MAX];
	static struct isakmp_chain c;
	struct isakmp_head h;
	struct rd body, text, gxi, gxr;
	unsigned fits = 0;

	(void)state;
	lines_read("wireshark-12620", &l);
	assert_true(l.n > 4);
	gxi = payload(&l, 1, PL_KE);
	gxr = payload(&l, 2, PL_KE);
	assert_int_equal(isakmp_head_decode(rd_make(l.b[4], l.len[4]), &h,
	    &body), DROP_NONE);
	assert_int_equal(h.xchg, XCHG_INFO);
	assert_int_equal(h.flags, ISAKMP_FLAG_E);
	/* The IVs are of the hash agreed: one of all gives a sound chain. */
	for (int hash = HASH_MD5; hash <= HASH_SHA512; hash++) {
		struct ike_keys k = { .hash = (uint8_t)hash,
			.cipher = CIPHER_AES256 };
		uint8_t iv[CIPHER_BLOCK_MAX];

		assert_true(ike_keys_iv(&k, gxi, gxr));
		assert_true(ike_keys_p2_iv((enum hash_alg)hash, CIPHER_AES256,
		    k.iv, h.msgid, iv));
		text = ike_keys_open(CIPHER_AES256, l.b[0], iv, body, plain);
		assert_false(text.bad);
		if (isakmp_chain_decode(text, h.next, false, true, &c) !=
		    DROP_NONE)
			continue;
		fits++;
		assert_int_equal(isakmp_chain_check(&c, MSG_INFO), DROP_NONE);
		assert_int_equal(rd_left(&c.pl[0].body),
		    hash_size((enum hash_alg)hash));
	}
	assert_int_equal(fits, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wireshark_12671),
		cmocka_unit_test(wireshark_12620),
	};

	(void)crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
