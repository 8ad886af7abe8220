/* SPDX-License-Identifier: BSD-2-Clause */
/* l2tpctl against a small daemon of our own: l2tpctl/run.c, cmd.c, link.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "l2tpctl/cmd.h"
#include "l2tpctl/link.h"
#include "l2tpctl/run.h"

#define REQUEST_MAX	4096

struct fake {			/* answers one question */
	char dir[64], path[96];
	int listen;
	pthread_t thread;
	const char *answer;	/* borrowed */
	size_t answer_n;
	unsigned pieces;	/* the answer is sent in so many */
	uint64_t flood;		/* bytes without a newline before it */
	char request[REQUEST_MAX];
};

struct ran {			/* what a call of l2tpctl gave */
	enum run_exit rc;
	char *out, *err;
};

static void
send_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		p += sent;
		n -= (size_t)sent;
	}
}

static void *
serve(void *arg)
{
	struct fake *f = arg;
	int fd = accept(f->listen, NULL, NULL);
	static const char junk[65536] = "x";
	size_t at = 0, step = f->answer_n / (f->pieces + 1) + 1;

	while (fd >= 0 && at < REQUEST_MAX - 1) {
		if (recv(fd, &f->request[at], 1, 0) != 1)
			break;
		if (f->request[at] == '\n')
			break;
		at++;
	}
	f->request[at] = '\0';
	for (uint64_t n = 0; n < f->flood; n += sizeof(junk))
		send_all(fd, junk, sizeof(junk));
	for (size_t i = 0; i < f->answer_n; i += step)
		send_all(fd, f->answer + i, i + step < f->answer_n ? step :
		    f->answer_n - i);
	(void)close(fd);
	return NULL;
}

static void
fake_start(struct fake *f, const char *answer, size_t n)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/l2tpctl-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof(f->path), "%s/s", f->dir);
	memcpy(sun.sun_path, f->path, strlen(f->path) + 1);
	f->answer = answer;
	f->answer_n = n;
	f->listen = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(f->listen >= 0);
	assert_int_equal(bind(f->listen, (const struct sockaddr *)&sun,
	    sizeof(sun)), 0);
	assert_int_equal(listen(f->listen, 1), 0);
	assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
}

static void
fake_stop(struct fake *f)
{
	assert_int_equal(pthread_join(f->thread, NULL), 0);
	(void)close(f->listen);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(rmdir(f->dir), 0);
}

/* Runs l2tpctl with the words after its name; NULL ends them. */
static struct ran
call(const char *const *words)
{
	char *argv[16], buf[16][128];
	struct ran r = { .rc = RUN_OK };
	FILE *out, *err;
	size_t n1, n2;
	int argc = 1;

	argv[0] = (char *)(uintptr_t)"l2tpctl";
	for (; *words != NULL && argc < 15; words++, argc++) {
		(void)snprintf(buf[argc], sizeof(buf[argc]), "%s", *words);
		argv[argc] = buf[argc];
	}
	argv[argc] = NULL;
	out = open_memstream(&r.out, &n1);
	err = open_memstream(&r.err, &n2);
	assert_non_null(out);
	assert_non_null(err);
	r.rc = run_main(argc, argv, out, err);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(fclose(err), 0);
	return r;
}

static void
ran_wipe(struct ran *r)
{
	free(r->out);
	free(r->err);
}

/* One question to a fake daemon with this answer. */
static struct ran
ask(struct fake *f, const char *answer, const char *const *words)
{
	const char *all[16] = { "--socket" };
	struct ran r;
	int n = 2;

	fake_start(f, answer, strlen(answer));
	all[1] = f->path;
	while (*words != NULL && n < 15)
		all[n++] = *words++;
	r = call(all);
	fake_stop(f);
	return r;
}

#define WORDS(...)	((const char *const[]){ __VA_ARGS__, NULL })

static const char sessions[] =
    "{\"v\":1,\"ok\":true,\"data\":["
    "{\"id\":\"000000000010000a\",\"user\":\"alice\",\"address\":\"10.9.0.7\","
    "\"client\":\"198.51.100.7:4500\",\"local\":\"192.0.2.1:4500\","
    "\"family\":\"ios\",\"method\":\"mschapv2\",\"state\":\"up\",\"up_s\":3725,"
    "\"rx_bytes\":1234567,\"tx_bytes\":999,\"rx_packets\":12,"
    "\"tx_packets\":3,\"attempt\":5,\"path\":\"1\",\"tunnel_id\":7,"
    "\"session_id\":9,\"cipher\":\"aes256-sha1\",\"mtu\":1350,"
    "\"new in a later version\":{\"a\":[1,2.5,null,true]}},"
    "{\"id\":\"000000000010000b\",\"user\":\"b\\u001b[2Jb\\n\\u00e4\","
    "\"address\":\"10.9.0.8\",\"client\":\"[2001:db8::1]:500\",\"up_s\":9,"
    "\"rx_bytes\":0,\"tx_bytes\":-5}]}\n";

