/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IPSEC_ESP_H
#define IPSEC_ESP_H

/*
 * DOC: ESP in transport mode (RFC 4303), over batches.
 *
 * The data path keeps one esp_in and one esp_out per SA pair.  Sealing and
 * opening take an array of packets of any SAs; each packet is worked on in
 * place.  Opening verifies in the order length, window, ICV, window commit,
 * padding, next header; nothing of the SA changes before the ICV is good.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/crypto_esp.h"
#include "base/drop.h"
#include "ipsec/replay.h"

#define ESP_HEAD	8	/* SPI and sequence number */
#define ESP_NEXT_UDP	17
#define ESP_NEXT_NONE	59	/* dummy packets, RFC 4303 §2.6 */

/* The most that sealing adds in front of and behind a payload. */
#define ESP_FRONT_MAX	(ESP_HEAD + ESP_IV_MAX)
#define ESP_BACK_MAX	(16 + 1 + ESP_ICV_MAX)

struct esp_sizes {		/* bytes; of the suite, looked up once */
	uint8_t iv, icv, block;
};

struct esp_in {			/* receiving side of an SA */
	uint32_t spi;
	struct esp_suite suite;
	struct esp_sizes size;
	struct esp_key *key;	/* owned */
	atomic_flag lock;	/* of the window; held for a few instructions */
	struct replay replay;
};

struct esp_out {		/* sending side; one thread seals */
	uint32_t spi;
	struct esp_suite suite;
	struct esp_sizes size;
	struct esp_key *key;	/* owned */
	uint32_t seq;		/* last number given out */
	_Atomic uint32_t seq_limit;	/* numbers up to here are reserved */
};

/* False: unknown suite or no memory.  Copies the keys. */
bool	esp_in_init(struct esp_in *, uint32_t spi, const struct esp_suite *,
	    const uint8_t *keymat, uint32_t window);
void	esp_in_wipe(struct esp_in *);
bool	esp_out_init(struct esp_out *, uint32_t spi, const struct esp_suite *,
	    const uint8_t *keymat, uint32_t seq, uint32_t seq_limit);
void	esp_out_wipe(struct esp_out *);

struct esp_item {
	union {
		struct esp_in *in;
		struct esp_out *out;
	} sa;
	uint8_t *p;		/* open: the SPI; seal: the payload */
	uint32_t len;		/* bytes at p */
	uint32_t back;		/* seal: free bytes behind p + len */
	uint32_t seq;		/* the packet's number, for both */
	bool advanced;		/* open: moved the window's top */
	enum drop drop;		/* DROP_NONE: good */
};

/*
 * Opens n packets.  Afterwards p and len of a good one are its payload (an
 * UDP datagram); a bad one carries its reason and is otherwise unusable.
 */
void	esp_open(struct esp_crypt *, struct esp_item *, unsigned n);

/*
 * Seals n packets, numbers rising in array order.  ESP_FRONT_MAX bytes in
 * front of p must be free.  Afterwards p and len are the ESP packet, SPI
 * first.  DROP_ESP_SEQ_USED when the reserved block is used up: the number
 * never exceeds seq_limit and never wraps.
 */
void	esp_seal(struct esp_crypt *, struct esp_item *, unsigned n);

/* The SPI of an ESP packet, 0 if it is too short to have one. */
uint32_t esp_spi(const uint8_t *p, size_t len);

/* Bytes on the wire (from SPI to ICV) for a payload of n bytes. */
size_t	esp_sealed_size(const struct esp_suite *, size_t n);
/* The largest payload whose packet is at most n bytes; 0 if there is none. */
size_t	esp_payload_fit(const struct esp_suite *, size_t n);

#endif
