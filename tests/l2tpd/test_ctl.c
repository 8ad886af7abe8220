/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The status socket: commands that are answered later, metrics, and when there
 * are no descriptors left (threats.md D-13): who is connected is served, who
 * comes is counted once a second and waits, and the loop rests.  The daemon
 * around it is an idle concentrator with a RADIUS server that is silent.
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
#include "l2tpd/ctl_metrics.h"
#include "l2tpd/host.h"
#include "lns/limits.h"
#include "lns/radtest.h"

#define BOUND		4242	/* shown as memory_bound_bytes */
#define WAIT_S		30	/* for what comes within a second or two */

struct world {
	struct host h;
	struct sockaddr_un at;
	socklen_t at_len;
	unsigned warnings;
	struct lns_out out;
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
	radius_server_default(&p->radius.server[0]);
	strcpy(p->radius.server[0].name, "o\"ne\\");
	assert_true(secret_set(&p->radius.server[0].secret, "secret", 6));
	p->radius.server[0].at[RADIUS_AUTH] = (struct endpoint){
		ipaddr_v4(0x0a000001), 1812 };
	p->radius.server_n = p->radius.group_n = 1;
	p->radius.group[0].server_n = 1;
	p->policy.local = AAA_LOCAL_NEVER;
	p->policy.auth_group = 0;
	strcpy(p->pool[0].name, "office");
	p->pool_n = 1;
	p->pool[0].range[0].first = 0x0a090001;
	p->pool[0].range[0].last = 0x0a0900fe;
	p->pool[0].range_n = 1;
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

/* ---- logins for trial ---- */

static void
ask_test(int fd, const char *args)
{
	char line[256];
	int n = snprintf(line, sizeof(line), "{\"v\":1,\"cmd\":"
	    "\"radius-test\",\"args\":{%s}}\n", args);

	assert_int_equal(write(fd, line, (size_t)n), n);
}

#define ALICE \
    "\"user\":\"alice\",\"password\":\"x\",\"method\":\"pap\""

/* So much later; the server has said nothing. */
static void
later(struct world *w, unsigned s)
{
	mono_t now = mono_add_s(host_now(), s);

	for (int i = 0; i < 1000 && mono_due(lns_deadline(w->h.lns), now);
	    i++) {
		lns_expire(w->h.lns, now, &w->out);
		for (unsigned k = 0; k < w->out.n; k++)
			if (w->out.act[k].kind == LNS_RADTEST)
				ctl_radtest(w->h.ctl,
				    (uint32_t)w->out.act[k].number);
		lns_out_reset(&w->out);
	}
}

/* The answers to two questions, in their order, in one piece or two. */
static void
both_answered(struct world *w, int fd, const char *first, const char *second)
{
	char text[8192] = "";
	const char *at;
	size_t have = 0;

	for (int i = 0; i < 1000 && strstr(text, second) == NULL; i++) {
		ssize_t n = read(fd, text + have, sizeof(text) - 1 - have);

		have += n > 0 ? (size_t)n : 0;
		text[have] = '\0';
		turns(w, 1);
	}
	at = strstr(text, first);
	if (at == NULL || strstr(at, second) == NULL)
		fail_msg("no %s, then %s in %s", first, second, text);
}

/* Its client waits, with what it asks next; nobody else does. */
static void
test_is_answered_later(void **state)
{
	struct world *w = *state;
	int fd = client(), other = client();

	dial(w, fd);
	dial(w, other);
	ask_test(fd, ALICE);
	ask(fd, "version");
	turns(w, 100);
	silent(fd);
	ask(other, "version");
	answered(w, other, "\"ok\":true");
	later(w, 200);
	both_answered(w, fd, "\"result\":\"no answer\"", "\"version\":");
	ctl_radtest(w->h.ctl, 1);		/* nobody waits any more */
	ctl_radtest(NULL, 1);
	turns(w, 10);
	silent(fd);
	/* Who only stopped talking still gets his answer, and is closed. */
	ask_test(other, ALICE);
	assert_int_equal(shutdown(other, SHUT_WR), 0);
	turns(w, 100);
	later(w, 400);
	answered(w, other, "\"result\":\"no answer\"");
	turns(w, 10);
	assert_int_equal(read(other, (char[1]){ 0 }, 1), 0);
	close(fd);
	close(other);
}

static void
test_ends_with_its_client(void **state)
{
	struct world *w = *state;
	int fd[RADTESTS], more = client();

	dial(w, more);
	for (int i = 0; i < RADTESTS; i++) {
		fd[i] = client();
		dial(w, fd[i]);
		ask_test(fd[i], ALICE);
	}
	turns(w, 100);
	ask_test(more, ALICE);
	answered(w, more, "too many tests are running");
	close(fd[0]);
	turns(w, 100);
	ask_test(more, ALICE);
	turns(w, 100);
	silent(more);
	later(w, 200);
	answered(w, more, "\"result\":\"no answer\"");
	for (int i = 1; i < RADTESTS; i++) {
		answered(w, fd[i], "\"result\":\"no answer\"");
		close(fd[i]);
	}
	close(more);
}

static void
test_of_nothing(void **state)
{
	struct world *w = *state;
	int fd = client();

	dial(w, fd);
	ask_test(fd, "\"user\":\"alice\",\"password\":\"x\"");
	answered(w, fd, "expected a method");
	ask_test(fd, "\"user\":7,\"password\":\"x\",\"method\":\"pap\"");
	answered(w, fd, "no name");
	ask_test(fd, "\"user\":\"a\",\"method\":\"pap\"");
	answered(w, fd, "no password");
	ask_test(fd, ALICE ",\"server\":\"two\"");
	answered(w, fd, "no such server");
	ask(fd, "radius-test");
	answered(w, fd, "expected a method");
	close(fd);
}

/* ---- metrics ---- */

/* The family that a sample's line is of. */
static bool
is_of(const char *line, const char *family, const char *kind)
{
	static const char *const ends[] = { "_total", "_bucket", "_sum",
		"_count" };
	size_t n = strlen(family);

	if (strncmp(line, family, n) != 0)
		return false;
	if (line[n] == ' ' || line[n] == '{')
		return strcmp(kind, "histogram") != 0;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strncmp(line + n, ends[i], strlen(ends[i])) == 0)
			return strcmp(kind, i == 0 ? "counter" :
			    "histogram") == 0;
	return false;
}

