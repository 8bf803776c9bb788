/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is appended to its own input would be read again without end. */
#include <sys/stat.h>
#include <unistd.h>

#include "argus/base/buf.h"
#include "common/tool/run_private.h"

struct own_input {
	dev_t device;
	ino_t inode;
};

/* Pipes and the like are written by one and read by another. */
static void add(struct own_inputs *own, const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		own->input[own->count++] = (struct own_input){ st->st_dev, st->st_ino };
}

/* Which files the inputs are, asked once: there may be as many outputs as inputs. */
static void find_inputs(struct run *run, struct own_inputs *own)
{
	size_t count = source_input_count(run->source);
	struct stat st;

	own->input = xmalloc((count + 1) * sizeof *own->input);
	for (size_t i = 0; i < count; i++) {
		const char *name = source_input_name(run->source, i);

		if (source_is_remote(run->source, i))
			continue;
		if ((strcmp(name, "-") == 0 ? fstat(STDIN_FILENO, &st) : stat(name, &st)) == 0)
			add(own, &st);
	}
}

int run_refuse_own_input(struct run *run, const char *path)
{
	struct own_inputs *own = &run->priv->own;
	bool is_standard = strcmp(path, "-") == 0;
	struct stat st;

	if ((is_standard ? fstat(STDOUT_FILENO, &st) : stat(path, &st)) < 0)
		return 0;
	if (own->input == NULL)
		find_inputs(run, own);
	for (size_t i = 0; i < own->count; i++)
		if (own->input[i].device == st.st_dev && own->input[i].inode == st.st_ino)
			return err_set(&run->err, ERR_USER, "'%s' is read and written at once",
				       is_standard ? "standard output" : path);
	return 0;
}
