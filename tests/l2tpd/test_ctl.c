/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The status socket when there are no descriptors left (threats.md D-13): who
 * is connected is served, who comes is counted once a second and waits, and
 * the loop rests.  The daemon around it is an idle concentrator.
 */

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "base/log.h"
#include "l2tpd/host.h"
#include "lns/limits.h"

#define BOUND		4242	/* shown as memory_bound_bytes */
#define WAIT_S		30	/* for what comes within a second or two */

struct world {
	struct host h;
	struct sockaddr_un at;
	socklen_t at_len;
	unsigned warnings;
	struct rlimit limit;	/* as it was */
};

/* What ctl.c asks of the rest of the daemon. */
mono_t
host_now(void)
{
	return mono_us(1000000);
}

int64_t
host_wall(mono_t t)
{
	return (int64_t)(t.us / 1000000);
}

void
host_kick(struct host *h)
{
	(void)h;
}

const char *
threads_engine(const struct threads *t)
{
	(void)t;
	return "none";
}

static void
on_line(void *ctx, enum log_level level, const char *line)
{
	struct world *w = ctx;

	if (level == LOG_WARN_ && strstr(line, "not let in") != NULL)
		w->warnings++;
}

static void
world_params(struct lns_params *p)
{
	lns_params_default(p);
	p->paths = p->sessions = p->attempts_kept = 8;
	p->ike.limits.peers = p->ike.limits.half_open = 16;
	p->ike.limits.dh_pending = p->ike.limits.children = 16;
	p->l2tp.tunnels = p->l2tp.sessions = 8;
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct dp_params dp = { .workers = 1, .sas = 16, .sessions = 16,
		.rng = &w->h.rng };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_non_null(w);
	rng_seeded(&w->h.rng, 1);
	w->h.params = calloc(1, sizeof(*w->h.params));
	world_params(w->h.params);
	w->h.memory_bound = BOUND;
	w->h.dp = dp_new(&dp);
	w->h.lns = lns_new(w->h.params, &w->h.rng, &w->h.drops, &dp_workers,
	    w->h.dp);
	w->h.base = event_base_new();
	w->at.sun_family = AF_UNIX;	/* without a name: one of the kernel's */
	assert_int_equal(bind(fd, (struct sockaddr *)&w->at,
	    sizeof(sa_family_t)), 0);
	w->at_len = sizeof(w->at);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&w->at,
	    &w->at_len), 0);
	assert_int_equal(listen(fd, 8), 0);
	w->h.ctl = ctl_start(&w->h, fd);
	assert_non_null(w->h.ctl);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &w->limit), 0);
	log_sink_set(on_line, w, LOG_WARN_);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	(void)setrlimit(RLIMIT_NOFILE, &w->limit);
	log_sink_set(NULL, NULL, LOG_ERROR_);
	ctl_stop(w->h.ctl);
	lns_free(w->h.lns);
	dp_free(w->h.dp);
	event_base_free(w->h.base);
	free(w->h.params);
	free(w);
	return 0;
}

static int
client(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	return fd;
}

static void
dial(const struct world *w, int fd)
{
	assert_int_equal(connect(fd, (const struct sockaddr *)&w->at,
	    w->at_len), 0);
}

static void
ask(int fd, const char *cmd)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "{\"v\":1,\"cmd\":\"%s\"}\n", cmd);

	assert_int_equal(write(fd, line, (size_t)n), n);
}

/* Runs what is ready now, so many times over. */
static void
turns(struct world *w, unsigned n)
{
	while (n-- > 0)
		(void)event_base_loop(w->h.base, EVLOOP_NONBLOCK);
}

/* The answer, within WAIT_S; the loop may sleep. */
static void
answered(struct world *w, int fd, const char *part)
{
	char text[8192] = "";
	ssize_t n = -1;

	(void)alarm(WAIT_S);
	while (n < 0) {
		(void)event_base_loop(w->h.base, EVLOOP_NONBLOCK);
		n = read(fd, text, sizeof(text) - 1);
		if (n < 0)
			(void)event_base_loop(w->h.base, EVLOOP_ONCE);
	}
	(void)alarm(0);
	text[n] = '\0';
	if (strstr(text, part) == NULL)
		fail_msg("no %s in %s", part, text);
}

static void
silent(int fd)
{
	char byte;

	assert_int_equal(read(fd, &byte, 1), -1);
	assert_int_equal(errno, EAGAIN);
}