/*
 * Each family is described, once, before its samples; each sample is of the
 * family that was described last.
 */
static void
well_formed(const char *text)
{
	char family[128] = "", kind[32] = "", line[512], seen[8192] = " ";
	const char *end;
	size_t n;

	for (; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		n = (size_t)(end - text);
		assert_in_range(n, 1, sizeof(line) - 1);
		memcpy(line, text, n);
		line[n] = '\0';
		if (sscanf(line, "# TYPE %126s %31s", family, kind) == 2) {
			char word[130];

			(void)snprintf(word, sizeof(word), " %s ", family);
			assert_null(strstr(seen, word));
			(void)strcat(seen, word + 1);
		} else if (line[0] != '#' && !is_of(line, family, kind)) {
			fail_msg("\"%s\" is not of %s", line, family);
		}
	}
	assert_int_equal(*text, '\0');
	assert_true(strlen(seen) > 100);
}

static void
has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("no \"%s\" in\n%s", part, text);
}

static void
metrics_are_well_formed(void **state)
{
	struct world *w = *state;
	char *old = ctl_metrics_text(&w->h, METRICS_PROMETHEUS);
	char *new = ctl_metrics_text(&w->h, METRICS_OPENMETRICS);

	assert_non_null(old);
	assert_non_null(new);
	well_formed(old);
	well_formed(new);
	has(old, "\nl2tpd_memory_bound_bytes 4242\n");
	has(old, "\n# TYPE l2tpd_attempts_total counter\n"
	    "l2tpd_attempts_total 0\n");
	has(new, "\n# TYPE l2tpd_attempts counter\nl2tpd_attempts_total 0\n");
	has(old, "\nl2tpd_pool_addresses{pool=\"office\"} 254\n");
	has(old, "\nl2tpd_refused_total{stage=\"ppp link\"} 0\n");
	has(old, "\nl2tpd_auth_answers_total{answer=\"rejected\"} 0\n");
	has(old, "\nl2tpd_drops_total{reason=\"esp-icv\"} 0\n");
	has(old, "\nl2tpd_radius_up{server=\"o\\\"ne\\\\\","
	    "service=\"auth\"} 1\n");
	has(old, "\nl2tpd_radius_latency_seconds_bucket{server="
	    "\"o\\\"ne\\\\\",service=\"auth\",le=\"90.0\"} 0\n");
	has(old, "\nl2tpd_accounting_records 0\n");
	assert_null(strstr(old, "# EOF"));
	assert_string_equal(new + strlen(new) - 6, "# EOF\n");
	free(old);
	free(new);
}

static void
metrics_by_command(void **state)
{
	struct world *w = *state;
	json_t *args = json_pack("{s:s}", "format", "openmetrics"), *o;
	const char *err = NULL;

	o = ctl_metrics(&w->h, args, &err);
	assert_non_null(o);
	has(json_string_value(json_object_get(o, "type")), "openmetrics");
	has(json_string_value(json_object_get(o, "text")), "# EOF\n");
	json_decref(o);
	(void)json_object_set_new(args, "format", json_string("xml"));
	assert_null(ctl_metrics(&w->h, args, &err));
	has(err, "expected a format");
	json_decref(args);
	o = ctl_metrics(&w->h, NULL, &err);
	has(json_string_value(json_object_get(o, "type")), "text/plain");
	json_decref(o);
}

/* ---- descriptors ---- */

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
		cmocka_unit_test_setup_teardown(test_is_answered_later, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_ends_with_its_client,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_of_nothing, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(metrics_are_well_formed, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(metrics_by_command, setup,
		    teardown),
	};

	crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