static void
sessions_text(void **state)
{
	struct fake f = { .pieces = 5 };
	struct ran r = ask(&f, sessions, WORDS("sessions"));

	(void)state;
	assert_int_equal(r.rc, RUN_OK);
	assert_string_equal(f.request, "{\"v\":1,\"cmd\":\"sessions\"}");
	assert_string_equal(r.err, "");
	assert_string_equal(r.out,
	    "id                user                   address   client"
	    "             family  method    state  up for  received   sent\n"
	    "000000000010000a  alice                  10.9.0.7"
	    "  198.51.100.7:4500  ios     mschapv2  up      1h02m    1.2 MB"
	    "  999 B\n"
	    "000000000010000b  b\\x1b[2Jb\\x0a\\xc3\\xa4  10.9.0.8"
	    "  [2001:db8::1]:500  -       -         -          9s       0 B"
	    "    0 B\n");
	ran_wipe(&r);
}

static void
sessions_json(void **state)
{
	struct fake f = { .pieces = 1 };
	struct ran r = ask(&f, sessions, WORDS("--json", "sessions"));
	json_t *got, *sent;

	(void)state;
	assert_int_equal(r.rc, RUN_OK);
	for (const char *p = r.out; *p != '\0'; p++)
		assert_true(*p == '\n' || (*p >= ' ' && *p < 0x7f));
	/* Scripts get everything, also what this version does not know. */
	got = json_loads(r.out, 0, NULL);
	sent = json_loads(sessions, 0, NULL);
	assert_true(json_is_array(got));
	assert_int_equal(json_array_size(got), 2);
	assert_true(json_equal(json_array_get(got, 1),
	    json_array_get(json_object_get(sent, "data"), 1)));
	assert_non_null(strstr(r.out, "new in a later version"));
	assert_non_null(strstr(r.out, "2.5"));
	json_decref(got);
	json_decref(sent);
	ran_wipe(&r);
}

static void
nobody(void **state)
{
	struct fake f = { .pieces = 0 };
	struct ran r = ask(&f, "{\"v\":1,\"ok\":true,\"data\":[]}\n",
	    WORDS("sessions"));

	(void)state;
	assert_int_equal(r.rc, RUN_OK);
	assert_string_equal(r.out, "(none)\n");
	ran_wipe(&r);
}

static void
status(void **state)
{
	struct fake f = { .pieces = 2 };
	struct ran r = ask(&f, "{\"v\":1,\"ok\":true,\"data\":{\"pools\":["
	    "{\"name\":\"office\",\"size\":253,\"used\":2}],"
	    "\"version\":\"0.1.0\",\"uptime_s\":90061,\"engine\":\"openssl\","
	    "\"workers\":2,\"half_open\":0,\"peers\":2,\"stopping\":false,"
	    "\"tunnels\":2,\"sessions\":2,\"logins_total\":17,"
	    "\"refused_total\":3,\"memory_bound_bytes\":265424120}}\n",
	    WORDS("status"));

	(void)state;
	assert_int_equal(r.rc, RUN_OK);
	assert_string_equal(r.out,
	    "version             0.1.0\n"
	    "up for              1d01h\n"
	    "stopping            no\n"
	    "cipher engine       openssl\n"
	    "workers             2\n"
	    "half-open dial-ins  0\n"
	    "IKE peers           2\n"
	    "L2TP tunnels        2\n"
	    "sessions            2\n"
	    "logins in all       17\n"
	    "refused in all      3\n"
	    "memory at most      265 MB\n"
	    "\n"
	    "pools\n"
	    "name    size  used\n"
	    "office   253     2\n");
	ran_wipe(&r);
}

static void
one_session(void **state)
{
	struct fake f = { .pieces = 0 };
	struct ran r = ask(&f, "{\"v\":1,\"ok\":true,\"data\":{\"id\":\"1f\","
	    "\"user\":\"alice\",\"notes\":[\"1.000 MM1\",\"1.002 MM3\"],"
	    "\"ike\":\"aes256-sha256-modp2048\",\"mtu\":1350}}\n",
	    WORDS("session", "1f"));

	(void)state;
	assert_int_equal(r.rc, RUN_OK);
	assert_string_equal(f.request,
	    "{\"v\":1,\"cmd\":\"session\",\"args\":{\"id\":\"1f\"}}");
	assert_string_equal(r.out,
	    "id          1f\n"
	    "user        alice\n"
	    "MTU inside  1350\n"
	    "IKE         aes256-sha256-modp2048\n"
	    "\n"
	    "notes\n"
	    "value\n"
	    "1.000 MM1\n"
	    "1.002 MM3\n");
	ran_wipe(&r);
}

