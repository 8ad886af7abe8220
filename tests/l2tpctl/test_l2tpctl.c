/* SPDX-License-Identifier: BSD-2-Clause */
/* l2tpctl against a small daemon of our own: l2tpctl/run.c, cmd.c, link.c. */

#include "tests/l2tpctl/fake.h"

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

/* A field that it does not know is left out. */
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
	    "IKE         aes256-sha256-modp2048\n");
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

/* What a terminal would obey is not shown; JSON has it all. */
static void
metrics(void **state)
{
	static const char answer[] = "{\"v\":1,\"ok\":true,\"data\":{"
	    "\"type\":\"text/plain\",\"text\":\"# TYPE a gauge\\na 1\\n"
	    "\\u001b[2Jx\\n\"}}\n";
	struct fake f = { .pieces = 0 };
	struct ran r = ask(&f, answer, WORDS("metrics"));

	(void)state;
	assert_int_equal(r.rc, RUN_OK);
	assert_string_equal(f.request, "{\"v\":1,\"cmd\":\"metrics\"}");
	assert_string_equal(r.out, "# TYPE a gauge\na 1\n?[2Jx\n");
	ran_wipe(&r);
	r = ask(&f, answer, WORDS("metrics", "--openmetrics"));
	assert_int_equal(r.rc, RUN_OK);
	assert_string_equal(f.request, "{\"v\":1,\"cmd\":\"metrics\","
	    "\"args\":{\"format\":\"openmetrics\"}}");
	ran_wipe(&r);
	r = ask(&f, answer, WORDS("--json", "metrics"));
	assert_int_equal(r.rc, RUN_OK);
	assert_non_null(strstr(r.out, "\"type\": \"text/plain\""));
	ran_wipe(&r);
	r = ask(&f, "{\"v\":1,\"ok\":true,\"data\":[]}\n",
	    WORDS("metrics"));
	assert_int_equal(r.rc, RUN_REFUSED);
	ran_wipe(&r);
}

/* The table of servers is not their trial. */
static void
radius(void **state)
{
	struct fake f = { .pieces = 0 };
	struct ran r = ask(&f, "{\"v\":1,\"ok\":true,\"data\":[{"
	    "\"server\":\"one\",\"service\":\"auth\",\"state\":\"up\","
	    "\"reason\":\"\",\"waiting\":0,\"asked\":7,\"answered\":6,"
	    "\"repeated\":1,\"timed_out\":1,\"forged\":0,\"mean_ms\":4,"
	    "\"p50_ms\":3,\"p99_ms\":18}]}\n", WORDS("radius"));

	(void)state;
	assert_int_equal(r.rc, RUN_OK);
	assert_string_equal(f.request, "{\"v\":1,\"cmd\":\"radius\"}");
	assert_string_equal(r.out,
	    "server  service  state  waiting  asked  answered  repeated"
	    "  timed out  forged  p50 ms  p99 ms  reason\n"
	    "one     auth     up           0      7         6         1"
	    "          1       0       3      18  -\n");
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
		WORDS("radius", "test"), WORDS("radius", "x"),
		WORDS("radius", "test", "a", "pap", "b"),
		WORDS("--server", "one", "radius"),
		WORDS("--password-file", "f", "status"),
		WORDS("--openmetrics", "status"),
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
		cmocka_unit_test(metrics),
		cmocka_unit_test(radius),
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
