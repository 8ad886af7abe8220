/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The replay main of every fuzz target: seeds and past crashers are tests.
 *
 *	fuzz_x [FILE|FOLDER]...
 *
 * Without arguments: seeds/NAME and crashes/NAME beside the sources, NAME being
 * the program's own.  Each file is fed as it is, then cut short at every length
 * and with single bytes changed, by a fixed rule, so that a failure repeats.
 * A file is one case; the changed ones are counted beside.  libFuzzer builds
 * (--enable-fuzzing) leave this file out.
 */

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX	(1 << 20)
#define CUTS_MAX	64	/* shortened copies of one file */
#define FLIPS_MAX	64	/* copies with one byte changed */
#define PATH_BYTES	4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct replay {
	unsigned long files;
	unsigned long variants;
	bool broken;		/* a file could not be read */
};

/* A copy of exactly n bytes, so that ASan sees a read one byte beyond. */
static void
feed(const uint8_t *data, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	if (copy == NULL)
		abort();
	if (n > 0)
		memcpy(copy, data, n);
	(void)LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static void
feed_variants(struct replay *r, uint8_t *data, size_t n)
{
	static const uint8_t changes[] = { 0x01, 0x80, 0xff, 0x10 };
	size_t step = n / CUTS_MAX + 1;

	for (size_t cut = 0; cut < n; cut += step, r->variants++)
		feed(data, cut);
	step = n / FLIPS_MAX + 1;
	for (size_t at = 0; at < n; at += step, r->variants++) {
		uint8_t was = data[at];

		data[at] ^= changes[at / step % sizeof(changes)];
		feed(data, n);
		data[at] = was;
	}
}

static void
replay_file(struct replay *r, const char *path)
{
	uint8_t *data = malloc(INPUT_MAX);
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL || data == NULL) {
		(void)fprintf(stderr, "%s: cannot be read\n", path);
		r->broken = true;
		free(data);
		if (f != NULL)
			(void)fclose(f);
		return;
	}
	n = fread(data, 1, INPUT_MAX, f);
	(void)fclose(f);
	/* Before it is fed: what stands last in the log is what crashed. */
	(void)printf("%s (%zu bytes)\n", path, n);
	(void)fflush(stdout);
	feed(data, n);
	feed_variants(r, data, n);
	r->files++;
	free(data);
}

static int
not_hidden(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* A missing folder is no error: most targets have no crashers. */
static void
replay_path(struct replay *r, const char *path)
{
	char sub[PATH_BYTES];
	struct dirent **names;
	struct stat st;
	int n;

	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
		replay_file(r, path);
		return;
	}
	n = scandir(path, &names, not_hidden, alphasort);
	for (int i = 0; i < n; i++) {
		(void)snprintf(sub, sizeof(sub), "%s/%s", path,
		    names[i]->d_name);
		replay_file(r, sub);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static void
replay_own(struct replay *r, const char *program)
{
	const char *slash = strrchr(program, '/');
	const char *name = slash != NULL ? slash + 1 : program;
	const char *top = getenv("top_srcdir");
	static const char *const folders[] = { "seeds", "crashes" };
	char path[PATH_BYTES];

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		struct stat st;

		(void)snprintf(path, sizeof(path), "%s/tests/fuzz/%s/%s",
		    top != NULL ? top : ".", folders[i], name);
		if (stat(path, &st) == 0)
			replay_path(r, path);
	}
}

int
main(int argc, char **argv)
{
	struct replay r = { 0 };

	for (int i = 1; i < argc; i++)
		replay_path(&r, argv[i]);
	if (argc == 1)
		replay_own(&r, argv[0]);
	if (r.files == 0) {
		(void)fprintf(stderr, "%s: no seeds\n", argv[0]);
		r.broken = true;
	}
	(void)printf("%lu changed copies\n", r.variants);
	(void)printf("%lu passed, %d failed\n", r.files, r.broken ? 1 : 0);
	return r.broken ? 1 : 0;
}