static void
attempts(void **state)
{
	struct fake f = { .pieces = 0 };
	struct ran r = ask(&f, "{\"v\":1,\"ok\":true,\"data\":[{\"attempt\":5,"
	    "\"when\":0,\"client\":\"198.51.100.7:500\",\"stage\":\"MM5\","
	    "\"result\":\"refused\",\"reason\":\"wrong PSK\",\"user\":"
	    "\"\"}]}\n",
	    WORDS("attempts"));

	(void)state;
	assert_int_equal(r.rc, RUN_OK);
	assert_string_equal(r.out,
	    "attempt  when                 client            user  stage"
	    "  result   reason\n"
	    "      5  1970-01-01 00:00:00  198.51.100.7:500  -     MM5  "
	    "  refused  wrong PSK\n");
	ran_wipe(&r);
}

static void
drops(void **state)
{
	struct fake f = { .pieces = 0 };
	struct ran r = ask(&f, "{\"v\":1,\"ok\":true,\"data\":{"
	    "\"esp-replay\":4,"
	    "\"esp-icv\":0,\"udp-keepalive\":123}}\n", WORDS("drops"));

	(void)state;
	assert_int_equal(r.rc, RUN_OK);
	assert_string_equal(r.out, "reason         count\n"
	    "esp-replay         4\nudp-keepalive    123\n");
	ran_wipe(&r);
}

