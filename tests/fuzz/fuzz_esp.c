/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ESP from the network: the first byte chooses suite and way, the rest is
 *	even	a packet as a stranger may send it, or
 *	odd	a text (payload, padding, next header) that a peer with the
 *		right keys may send: it is sealed first.
 * Nothing is ever delivered twice, and what is delivered lies inside.
 */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ipsec/esp.h"

#define SPI	0xd1234567u	/* of the captured packets among the seeds */
#define PKT_MAX	4096

static const struct esp_suite suites[] = {
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA1, 256 },
	{ ESP_ENC_AES_CBC, ESP_AUTH_SHA256, 128 },
	{ ESP_ENC_3DES, ESP_AUTH_SHA1, 192 },
	{ ESP_ENC_AES_GCM16, ESP_AUTH_NONE, 128 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
key_material(uint8_t k[ESP_KEYMAT_MAX])
{
	static const uint8_t cipher[32] = {
		0xaa, 0xaa, 0xbb, 0xbb, 0xcc, 0xcc, 0xdd, 0xdd,
		0x40, 0x43, 0x43, 0x45, 0x45, 0x46, 0x46, 0x49,
		0x49, 0x4a, 0x4a, 0x4c, 0x4c, 0x4f, 0x4f, 0x51,
		0x51, 0x52, 0x52, 0x54, 0x54, 0x57, 0x57, 0x58,
	};

	memcpy(k, cipher, sizeof(cipher));
	for (size_t i = 32; i < ESP_KEYMAT_MAX; i++)
		k[i] = i % 2 == 0 ? 0x87 : 0x65;
}

/* Puts SPI, number 1 and IV before the text and seals all of it. */
static uint32_t
seal_text(struct esp_crypt *c, const struct esp_in *sa, struct rd text,
    uint8_t out[PKT_MAX])
{
	struct wr w = wr_make(out, PKT_MAX);
	struct esp_job job = { .key = sa->key, .head = out,
	    .text_len = (uint32_t)rd_left(&text) };

	wr_u32(&w, SPI);
	wr_u32(&w, 1);
	wr_zero(&w, sa->size.iv);
	wr_rd(&w, text);
	wr_zero(&w, sa->size.icv);
	if (w.bad)
		return 0;
	esp_crypt_seal(c, &job, 1);
	return job.ok ? (uint32_t)wr_used(&w) : 0;
}

static void
open_twice(struct esp_crypt *c, struct esp_in *sa, const uint8_t *p, size_t n)
{
	uint32_t top = 0;

	for (int i = 0; i < 2; i++) {
		uint8_t *copy = malloc(n > 0 ? n : 1);
		struct esp_item it = { .sa.in = sa, .p = copy,
		    .len = (uint32_t)n };

		if (copy == NULL)
			abort();
		if (n > 0)
			memcpy(copy, p, n);
		esp_open(c, &it, 1);
		if (it.drop == DROP_NONE && (i > 0 || it.p < copy ||
		    it.p + it.len > copy + n))
			abort();
		if (it.drop == DROP_ESP_ICV && memcmp(copy, p, n) != 0)
			abort();
		if (i > 0 && sa->replay.top != top)
			abort();
		top = sa->replay.top;
		free(copy);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t seed[16] = { 1 };
	uint8_t keymat[ESP_KEYMAT_MAX], pkt[PKT_MAX];
	struct rd r = rd_make(data, size);
	uint8_t how = rd_u8(&r);
	struct esp_crypt *c = esp_crypt_new(ESP_ENGINE_AUTO, seed);
	struct esp_in sa;

	key_material(keymat);
	if (c == NULL || !esp_in_init(&sa, SPI, &suites[how / 2 % 4], keymat,
	    64))
		abort();
	if (how % 2 == 0)
		open_twice(c, &sa, r.p, rd_left(&r));
	else
		open_twice(c, &sa, pkt, seal_text(c, &sa, r, pkt));
	esp_in_wipe(&sa);
	esp_crypt_free(c);
	return 0;
}
