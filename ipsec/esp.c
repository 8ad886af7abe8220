/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ESP packets in transport mode (RFC 4303): see esp.h.
 *
 *	 0         4         8            8+iv                        -icv
 *	| SPI     | number  | IV         | payload | padding | n | nh | ICV |
 *	|<- head ---------->|            |<------ text ------------->|
 */

#include <string.h>

#include "base/buf.h"
#include "ipsec/esp.h"

#define BATCH		256	/* packets given to the cipher at a time */
#define TRAILER		2	/* pad length and next header */

static struct esp_sizes
sizes(const struct esp_suite *s)
{
	return (struct esp_sizes){
		.iv = (uint8_t)esp_suite_iv(s),
		.icv = (uint8_t)esp_suite_icv(s),
		.block = (uint8_t)esp_suite_block(s),
	};
}

bool
esp_in_init(struct esp_in *sa, uint32_t spi, const struct esp_suite *suite,
    const uint8_t *keymat, uint32_t window)
{
	sa->spi = spi;
	sa->suite = *suite;
	sa->size = sizes(suite);
	sa->key = esp_key_new(suite, keymat);
	atomic_flag_clear(&sa->lock);
	replay_init(&sa->replay, window);
	return sa->key != NULL;
}

void
esp_in_wipe(struct esp_in *sa)
{
	esp_key_free(sa->key);
	sa->key = NULL;
}

bool
esp_out_init(struct esp_out *sa, uint32_t spi, const struct esp_suite *suite,
    const uint8_t *keymat, uint32_t seq, uint32_t seq_limit)
{
	sa->spi = spi;
	sa->suite = *suite;
	sa->size = sizes(suite);
	sa->key = esp_key_new(suite, keymat);
	sa->seq = seq;
	atomic_init(&sa->seq_limit, seq_limit);
	return sa->key != NULL;
}

void
esp_out_wipe(struct esp_out *sa)
{
	esp_key_free(sa->key);
	sa->key = NULL;
}

uint32_t
esp_spi(const uint8_t *p, size_t len)
{
	struct rd r = rd_make(p, len);

	return rd_u32(&r);
}

/*
 * Everything that can be told before the ICV is computed: lengths, SPI, and
 * whether the number can be new (RFC 4303 §3.4.2, §3.4.3).
 */
static enum drop
check_head(struct esp_item *it, struct esp_job *job)
{
	struct esp_in *sa = it->sa.in;
	uint32_t around = ESP_HEAD + sa->size.iv + sa->size.icv;
	struct rd r = rd_make(it->p, it->len);

	if (it->len < around + sa->size.block)
		return DROP_ESP_SHORT;
	if (rd_u32(&r) != sa->spi)
		return DROP_ESP_SPI;
	it->seq = rd_u32(&r);
	job->key = sa->key;
	job->head = it->p;
	job->text_len = it->len - around;
	if (job->text_len % sa->size.block != 0)
		return DROP_ESP_LENGTH;
	if (!replay_check(&sa->replay, it->seq))
		return DROP_ESP_REPLAY;
	return DROP_NONE;
}

static bool
commit(struct esp_item *it)
{
	struct esp_in *sa = it->sa.in;
	bool ok;

	while (atomic_flag_test_and_set_explicit(&sa->lock,
	    memory_order_acquire))
		;	/* held for a few instructions by another worker */
	ok = replay_accept(&sa->replay, it->seq, &it->advanced);
	atomic_flag_clear_explicit(&sa->lock, memory_order_release);
	return ok;
}

/*
 * RFC 4303 §2.4: the padding is 1, 2, 3 ... and §2.6: next header 59 marks a
 * dummy.  Leaves p and len at the payload.
 */
static enum drop
check_tail(struct esp_item *it, uint32_t text_len)
{
	struct wr w = wr_make(it->p, it->len);
	struct rd text, pad;
	size_t pad_len;
	uint8_t next;

	(void)wr_room(&w, ESP_HEAD + it->sa.in->size.iv);
	it->p = wr_room(&w, text_len);
	text = rd_make(it->p, text_len);
	rd_skip(&text, text_len - TRAILER);
	pad_len = rd_u8(&text);
	next = rd_u8(&text);
	if (pad_len + TRAILER > text_len)
		return DROP_ESP_PAD;
	it->len = text_len - (uint32_t)(pad_len + TRAILER);
	pad = rd_make(it->p, text_len);
	rd_skip(&pad, it->len);
	for (size_t want = 1; want <= pad_len; want++) {
		if (rd_u8(&pad) != want)
			return DROP_ESP_PAD;
	}
	if (next == ESP_NEXT_NONE)
		return DROP_ESP_DUMMY;
	return next == ESP_NEXT_UDP ? DROP_NONE : DROP_ESP_NEXT_HEADER;
}

