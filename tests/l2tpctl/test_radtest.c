/* SPDX-License-Identifier: BSD-2-Clause */
/* `radius test': what is asked, what is shown, where the password comes from. */

#include <fcntl.h>

#include "tests/l2tpctl/fake.h"

#define ACCEPTED(m) \
    "{\"v\":1,\"ok\":true,\"data\":{\"method\":\"" m "\"," \
    "\"result\":\"accepted\",\"took_ms\":12,\"rounds\":1,\"reason\":\"\"," \
    "\"message\":\"welcome\",\"offers\":\"\",\"server\":\"one\"," \
    "\"granted\":[\"address 10.9.0.77\",\"ends after 1h00m\"]}}\n"
#define REFUSED(m) \
    "{\"v\":1,\"ok\":true,\"data\":{\"method\":\"" m "\"," \
    "\"result\":\"refused\",\"took_ms\":3,\"rounds\":1," \
    "\"reason\":\"the server's own log knows why\"," \
    "\"message\":\"\",\"offers\":\"\",\"server\":\"one\",\"granted\":[]}}\n"
#define SILENT(m) \
    "{\"v\":1,\"ok\":true,\"data\":{\"method\":\"" m "\"," \
    "\"result\":\"no answer\",\"took_ms\":9000,\"rounds\":1," \
    "\"reason\":\"no server is up\",\"message\":\"\",\"offers\":\"\"," \
    "\"server\":null,\"granted\":[]}}\n"

