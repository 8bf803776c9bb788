/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target over its corpus, for builds without a fuzzer: every file of
 * tests/fuzz/corpus/NAME, where the program is called fuzz_NAME, or the files and
 * directories given as arguments. Links with exactly one target. */
#include <dirent.h>
#include <sys/stat.h>

#include "argus/base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SKIPPED = 77 };

static size_t run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct buf content = BUF_INIT;
	char block[4096];
	size_t got;
	uint8_t *exact;

	if (file == NULL)
		return 0;
	while ((got = fread(block, 1, sizeof block, file)) > 0)
		buf_add(&content, block, got);
	fclose(file);
	/* Memory of just that size, so that a sanitizer sees every step beyond it. */
	exact = xmalloc(content.length > 0 ? content.length : 1);
	if (content.length > 0)
		memcpy(exact, content.data, content.length);
	LLVMFuzzerTestOneInput(exact, content.length);
	free(exact);
	buf_fini(&content);
	return 1;
}

static size_t run_path(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	size_t count = 0;

	if (dir == NULL)
		return run_file(path);
	while ((entry = readdir(dir)) != NULL) {
		char *inside;

		if (entry->d_name[0] == '.')
			continue;
		inside = xasprintf("%s/%s", path, entry->d_name);
		count += run_path(inside);
		free(inside);
	}
	closedir(dir);
	return count;
}

int main(int argc, char **argv)
{
	const char *top = getenv("srcdir"), *name = strstr(argv[0], "fuzz_");
	size_t count = 0;
	char *corpus;

	for (int i = 1; i < argc; i++)
		count += run_path(argv[i]);
	if (argc == 1 && name != NULL) {
		corpus = xasprintf("%s/tests/fuzz/corpus/%s", top != NULL ? top : ".", name + strlen("fuzz_"));
		count = run_path(corpus);
		free(corpus);
	}
	printf("%zu inputs\n", count);
	return count > 0 ? 0 : SKIPPED;
}
