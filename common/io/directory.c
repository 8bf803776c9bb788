/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/io/directory.h"

#include <dirent.h>
#include <sys/stat.h>

#include "argus/base/buf.h"

/* The directories that lead here, so that links cannot make a circle. */
struct level {
	const struct level *above;
	dev_t device;
	ino_t inode;
};

struct walk {
	void (*found)(void *context, const char *path);
	void *context;
};

static bool is_circle(const struct level *level)
{
	for (const struct level *l = level->above; l != NULL; l = l->above)
		if (l->device == level->device && l->inode == level->inode)
			return true;
	return false;
}

static int walk_path(const struct walk *w, const char *path, const struct level *above);

static int walk_directory(const struct walk *w, const char *path, const struct level *level)
{
	const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
	const struct dirent *entry;
	DIR *directory;

	if (is_circle(level))
		return 0;
	directory = opendir(path);
	if (directory == NULL)
		return -1;
	while ((entry = readdir(directory)) != NULL) {
		char *below;

		if (entry->d_name[0] == '.')
			continue;
		below = xasprintf("%s%s%s", path, slash, entry->d_name);
		if (walk_path(w, below, level) < 0)
			w->found(w->context, below);
		free(below);
	}
	closedir(directory);
	return 0;
}

static int walk_path(const struct walk *w, const char *path, const struct level *above)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -1;
	if (S_ISDIR(st.st_mode))
		return walk_directory(w, path, &(struct level){ above, st.st_dev, st.st_ino });
	if (S_ISREG(st.st_mode))
		w->found(w->context, path);
	return 0;
}

int directory_walk(const char *path, void (*found)(void *context, const char *path), void *context, struct err *err)
{
	struct walk w = { found, context };

	if (path[0] == '\0' || walk_path(&w, path, NULL) < 0)
		return err_system(err, "open '%s'", path);
	return 0;
}