/* Not one descriptor more for this process. */
static void
exhaust(const struct world *w)
{
	int next = dup(0);
	struct rlimit r = { .rlim_cur = (rlim_t)next,
		.rlim_max = w->limit.rlim_max };

	assert_true(next > 0);
	(void)close(next);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &r), 0);
	assert_int_equal(dup(0), -1);
	assert_int_equal(errno, EMFILE);
}

static uint64_t
refused(const struct world *w)
{
	return count_get(&w->h.drops.n[DROP_CTL_ACCEPT]);
}

static void
d13_descriptors(void **state)
{
	struct world *w = *state;
	int old = client(), new = client();

	dial(w, old);
	ask(old, "version");
	answered(w, old, "\"ok\":true");
	exhaust(w);
	dial(w, new);
	ask(new, "version");
	turns(w, 1000);
	assert_int_equal(refused(w), 1);	/* looked at once, then rested */
	silent(new);
	ask(old, "status");
	answered(w, old, "\"ok\":true");
	(void)alarm(WAIT_S);
	while (refused(w) < 2)
		(void)event_base_loop(w->h.base, EVLOOP_ONCE);
	(void)alarm(0);
	turns(w, 1000);
	assert_int_equal(refused(w), 2);
	assert_int_equal(w->warnings, 1);
	silent(new);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &w->limit), 0);
	answered(w, new, "\"ok\":true");
	ask(old, "drops");
	answered(w, old, "\"ctl-accept\":2");
	/* The next time is told of again. */
	close(new);
	turns(w, 10);
	new = client();
	exhaust(w);
	dial(w, new);
	turns(w, 10);
	assert_int_equal(refused(w), 3);
	assert_int_equal(w->warnings, 2);
	close(new);
	close(old);
}

static void
status_tells_the_bound(void **state)
{
	struct world *w = *state;
	int fd = client();

	dial(w, fd);
	ask(fd, "status");
	answered(w, fd, "\"memory_bound_bytes\":4242");
	close(fd);
}

/* ---- lock-outs ---- */

static void
ask_with(int fd, const char *cmd, const char *args)
{
	char line[256];
	int n = snprintf(line, sizeof(line),
	    "{\"v\":1,\"cmd\":\"%s\",\"args\":%s}\n", cmd, args);

	assert_int_equal(write(fd, line, (size_t)n), n);
}

/* As many failed logins of alice from 192.0.2.7 as it takes. */
static void
lock_alice(struct world *w)
{
	struct aaa_choice c = { .local = true, .user = rd_make("alice", 5) };
	struct endpoint e = { ipaddr_v4(0xc0000207), 4500 };
	struct limits_who who;

	limits_who(w->h.lns, &c, &e, &who);
	for (uint32_t i = 0; i < w->h.params->lockout_user; i++)
		limits_failed(w->h.lns, host_now(), &who);
}

static void
locks_are_listed_and_ended(void **state)
{
	static const char *const bad[] = { "{}", "{\"name\":7}",
		"{\"all\":false}", "{\"all\":true,\"name\":\"alice\"}" };
	struct world *w = *state;
	int fd = client();

	dial(w, fd);
	ask(fd, "locks");
	answered(w, fd, "\"data\":[]");
	lock_alice(w);
	ask(fd, "locks");
	answered(w, fd, "[{\"kind\":\"pair\",\"user\":\"alice\",\"source\":"
	    "\"192.0.2.7\",\"failures\":10,\"sources\":1,\"since\":");
	ask(fd, "status");
	answered(w, fd, "\"failures_total\":10,\"lockouts_total\":1,"
	    "\"refused_while_locked_total\":0,\"locked\":1,");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ask_with(fd, "unlock", bad[i]);
		answered(w, fd, "\"error\":\"expected a name, or all\"");
	}
	ask_with(fd, "unlock", "{\"name\":\"bob\"}");
	answered(w, fd, "\"error\":\"nobody is locked out under this name\"");
	ask_with(fd, "unlock", "{\"name\":\"alice\"}");
	answered(w, fd, "\"data\":{\"unlocked\":1}");
	ask_with(fd, "unlock", "{\"all\":true}");
	answered(w, fd, "\"data\":{\"unlocked\":0}");
	lock_alice(w);
	ask_with(fd, "unlock", "{\"name\":\"192.0.2.7\"}");
	answered(w, fd, "\"data\":{\"unlocked\":1}");
	ask(fd, "locks");
	answered(w, fd, "\"data\":[]");
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(d13_descriptors, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(status_tells_the_bound, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(locks_are_listed_and_ended,
		    setup, teardown),
	};

	crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
