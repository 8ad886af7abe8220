/* SPDX-License-Identifier: BSD-2-Clause */
/* From command line to exit status: see run.h. */

#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/schema.h"
#include "l2tpctl/cmd.h"
#include "l2tpctl/link.h"
#include "l2tpctl/radtest.h"
#include "l2tpctl/run.h"

#define SOCKET_NAME	"l2tpd.sock"
#define TIMEOUT_S	30
#define PATH_BYTES	512

struct options {
	char socket[PATH_BYTES];
	bool json;
	bool help;
	bool all;		/* the argument is CMD_ALL */
	bool openmetrics;
	const char *password_file, *server;	/* borrowed; NULL: not given */
	const struct cmd *cmd;
	const char *arg, *more;	/* likewise */
};

static void
usage(FILE *f)
{
	const struct cmd *c;

	(void)fputs("usage: l2tpctl [--json] [--socket PATH] COMMAND\n", f);
	for (size_t i = 0; (c = cmd_at(i)) != NULL; i++)
		(void)fprintf(f, "  %-11s %-13s %s\n", c->name,
		    c->arg != NULL ? c->arg : "", c->help);
	(void)fputs("radius test: [--password-file PATH] [--server NAME]\n"
	    "metrics: [--openmetrics]\n", f);
}

/* One line on the error stream, with nothing in it that a terminal obeys. */
static void
complain(FILE *f, const char *text)
{
	char *safe = out_escape(text, strlen(text));

	(void)fprintf(f, "l2tpctl: %s\n", safe != NULL ? safe : "error");
	free(safe);
}

/* Where the daemon's socket is by default: in the default run-dir. */
static void
default_socket(char *buf, size_t n)
{
	const struct schema_row *r = schema_row(schema_find("", "run-dir"));

	(void)snprintf(buf, n, "%s/" SOCKET_NAME, r->def);
}

/* A command of two words, or of one; how many. */
static int
find_command(struct options *o, char **words, int n)
{
	char both[32];

	o->cmd = NULL;
	if (n > 1 && (size_t)snprintf(both, sizeof(both), "%s %s", words[0],
	    words[1]) < sizeof(both))
		o->cmd = cmd_find(both);
	if (o->cmd != NULL)
		return 2;
	o->cmd = n > 0 ? cmd_find(words[0]) : NULL;
	return o->cmd != NULL;
}

/* Options that only one command has. */
static bool
fits(const struct options *o, FILE *err)
{
	bool test = strcmp(o->cmd->name, "radius test") == 0;

	if ((o->password_file == NULL && o->server == NULL) || test)
		if (!o->openmetrics || o->cmd->shape == CMD_TEXT)
			return true;
	complain(err, "the option is not for this command");
	return false;
}

static bool
read_command(struct options *o, int argc, char **argv, FILE *err)
{
	int left = argc - optind;
	int words = find_command(o, argv + optind, left);
	int least, most;

	if (o->cmd == NULL) {
		complain(err, left > 0 ? "unknown command" :
		    "a command is missing");
		return false;
	}
	if (o->all && cmd_takes_all(o->cmd) && left == 1) {
		o->arg = CMD_ALL;
		return true;
	}
	least = most = o->cmd->arg != NULL ? 1 : 0;
	if (o->cmd->arg != NULL && strchr(o->cmd->arg, '[') != NULL)
		most++;
	if (o->all || left - words < least || left - words > most) {
		(void)fprintf(err, "l2tpctl: expected: %s%s%s\n", o->cmd->name,
		    o->cmd->arg != NULL ? " " : "",
		    o->cmd->arg != NULL ? o->cmd->arg : "");
		return false;
	}
	o->arg = left > words ? argv[optind + words] : NULL;
	o->more = left > words + 1 ? argv[optind + words + 1] : NULL;
	return fits(o, err);
}

