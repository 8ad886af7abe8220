/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_RCU_H
#define BASE_RCU_H

/*
 * DOC: one writer, many readers, quiescent reclaim.
 *
 * liburcu in its QSBR flavour gives grace periods and a lock-free hash table.
 * A reader thread enters once, announces between batches that it holds no
 * pointer into shared tables (rcu_pass), and rests around anything that may
 * block.  The writer unlinks an object and retires it; it is freed after
 * every reader has passed.  Pointers are published and loaded with C11
 * release and acquire.
 *
 * liburcu orders memory with its own barriers, which the thread sanitizer
 * does not see.  The functions here tell it of exactly two edges, the two
 * that the algorithm promises: published before found, and passed before
 * reclaimed.  Nothing is suppressed.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <urcu-qsbr.h>
#include <urcu/rculfhash.h>

#if defined(__SANITIZE_THREAD__)
#define RCU_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RCU_TSAN 1
#endif
#endif

#ifdef RCU_TSAN
void	__tsan_acquire(void *);
void	__tsan_release(void *);
#define rcu_tsan_acquire(p)	__tsan_acquire((void *)(uintptr_t)(p))
#define rcu_tsan_release(p)	__tsan_release((void *)(uintptr_t)(p))
#else
#define rcu_tsan_acquire(p)	((void)(p))
#define rcu_tsan_release(p)	((void)(p))
#endif

/* Writer: the node is whole; call before it is put into a table. */
static inline void
rcu_publish(const struct cds_lfht_node *node)
{
	rcu_tsan_release(node);
}

/* Reader: a table showed this node; call before its object is read. */
static inline void
rcu_found(const struct cds_lfht_node *node)
{
	rcu_tsan_acquire(node);
}

/*
 * Makes ready the thread that reclaims; else it would start with the first
 * retirement, when starting threads may no longer be allowed.
 */
static inline void
rcu_prepare(void)
{
	(void)get_default_call_rcu_data();
}

/* A reader thread's life. */
static inline void
rcu_enter(void)
{
	rcu_register_thread();
}

static inline void
rcu_leave(void)
{
	rcu_tsan_release(&rcu_flavor);
	rcu_unregister_thread();
}

/* No pointer into a table is held at this moment. */
static inline void
rcu_pass(void)
{
	rcu_tsan_release(&rcu_flavor);
	rcu_quiescent_state();
}

/* From here to rcu_rise() no pointer into a table is held. */
static inline void
rcu_rest(void)
{
	rcu_tsan_release(&rcu_flavor);
	rcu_thread_offline();
}

static inline void
rcu_rise(void)
{
	rcu_thread_online();
}

/*
 * Writer: the object is unlinked; `reclaim` is called from another thread
 * when all readers have passed, and begins with rcu_reclaim().
 */
static inline void
rcu_retire(struct rcu_head *head, void (*reclaim)(struct rcu_head *))
{
	rcu_tsan_release(head);
	call_rcu(head, reclaim);
}

static inline void
rcu_reclaim(struct rcu_head *head)
{
	rcu_tsan_acquire(head);
	rcu_tsan_acquire(&rcu_flavor);
}

struct rcu_mark {
	struct rcu_head head;
	atomic_bool passed;
};

static inline void
rcu_mark_reclaim(struct rcu_head *head)
{
	rcu_reclaim(head);
	atomic_store_explicit(
	    &caa_container_of(head, struct rcu_mark, head)->passed, true,
	    memory_order_release);
}

/*
 * Waits until everything that this thread retired is reclaimed.  For the end
 * of a program or test, by a thread that is no reader.  Reclaiming is first
 * in, first out, so a mark that came last tells of all before it.  (liburcu's
 * own barrier counts references in a way that the thread sanitizer cannot
 * see.)
 */
static inline void
rcu_drain(void)
{
	struct rcu_mark mark = { .passed = false };

	rcu_retire(&mark.head, rcu_mark_reclaim);
	while (!atomic_load_explicit(&mark.passed, memory_order_acquire))
		(void)nanosleep(&(struct timespec){ .tv_nsec = 200000 }, NULL);
}

#endif
