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
#include "l2tpctl/run.h"

#define SOCKET_NAME	"l2tpd.sock"
#define TIMEOUT_S	30
#define PATH_BYTES	512

struct options {
	char socket[PATH_BYTES];
	bool json;
	bool help;
	bool all;		/* the argument is CMD_ALL */
	const struct cmd *cmd;
	const char *arg;	/* borrowed; NULL if there is none */
};

static void
usage(FILE *f)
{
	const struct cmd *c;

	(void)fputs("usage: l2tpctl [--json] [--socket PATH] COMMAND\n", f);
	for (size_t i = 0; (c = cmd_at(i)) != NULL; i++)
		(void)fprintf(f, "  %-8s %-8s %s\n", c->name,
		    c->arg != NULL ? c->arg : "", c->help);
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

static bool
read_command(struct options *o, int argc, char **argv, FILE *err)
{
	int left = argc - optind;

	o->cmd = left > 0 ? cmd_find(argv[optind]) : NULL;
	if (o->cmd == NULL) {
		complain(err, left > 0 ? "unknown command" :
		    "a command is missing");
		return false;
	}
	if (o->all && cmd_takes_all(o->cmd) && left == 1) {
		o->arg = CMD_ALL;
		return true;
	}
	if (o->all || left != (o->cmd->arg != NULL ? 2 : 1)) {
		(void)fprintf(err, "l2tpctl: expected: %s%s%s\n", o->cmd->name,
		    o->cmd->arg != NULL ? " " : "",
		    o->cmd->arg != NULL ? o->cmd->arg : "");
		return false;
	}
	o->arg = o->cmd->arg != NULL ? argv[optind + 1] : NULL;
	return true;
}

static bool
read_options(struct options *o, int argc, char **argv, FILE *err)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "socket", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ "all", no_argument, NULL, 'a' },
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
show(const struct options *opt, const json_t *data, FILE *f, FILE *err)
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
	args = cmd_args(opt.cmd, opt.arg);
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