static bool
read_options(struct options *o, int argc, char **argv, FILE *err)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "socket", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ "all", no_argument, NULL, 'a' },
		{ "openmetrics", no_argument, NULL, 'o' },
		{ "password-file", required_argument, NULL, 'p' },
		{ "server", required_argument, NULL, 'S' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*o = (struct options){ .json = false };
	default_socket(o->socket, sizeof(o->socket));
	optind = 0;		/* start anew, also the second time */
	opterr = 0;
	while ((c = getopt_long(argc, argv, "js:h", longs, NULL)) != -1) {
		if (c == 'j') {
			o->json = true;
		} else if (c == 'h') {
			o->help = true;
		} else if (c == 'a') {
			o->all = true;
		} else if (c == 'o') {
			o->openmetrics = true;
		} else if (c == 'p') {
			o->password_file = optarg;
		} else if (c == 'S') {
			o->server = optarg;
		} else if (c != 's') {
			complain(err, "unknown option, or its value is"
			    " missing");
			return false;
		} else if (strlen(optarg) >= sizeof(o->socket)) {
			complain(err, "the path of the socket is too long");
			return false;
		} else {
			memcpy(o->socket, optarg, strlen(optarg) + 1);
		}
	}
	return o->help || read_command(o, argc, argv, err);
}

static bool
colour(FILE *f)
{
	const char *term = getenv("TERM");

	return isatty(fileno(f)) == 1 && getenv("NO_COLOR") == NULL &&
	    term != NULL && strcmp(term, "dumb") != 0;
}

static enum run_exit
show_record(const struct options *opt, const json_t *data, FILE *f, FILE *err)
{
	struct out *o = opt->json ? out_json_new(f) :
	    out_text_new(f, colour(f));
	enum run_exit rc = RUN_OK;

	if (o == NULL || !cmd_show(opt->cmd, data, o)) {
		complain(err, "the daemon's answer is not understood");
		rc = RUN_NO_DAEMON;
	} else if (!out_finish(o)) {
		complain(err, "the answer could not be written");
		rc = RUN_REFUSED;
	}
	out_free(o);
	return rc;
}

/* As it came, but nothing that a terminal obeys. */
static bool
show_text(const json_t *data, FILE *f)
{
	const char *s = json_string_value(json_object_get(data, "text"));

	for (; s != NULL && *s != '\0'; s++)
		(void)fputc(*s == '\n' || (*s >= ' ' && *s < 0x7f) ? *s : '?',
		    f);
	return s != NULL && fflush(f) == 0 && !ferror(f);
}

static enum run_exit
show(const struct options *opt, const json_t *data, FILE *f, FILE *err)
{
	if (opt->cmd->shape == CMD_TEXT && !opt->json) {
		if (show_text(data, f))
			return RUN_OK;
		complain(err, "the answer could not be written");
		return RUN_REFUSED;
	}
	return show_record(opt, data, f, err);
}

static enum run_exit
radtest(const struct options *opt, FILE *f, FILE *err)
{
	struct radtest t = {
		.cmd = opt->cmd,
		.socket = opt->socket,
		.user = opt->arg,
		.method = opt->more,
		.server = opt->server,
		.password_file = opt->password_file,
		.json = opt->json,
		.colour = !opt->json && colour(f),
	};
	char why[LINK_TEXT_MAX];
	enum run_exit rc = radtest_run(&t, f, err, why, sizeof(why));

	if (why[0] != '\0')
		complain(err, why);
	return rc;
}

enum run_exit
run_main(int argc, char **argv, FILE *f, FILE *err)
{
	char text[LINK_TEXT_MAX] = "";
	enum run_exit rc = RUN_USAGE;
	struct options opt;
	json_t *args, *data = NULL;

	if (!read_options(&opt, argc, argv, err)) {
		usage(err);
		return RUN_USAGE;
	}
	if (opt.help) {
		usage(f);
		return RUN_OK;
	}
	if (strcmp(opt.cmd->name, "radius test") == 0)
		return radtest(&opt, f, err);
	args = opt.openmetrics ? json_pack("{s:s}", "format", "openmetrics") :
	    cmd_args(opt.cmd, opt.arg);
	if (opt.arg != NULL && args == NULL) {
		complain(err, "the argument is not UTF-8");
		return RUN_USAGE;
	}
	switch (link_ask(opt.socket, opt.cmd->name, args, TIMEOUT_S, &data,
	    text, sizeof(text))) {
	case LINK_OK:
		rc = show(&opt, data, f, err);
		break;
	case LINK_REFUSED:
		complain(err, text);
		rc = RUN_REFUSED;
		break;
	case LINK_DOWN:
		complain(err, text);
		rc = RUN_NO_DAEMON;
		break;
	}
	json_decref(data);
	json_decref(args);
	return rc;
}
