/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_SPOOL_DISK_H
#define L2TPD_SPOOL_DISK_H

/*
 * DOC: the spool's directory: segment files and what is alive in them.
 *
 * Everything here may wait for the disk, so it runs on the spool's own thread,
 * or before that thread begins.  A segment is only ever appended to, by the
 * run that made it.  Segments go oldest first, when nothing in them is alive:
 * as a FORGET never stands before its STORE, none is lost that is needed.
 * When more than half of all bytes is dead, what lives in the oldest is
 * written again at the end: one segment per batch, so the work is bounded.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bound.h"
#include "base/buf.h"
#include "base/htab.h"
#include "base/pool.h"
#include "l2tpd/spool_seg.h"

#define SPOOL_SEGMENTS_MAX	1024

struct spool_params {
	int dir;		/* descriptor of the directory; taken over */
	uint64_t size;		/* bytes of files, at most (1 MB or more) */
	uint32_t entries;	/* records, at most */
};

struct spool_seg {
	uint64_t id;		/* ascending; in the file's name */
	uint64_t bytes;		/* of the file */
	uint64_t live;		/* of them, of entries that are alive */
};

struct spool_entry {		/* a record that is alive */
	uint64_t number;
	uint64_t seg;		/* number of its segment; 0: in the batch */
	uint64_t at;		/* in the file, or in the batch */
	uint32_t size;		/* bytes of the whole entry */
	bool dead;		/* forgotten while still in the batch */
};

struct spool_mark {		/* a FORGET that is not on disk yet */
	uint64_t number;
	uint64_t seg;		/* where its STORE stands; needless without */
};

struct spool_disk {
	struct spool_params params;
	uint64_t segment;	/* bytes after which a new one begins */
	struct spool_seg seg[SPOOL_SEGMENTS_MAX];	/* oldest first */
	uint32_t segs;
	int fd;			/* the last of seg, open; -1: a new one is due */
	uint64_t last_id;	/* of all segments ever seen */
	uint64_t bytes, live_bytes;
	uint32_t live;		/* records */
	struct pool index;	/* struct spool_entry */
	struct htab by_number;
	struct hash_key key;
	uint8_t *buf;		/* owned: a batch that is not written yet */
	struct wr w;		/* over buf */
	uint32_t *add;		/* owned: index handles of the batch */
	uint32_t adds;
	struct spool_mark *mark;	/* owned */
	uint32_t marks, marks_max;
	uint64_t stored, forgotten, syncs, copied, damaged, torn, lost_marks;
	int error;		/* errno of the last failure; 0: none since */
};

/* Bytes that a directory with at most so many records takes. */
size_t	spool_disk_bytes(uint32_t entries);
/*
 * Reads what is there: locks the directory, cuts a torn end off, counts what
 * is damaged.  False and one line in err; the descriptor is then closed.
 */
bool	spool_disk_open(struct spool_disk *, const struct spool_params *,
	    char *err, size_t err_size);
void	spool_disk_close(struct spool_disk *);

/* All records alive, ascending, in an array of *n that the caller frees; NULL
 * if there are none, or no memory. */
uint64_t *spool_disk_numbers(const struct spool_disk *, uint32_t *n);
/* The block of a record; its length, 0 if it cannot be read any more. */
size_t	spool_disk_read(struct spool_disk *, uint64_t number,
	    uint8_t block[SPOOL_BLOCK_MAX]);

/* Into the batch.  False: no room in it, or in the spool (error: EFBIG). */
bool	spool_disk_store(struct spool_disk *, uint64_t number, struct rd block);
void	spool_disk_forget(struct spool_disk *, uint64_t number);
/*
 * Writes and syncs the batch, then takes away what is no longer needed.  False:
 * nothing of the batch is stored (see error); FORGETs wait for the next one.
 */
bool	spool_disk_commit(struct spool_disk *);

#endif
