/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_HEAP_H
#define TESTS_HEAP_H

/*
 * DOC: how many bytes the process has asked the allocator for and not given
 * back, libraries included: what a bound (base/bound.h) must come to.  Counted
 * by the sanitizer's hooks where there is one, else by functions of our own
 * around those of libc.  For one file of a program.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bound.h"

#define HEAP_PIECES	65536	/* at once; a power of two */

/* The thread sanitizer does not tell of aligned_alloc(). */
#ifdef __SANITIZE_THREAD__
#define HEAP_NO_ALIGNED	1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HEAP_NO_ALIGNED	1
#endif
#endif
#ifndef HEAP_NO_ALIGNED
#define HEAP_NO_ALIGNED	0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HEAP_HOOKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HEAP_HOOKS 1
#endif
#endif

struct heap_piece {
	uintptr_t at;		/* 0: free, 1: was used */
	size_t n;
};

static struct {
	atomic_flag lock;
	bool on;
	bool full;
	size_t live;		/* bytes */
	struct heap_piece v[HEAP_PIECES];
} heap = { .lock = ATOMIC_FLAG_INIT };

static inline void
heap_got(uintptr_t at, size_t n)
{
	size_t i = at / 16 % HEAP_PIECES, tries = 0;

	if (!heap.on || at == 0)
		return;
	while (atomic_flag_test_and_set(&heap.lock))
		;
	while (heap.v[i].at > 1 && tries++ < HEAP_PIECES)
		i = (i + 1) % HEAP_PIECES;
	if (heap.v[i].at > 1) {
		heap.full = true;
	} else {
		heap.v[i] = (struct heap_piece){ at, n };
		heap.live += n;
	}
	atomic_flag_clear(&heap.lock);
}

static inline void
heap_gave(uintptr_t at)
{
	size_t i = at / 16 % HEAP_PIECES, tries = 0;

	if (!heap.on || at == 0)
		return;
	while (atomic_flag_test_and_set(&heap.lock))
		;
	while (heap.v[i].at != 0 && heap.v[i].at != at &&
	    tries++ < HEAP_PIECES)
		i = (i + 1) % HEAP_PIECES;
	if (heap.v[i].at == at) {
		heap.live -= heap.v[i].n;
		heap.v[i].at = 1;
	}
	atomic_flag_clear(&heap.lock);
}

#ifdef HEAP_HOOKS
int	__sanitizer_install_malloc_and_free_hooks(
	    void (*)(const volatile void *, size_t),
	    void (*)(const volatile void *));

static void
heap_on_malloc(const volatile void *p, size_t n)
{
	heap_got((uintptr_t)p, n);
}

static void
heap_on_free(const volatile void *p)
{
	heap_gave((uintptr_t)p);
}

static inline void
heap_hook(void)
{
	static bool done;

	if (!done)
		assert_true(__sanitizer_install_malloc_and_free_hooks(
		    heap_on_malloc, heap_on_free) > 0);
	done = true;
}
#else
void	*__libc_malloc(size_t);
void	*__libc_calloc(size_t, size_t);
void	*__libc_realloc(void *, size_t);
void	*__libc_memalign(size_t, size_t);
void	 __libc_free(void *);
void	*malloc(size_t);
void	*calloc(size_t, size_t);
void	*realloc(void *, size_t);
void	*aligned_alloc(size_t, size_t);
void	 free(void *);

void *
malloc(size_t n)
{
	void *p = __libc_malloc(n);

	heap_got((uintptr_t)p, n);
	return p;
}

void *
calloc(size_t n, size_t size)
{
	void *p = __libc_calloc(n, size);

	heap_got((uintptr_t)p, n * size);
	return p;
}

void *
realloc(void *old, size_t n)
{
	uintptr_t was = (uintptr_t)old;
	void *p = __libc_realloc(old, n);

	if (p != NULL || n == 0)
		heap_gave(was);
	heap_got((uintptr_t)p, n);
	return p;
}

void *
aligned_alloc(size_t align, size_t n)
{
	void *p = __libc_memalign(align, n);

	heap_got((uintptr_t)p, n);
	return p;
}

void
free(void *p)
{
	heap_gave((uintptr_t)p);
	__libc_free(p);
}

static inline void
heap_hook(void)
{
}
#endif

/* From now on; what was there before is not counted. */
static inline void
heap_watch(void)
{
	heap_hook();
	heap.on = false;
	heap.live = 0;
	memset(heap.v, 0, sizeof(heap.v));
	heap.on = true;
}

static inline size_t
heap_live(void)
{
	assert_false(heap.full);
	return heap.live;
}

/* ---- what is claimed ---- */

struct heap_claim {
	size_t bytes;		/* of all rows but those left out */
	unsigned rows;
	const char *without;	/* rows that begin with this; NULL: none */
	const char *want;	/* this row, NULL: none */
	struct bound found;
};

static inline void
heap_claim_row(void *ctx, const struct bound *b)
{
	struct heap_claim *c = ctx;

	assert_true(b->count > 0);
	assert_non_null(b->name);
	c->rows++;
	if (c->without == NULL ||
	    strncmp(b->name, c->without, strlen(c->without)) != 0)
		c->bytes += b->bytes;
	if (c->want != NULL && strcmp(b->name, c->want) == 0)
		c->found = *b;
}

#endif