static void
open_batch(struct esp_crypt *c, struct esp_item *it, unsigned n)
{
	struct esp_job job[BATCH];
	uint8_t who[BATCH];
	unsigned jobs = 0;

	for (unsigned i = 0; i < n; i++) {
		it[i].advanced = false;
		it[i].drop = check_head(&it[i], &job[jobs]);
		if (it[i].drop == DROP_NONE)
			who[jobs++] = (uint8_t)i;
	}
	esp_crypt_open(c, job, jobs);
	for (unsigned i = 0; i < jobs; i++) {
		struct esp_item *one = &it[who[i]];

		if (!job[i].ok)
			one->drop = DROP_ESP_ICV;
		else if (!commit(one))
			one->drop = DROP_ESP_REPLAY;
		else
			one->drop = check_tail(one, job[i].text_len);
	}
}

void
esp_open(struct esp_crypt *c, struct esp_item *it, unsigned n)
{
	for (unsigned at = 0; at < n; at += BATCH)
		open_batch(c, &it[at], n - at < BATCH ? n - at : BATCH);
}

/* Bytes of payload, padding and trailer for a payload of n bytes. */
static size_t
text_size(size_t n, size_t block)
{
	return (n + TRAILER + block - 1) / block * block;
}

size_t
esp_sealed_size(const struct esp_suite *suite, size_t n)
{
	struct esp_sizes s = sizes(suite);

	return ESP_HEAD + s.iv + text_size(n, s.block) + s.icv;
}

size_t
esp_payload_fit(const struct esp_suite *suite, size_t n)
{
	struct esp_sizes s = sizes(suite);
	size_t around = (size_t)ESP_HEAD + s.iv + s.icv;

	if (n < around + s.block)
		return 0;
	return (n - around) / s.block * s.block - TRAILER;
}

/*
 * Writes everything around the payload but IV and ICV.  The number is taken
 * only when nothing else can stop the packet, so that none is skipped.
 */
static enum drop
frame(struct esp_item *it, struct esp_job *job)
{
	struct esp_out *sa = it->sa.out;
	size_t front = (size_t)ESP_HEAD + sa->size.iv;
	size_t icv = sa->size.icv;
	size_t text, pad;
	struct wr w;

	if (sa->key == NULL)
		return DROP_ESP_NO_SA;
	text = text_size(it->len, sa->size.block);
	pad = text - it->len - TRAILER;
	if (it->back < pad + TRAILER + icv || text > UINT16_MAX)
		return DROP_ESP_ROOM;
	if (sa->seq >= atomic_load_explicit(&sa->seq_limit,
	    memory_order_relaxed))
		return DROP_ESP_SEQ_USED;
	it->seq = ++sa->seq;
	it->p -= front;		/* the room that esp.h asks for */
	job->key = sa->key;
	job->head = it->p;
	job->text_len = (uint32_t)text;
	w = wr_make(it->p, front + text + icv);
	wr_u32(&w, sa->spi);
	wr_u32(&w, it->seq);
	(void)wr_room(&w, front - ESP_HEAD + it->len);
	for (size_t i = 1; i <= pad; i++)
		wr_u8(&w, (uint8_t)i);
	wr_u8(&w, (uint8_t)pad);
	wr_u8(&w, ESP_NEXT_UDP);
	it->len = (uint32_t)(front + text + icv);
	return DROP_NONE;
}

static void
seal_batch(struct esp_crypt *c, struct esp_item *it, unsigned n)
{
	struct esp_job job[BATCH];
	uint8_t who[BATCH];
	unsigned jobs = 0;

	for (unsigned i = 0; i < n; i++) {
		it[i].drop = frame(&it[i], &job[jobs]);
		if (it[i].drop == DROP_NONE)
			who[jobs++] = (uint8_t)i;
	}
	esp_crypt_seal(c, job, jobs);
	for (unsigned i = 0; i < jobs; i++) {
		if (!job[i].ok)
			it[who[i]].drop = DROP_ESP_NO_SA;
	}
}

void
esp_seal(struct esp_crypt *c, struct esp_item *it, unsigned n)
{
	for (unsigned at = 0; at < n; at += BATCH)
		seal_batch(c, &it[at], n - at < BATCH ? n - at : BATCH);
}