static void
kills(void **state)
{
	static const char *const all[][2] = {
		{ "000000000010000a", "{\"id\":\"000000000010000a\"}" },
		{ "ABCDEF0123456789", "{\"id\":\"ABCDEF0123456789\"}" },
		{ "alice", "{\"user\":\"alice\"}" },
		{ "10000a", "{\"user\":\"10000a\"}" },
		{ "a \"b\"", "{\"user\":\"a \\\"b\\\"\"}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct fake f = { .pieces = 0 };
		struct ran r = ask(&f, "{\"v\":1,\"ok\":true,\"data\":"
		    "{\"killed\":2}}\n", WORDS("kill", all[i][0]));
		char want[256];

		assert_int_equal(r.rc, RUN_OK);
		(void)snprintf(want, sizeof(want),
		    "{\"v\":1,\"cmd\":\"kill\",\"args\":%s}", all[i][1]);
		assert_string_equal(f.request, want);
		assert_string_equal(r.out, "sessions ended  2\n");
		ran_wipe(&r);
	}
}

static void
unlocks(void **state)
{
	static const char *const all[][2] = {
		{ "alice", "{\"name\":\"alice\"}" },
		{ "000000000010000a", "{\"name\":\"000000000010000a\"}" },
		{ "2001:db8::/64", "{\"name\":\"2001:db8::/64\"}" },
		{ "--all", "{\"all\":true}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct fake f = { .pieces = 0 };
		struct ran r = ask(&f, "{\"v\":1,\"ok\":true,\"data\":"
		    "{\"unlocked\":2}}\n", WORDS("unlock", all[i][0]));
		char want[256];

		assert_int_equal(r.rc, RUN_OK);
		(void)snprintf(want, sizeof(want),
		    "{\"v\":1,\"cmd\":\"unlock\",\"args\":%s}", all[i][1]);
		assert_string_equal(f.request, want);
		assert_string_equal(r.out, "locks ended  2\n");
		ran_wipe(&r);
	}
}

static void
refused(void **state)
{
	struct fake f = { .pieces = 0 };
	struct ran r = ask(&f, "{\"v\":1,\"ok\":false,\"error\":"
	    "\"no such session\\u001b[31m\"}\n", WORDS("kill", "bob"));

	(void)state;
	assert_int_equal(r.rc, RUN_REFUSED);
	assert_string_equal(r.out, "");
	assert_string_equal(r.err,
	    "l2tpctl: no such session\\x1b[31m\n");
	ran_wipe(&r);
	r = ask(&f, "{\"v\":1,\"ok\":false}\n", WORDS("status"));
	assert_int_equal(r.rc, RUN_REFUSED);
	assert_string_equal(r.err, "l2tpctl: refused\n");
	ran_wipe(&r);
}

static void
not_understood(void **state)
{
	static const char *const all[] = {
		"\n", "{}\n", "[]\n", "7\n", "{\"v\":1,\"ok\":true}\n",
		"{\"v\":2,\"ok\":true,\"data\":[]}\n", "{\"v\":1,\n",
		"{\"v\":1,\"data\":[]}\n",
		"{\"v\":1,\"ok\":true,\"data\":{}}\n",	/* wants a list */
		"{\"v\":1,\"ok\":true,\"data\":7}\n",
		"{\"v\":1,\"ok\":true,\"data\":[1,\"x\",[]]}\n",
		"{\"v\":1,\"ok\":true,\"data\":\"\xff\"}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct fake f = { .pieces = 0 };
		struct ran r = ask(&f, all[i], WORDS("sessions"));

		assert_int_equal(r.rc, RUN_NO_DAEMON);
		assert_string_equal(r.err, "l2tpctl: the daemon's answer is not"
		    " understood\n");
		ran_wipe(&r);
	}
}

/* Cut off in the middle, closed at once, or no end in sight. */
static void
broken_off(void **state)
{
	struct fake f = { .pieces = 0 };
	struct ran r = ask(&f, "{\"v\":1,\"ok\":true,", WORDS("status"));

	(void)state;
	assert_int_equal(r.rc, RUN_NO_DAEMON);
	assert_non_null(strstr(r.err, "l2tpctl: no answer from the daemon"));
	ran_wipe(&r);
	r = ask(&f, "", WORDS("status"));
	assert_int_equal(r.rc, RUN_NO_DAEMON);
	ran_wipe(&r);
	f.flood = LINK_ANSWER_MAX + 65536u;
	r = ask(&f, "\n", WORDS("status"));
	assert_int_equal(r.rc, RUN_NO_DAEMON);
	assert_non_null(strstr(r.err, "no answer from the daemon"));
	ran_wipe(&r);
}

static void
no_daemon(void **state)
{
	char path[300];
	struct ran r;

	(void)state;
	r = call(WORDS("--socket", "/does/not/exist", "status"));
	assert_int_equal(r.rc, RUN_NO_DAEMON);
	assert_string_equal(r.err, "l2tpctl: no daemon at /does/not/exist: No"
	    " such file or directory\n");
	ran_wipe(&r);
	/* There is one, perhaps, but not for this user. */
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	(void)snprintf(path, sizeof(path), "/tmp/l2tpctl-%d", (int)getpid());
	assert_int_equal(mkdir(path, 0), 0);
	(void)strcat(path, "/s");
	r = call(WORDS("--socket", path, "status"));
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(r.rc, RUN_NO_DAEMON);
	assert_non_null(strstr(r.err, "/s: Permission denied: only root and"
	    " the daemon's group may ask it\n"));
	ran_wipe(&r);
	memset(path, 'p', 126);
	path[126] = '\0';
	r = call(WORDS("-s", path, "status"));
	assert_int_equal(r.rc, RUN_NO_DAEMON);
	assert_non_null(strstr(r.err, "the path is too long"));
	ran_wipe(&r);
}

static void
usage(void **state)
{
	const char *const *const all[] = {
		WORDS("frobnicate"), WORDS("session"), WORDS("kill"),
		WORDS("status", "extra"), WORDS("session", "1", "2"),
		WORDS("--frobnicate", "status"), WORDS("status", "--socket"),
		WORDS("--json"), WORDS("kill", "\xff"), WORDS("unlock"),
		WORDS("kill", "--all"), WORDS("status", "--all"),
		WORDS("unlock", "alice", "--all"),
	};
	struct ran r;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		r = call(all[i]);
		assert_int_equal(r.rc, RUN_USAGE);
		assert_string_equal(r.out, "");
		assert_int_equal(strncmp(r.err, "l2tpctl: ", 9), 0);
		ran_wipe(&r);
	}
	r = call(WORDS("--help"));
	assert_int_equal(r.rc, RUN_OK);
	assert_non_null(strstr(r.out, "sessions"));
	assert_string_equal(r.err, "");
	ran_wipe(&r);
}

/* Every command is in the manual page. */
static void
manual(void **state)
{
	const char *top = getenv("top_srcdir");
	static char text[65536];
	char path[4096];
	const struct cmd *c;
	FILE *f;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/l2tpctl/l2tpctl.8",
	    top != NULL ? top : ".");
	f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	(void)fclose(f);
	for (size_t i = 0; (c = cmd_at(i)) != NULL; i++) {
		char want[64];

		(void)snprintf(want, sizeof(want), "\n.It Cm %s%s", c->name,
		    c->arg == NULL ? "\n" : " ");
		if (strstr(text, want) == NULL)
			fail_msg("no %s", c->name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_text),
		cmocka_unit_test(sessions_json),
		cmocka_unit_test(nobody),
		cmocka_unit_test(status),
		cmocka_unit_test(one_session),
		cmocka_unit_test(attempts),
		cmocka_unit_test(drops),
		cmocka_unit_test(kills),
		cmocka_unit_test(unlocks),
		cmocka_unit_test(refused),
		cmocka_unit_test(not_understood),
		cmocka_unit_test(broken_off),
		cmocka_unit_test(no_daemon),
		cmocka_unit_test(usage),
		cmocka_unit_test(manual),
	};

	(void)setenv("TZ", "UTC0", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