/* A file with this in it, for --password-file; the caller unlinks it. */
static const char *
file_with(const char *text, char path[32])
{
	int fd;

	(void)snprintf(path, 32, "/tmp/l2tpctl-pw-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
	return path;
}

static void
one_method(void **state)
{
	char pw[32];
	struct fake f = { .pieces = 0 };
	struct ran r;

	(void)state;
	(void)file_with("correct \"horse\"\nother\n", pw);
	r = ask(&f, ACCEPTED("pap"), WORDS("radius", "test", "alice", "pap",
	    "--password-file", pw, "--server", "one"));
	assert_int_equal(r.rc, RUN_OK);
	assert_string_equal(r.err, "");
	assert_string_equal(f.request, "{\"v\":1,\"cmd\":\"radius-test\","
	    "\"args\":{\"user\":\"alice\",\"method\":\"pap\","
	    "\"password\":\"correct \\\"horse\\\"\",\"server\":\"one\"}}");
	assert_string_equal(r.out,
	    "method    pap\n"
	    "result    accepted\n"
	    "after ms  12\n"
	    "server    one\n"
	    "it says   welcome\n"
	    "granted   address 10.9.0.77; ends after 1h00m\n");
	ran_wipe(&r);
	r = ask(&f, REFUSED("pap"), WORDS("radius", "test", "alice", "pap",
	    "--password-file", pw));
	assert_int_equal(r.rc, RUN_REFUSED);
	assert_string_equal(r.out,
	    "method    pap\n"
	    "result    refused\n"
	    "after ms  3\n"
	    "server    one\n"
	    "reason    the server's own log knows why\n");
	ran_wipe(&r);
	assert_int_equal(unlink(pw), 0);
}

static void
all_methods(void **state)
{
	static const char *const then[] = { REFUSED("chap-md5"),
		REFUSED("mschapv2"), ACCEPTED("eap"), NULL };
	char pw[32];
	struct fake f = { .then = then };
	struct ran r;
	json_t *got;

	(void)state;
	(void)file_with("x\n", pw);
	r = ask(&f, REFUSED("pap"), WORDS("radius", "test", "alice",
	    "--password-file", pw));
	assert_int_equal(r.rc, RUN_OK);		/* by one of them */
	assert_int_equal(f.asked, 4);
	assert_non_null(strstr(f.request, "\"method\":\"eap\""));
	assert_non_null(strstr(r.out, "log knows why\n\nmethod    chap-md5\n"));
	assert_non_null(strstr(r.out, "granted   address"));
	ran_wipe(&r);
	f = (struct fake){ .then = then };
	r = ask(&f, REFUSED("pap"), WORDS("--json", "radius", "test", "alice",
	    "--password-file", pw));
	assert_int_equal(r.rc, RUN_OK);
	got = json_loads(r.out, 0, NULL);
	assert_int_equal(json_array_size(got), 4);
	assert_int_equal(json_array_size(json_object_get(json_array_get(got,
	    3), "granted")), 2);
	json_decref(got);
	ran_wipe(&r);
	assert_int_equal(unlink(pw), 0);
}

/* Who answered nothing to the first will not answer the next. */
static void
silence_ends_it(void **state)
{
	static const char *const then[] = { SILENT("chap-md5"), NULL };
	char pw[32];
	struct fake f = { .then = then };
	struct ran r;

	(void)state;
	(void)file_with("x", pw);
	r = ask(&f, REFUSED("pap"), WORDS("radius", "test", "alice",
	    "--password-file", pw));
	assert_int_equal(r.rc, RUN_REFUSED);
	assert_int_equal(f.asked, 2);
	assert_non_null(strstr(r.out, "no server is up"));
	assert_non_null(strstr(r.err, "the other methods were not tried"));
	ran_wipe(&r);
	assert_int_equal(unlink(pw), 0);
}

static void
trouble_is_told(void **state)
{
	char pw[32];
	struct fake f = { .pieces = 0 };
	struct ran r;

	(void)state;
	(void)file_with("x", pw);
	r = ask(&f, "{\"v\":1,\"ok\":false,\"error\":\"too many\"}\n",
	    WORDS("radius", "test", "alice", "--password-file", pw));
	assert_int_equal(r.rc, RUN_REFUSED);
	assert_string_equal(r.err, "l2tpctl: too many\n");
	assert_string_equal(r.out, "");
	ran_wipe(&r);
	r = ask(&f, "{\"v\":1,\"ok\":true,\"data\":7}\n",
	    WORDS("radius", "test", "alice", "--password-file", pw));
	assert_int_equal(r.rc, RUN_NO_DAEMON);
	ran_wipe(&r);
	r = call(WORDS("--socket", "/does/not/exist", "radius", "test",
	    "alice", "--password-file", pw));
	assert_int_equal(r.rc, RUN_NO_DAEMON);
	ran_wipe(&r);
	r = call(WORDS("radius", "test", "\xff", "--password-file", pw));
	assert_int_equal(r.rc, RUN_USAGE);
	assert_non_null(strstr(r.err, "is not UTF-8"));
	ran_wipe(&r);
	assert_int_equal(unlink(pw), 0);
	r = call(WORDS("radius", "test", "alice", "--password-file", pw));
	assert_int_equal(r.rc, RUN_USAGE);
	assert_non_null(strstr(r.err, "No such file"));
	ran_wipe(&r);
}

/* Without a file the password comes from standard input. */
static void
standard_input(void **state)
{
	int p[2], was = dup(STDIN_FILENO);
	struct fake f = { .pieces = 0 };
	struct ran r;

	(void)state;
	assert_true(was >= 0);
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "piped\n", 6), 6);
	assert_int_equal(close(p[1]), 0);
	assert_true(dup2(p[0], STDIN_FILENO) >= 0);
	r = ask(&f, ACCEPTED("eap"), WORDS("radius", "test", "alice", "eap"));
	assert_true(dup2(was, STDIN_FILENO) >= 0);
	assert_int_equal(r.rc, RUN_OK);
	assert_non_null(strstr(f.request, "\"password\":\"piped\""));
	ran_wipe(&r);
	assert_int_equal(close(p[0]), 0);
	assert_int_equal(close(was), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_method),
		cmocka_unit_test(all_methods),
		cmocka_unit_test(silence_ends_it),
		cmocka_unit_test(trouble_is_told),
		cmocka_unit_test(standard_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
