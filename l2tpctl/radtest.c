/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins for trial: see radtest.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "l2tpctl/link.h"
#include "l2tpctl/password.h"
#include "l2tpctl/radtest.h"

#define TIMEOUT_S	330	/* longer than any wait for a RADIUS answer */
#define GRANTS_MAX	4096	/* bytes of all of them in a line */

static const char *const methods[] = { "pap", "chap-md5", "mschapv2", "eap",
	NULL };

static bool
password_get(const struct radtest *t, FILE *err, struct secret *s, char *why,
    size_t n)
{
	const char *text = NULL;
	int fd = STDIN_FILENO;
	bool ok;

	if (t->password_file != NULL)
		fd = open(t->password_file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		(void)snprintf(why, n, "%s: %s", t->password_file,
		    strerror(errno));
		return false;
	}
	ok = password_read(fd, err, s, &text);
	if (!ok)
		(void)snprintf(why, n, "%s", text);
	if (fd != STDIN_FILENO)
		(void)close(fd);
	return ok;
}

static json_t *
args_of(const struct radtest *t, const char *method, const struct secret *s)
{
	json_t *a = json_pack("{s:s, s:s, s:o}", "user", t->user, "method",
	    method, "password", json_stringn((const char *)s->b, s->len));

	if (a != NULL && t->server != NULL && json_object_set_new(a, "server",
	    json_string(t->server)) != 0) {
		json_decref(a);
		a = NULL;
	}
	return a;
}

/* For people: no empty fields, and what is granted in one line. */
static void
make_readable(json_t *data)
{
	json_t *list = json_object_get(data, "granted");
	char line[GRANTS_MAX] = "";
	const char *key;
	json_t *v;
	void *tmp;
	size_t i, n = 0;

	json_array_foreach(list, i, v) {
		const char *s = json_string_value(v);

		if (s != NULL && n + strlen(s) + 3 < sizeof(line))
			n += (size_t)snprintf(line + n, sizeof(line) - n,
			    "%s%s", n > 0 ? "; " : "", s);
	}
	(void)json_object_set_new(data, "granted", json_string(line));
	json_object_foreach_safe(data, tmp, key, v) {
		if (json_is_null(v) || (json_is_string(v) &&
		    json_string_length(v) == 0))
			(void)json_object_del(data, key);
	}
}

static bool
show(const struct radtest *t, const struct cmd *cmd, const json_t *data,
    FILE *f)
{
	struct out *o = t->json ? out_json_new(f) :
	    out_text_new(f, t->colour);
	bool ok = o != NULL && cmd_show(cmd, data, o) && out_finish(o);

	out_free(o);
	return ok;
}

/* One answer for people; the list of all is for the end. */
static bool
show_one(const struct radtest *t, json_t *all, json_t *data, FILE *f)
{
	bool first = json_array_size(all) == 0;

	if (json_array_append(all, data) != 0 || !json_is_object(data))
		return false;
	if (t->json)
		return true;
	make_readable(data);
	return (first || fputc('\n', f) != EOF) && show(t, t->cmd, data, f);
}

static bool
result_is(const json_t *data, const char *result)
{
	const char *s = json_string_value(json_object_get(data, "result"));

	return s != NULL && strcmp(s, result) == 0;
}

/* One question.  RUN_OK: answered; *last: there is no use in others. */
static enum run_exit
ask(const struct radtest *t, const char *method, json_t *args, json_t *all,
    FILE *f, bool *accepted, bool *last, char *why, size_t n)
{
	json_t *data = NULL;
	enum run_exit rc = RUN_OK;

	switch (link_ask(t->socket, "radius-test", args, TIMEOUT_S, &data, why,
	    n)) {
	case LINK_OK:
		why[0] = '\0';
		*accepted = *accepted || result_is(data, "accepted");
		*last = result_is(data, "no answer");
		if (!show_one(t, all, data, f)) {
			(void)snprintf(why, n, "the answer about %s could not "
			    "be shown", method);
			rc = RUN_NO_DAEMON;
		}
		break;
	case LINK_REFUSED:
		rc = RUN_REFUSED;
		break;
	case LINK_DOWN:
		rc = RUN_NO_DAEMON;
		break;
	}
	json_decref(data);
	return rc;
}

static enum run_exit
ask_all(const struct radtest *t, const struct secret *s, json_t *all, FILE *f,
    FILE *err, char *why, size_t n)
{
	bool accepted = false, last = false;
	enum run_exit rc = RUN_OK;

	for (int i = 0; methods[i] != NULL && rc == RUN_OK && !last; i++) {
		const char *m = t->method != NULL ? t->method : methods[i];
		json_t *args = args_of(t, m, s);

		if (args == NULL) {
			(void)snprintf(why, n, "the name, the password or the "
			    "server is not UTF-8");
			return RUN_USAGE;
		}
		if (isatty(fileno(err)) == 1)
			(void)fprintf(err, "asking by %s, Ctrl-C gives up\n",
			    m);
		rc = ask(t, m, args, all, f, &accepted, &last, why, n);
		json_decref(args);
		if (last && t->method == NULL && methods[i + 1] != NULL)
			(void)snprintf(why, n, "no answer: the other methods "
			    "were not tried");
		last = last || t->method != NULL;
	}
	return rc == RUN_OK && !accepted ? RUN_REFUSED : rc;
}

enum run_exit
radtest_run(const struct radtest *t, FILE *f, FILE *err, char *why, size_t n)
{
	struct cmd list = *t->cmd;
	struct secret s = { .len = 0 };
	json_t *all;
	enum run_exit rc;

	json_set_alloc_funcs(malloc, wipe_free);
	why[0] = '\0';
	if (!password_get(t, err, &s, why, n))
		return RUN_USAGE;
	all = json_array();
	rc = ask_all(t, &s, all, f, err, why, n);
	secret_wipe(&s);
	list.shape = CMD_TABLE;
	if (t->json && json_array_size(all) > 0 && !show(t, &list, all, f)) {
		(void)snprintf(why, n, "the answer could not be written");
		rc = RUN_NO_DAEMON;
	}
	json_decref(all);
	return rc;
}
