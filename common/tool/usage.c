/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --help, --version and --describe: the tables as text. */
#include <ctype.h>

#include "argus/base/buf.h"
#include "common/tool/run_private.h"

#define INDENT 26
#define LINE_WIDTH 96

/* Words from column INDENT on; `column` is where the line stands. */
static void print_wrapped(FILE *to, int column, const char *text)
{
	while (*text != '\0') {
		int length = (int)strcspn(text, " ");

		if (column > INDENT && column + 1 + length > LINE_WIDTH) {
			fputc('\n', to);
			column = 0;
		}
		if (column < INDENT)
			fprintf(to, "%*s", INDENT - column, "");
		else
			fputc(' ', to);
		column = (column < INDENT ? INDENT : column + 1) + length;
		fprintf(to, "%.*s", length, text);
		text += length;
		while (*text == ' ')
			text++;
	}
	fputc('\n', to);
}

static void print_option(FILE *to, const struct tool_option *option)
{
	int column = fprintf(to, "  -%c%s%s", option->letter, option->argument != NULL ? " " : "",
			     option->argument != NULL ? option->argument : "");

	if (column >= INDENT) {
		fputc('\n', to);
		column = 0;
	}
	print_wrapped(to, column, option->help);
}

static void print_long(FILE *to, const char *name, const char *help)
{
	int column = fprintf(to, "  %s", name);

	print_wrapped(to, column, help);
}

static void print_mode(FILE *to, const struct tool_mode *mode)
{
	int column = fprintf(to, "     %s", mode->name);

	print_wrapped(to, column, mode->help);
}

static bool is_own(const struct tool *tool, char letter)
{
	for (const struct tool_option *own = tool->options; own != NULL && own->letter != '\0'; own++)
		if (own->letter == letter)
			return true;
	return false;
}

static bool is_own_mode(const struct tool *tool, const char *name)
{
	for (const struct tool_mode *own = tool->modes; own != NULL && own->name != NULL; own++)
		if (strcmp(own->name, name) == 0)
			return true;
	return false;
}

/* Options whose letter another tool gives a meaning: any tool takes them. */
static void print_others(FILE *to, const struct tool *tool)
{
	struct buf list = BUF_INIT;

	for (const struct tool_option *option = common_options; option->letter != '\0'; option++) {
		if (option->help != NULL || option_is_refused(option) || is_own(tool, option->letter))
			continue;
		buf_printf(&list, "%s-%c%s%s", list.length > 0 ? ", " : "", option->letter,
			   option->argument != NULL ? " " : "", option->argument != NULL ? option->argument : "");
	}
	fputs("options of other tools, without a meaning here:\n", to);
	print_wrapped(to, 0, buf_string(&list));
	buf_fini(&list);
}

static void print_columns(FILE *to)
{
	struct buf list = BUF_INIT;

	for (size_t i = 0; i < field_count; i++)
		buf_printf(&list, "%s%s", i > 0 ? " " : "", field_table[i].name);
	fputs("columns of -s:\n", to);
	print_wrapped(to, 0, buf_string(&list));
	buf_fini(&list);
}

void usage_print(const struct tool *tool, const char *program, FILE *to)
{
	fprintf(to, "%s %s: %s\nusage: %s [options] [- filter]\n", program, PACKAGE_VERSION, tool->summary, program);
	if (tool->options != NULL)
		fprintf(to, "options of %s:\n", program);
	for (const struct tool_option *own = tool->options; own != NULL && own->letter != '\0'; own++)
		if (own->help != NULL)
			print_option(to, own);
	fputs(tool->options != NULL ? "options of all clients:\n" : "options:\n", to);
	for (const struct tool_option *option = common_options; option->letter != '\0'; option++)
		if (option->help != NULL && !is_own(tool, option->letter))
			print_option(to, option);
	print_long(to, "--help", "as -h");
	print_long(to, "--version", "the version, and what it was built with");
	print_long(to, "--describe", "the tables of options, modes, columns and variables, for programs");
	print_others(to, tool);
	if (tool->modes != NULL)
		fprintf(to, "modes of %s (-M):\n", program);
	for (const struct tool_mode *mode = tool->modes; mode != NULL && mode->name != NULL; mode++)
		if (mode->help != NULL)
			print_mode(to, mode);
	fputs(tool->modes != NULL ? "modes of all clients:\n" : "modes (-M):\n", to);
	for (const struct tool_mode *mode = common_modes; mode->name != NULL; mode++)
		if (mode->help != NULL && !is_own_mode(tool, mode->name))
			print_mode(to, mode);
	print_columns(to);
	fprintf(to, "exit status: 0 done; 1 usage or configuration, or no record passed; 2 a file could not be read or\n"
		    "written; 3 damaged input, what was good was processed. See %s(1), rarc(5).\n", program);
}

void version_print(const char *program, FILE *to)
{
	fprintf(to, "%s (argus) %s\nbuilt with: %s\n", program, PACKAGE_VERSION,
		FEATURES[0] != '\0' ? FEATURES : "no optional library");
}

static void describe_options(const struct tool *tool, const struct tool_option *option, bool common, FILE *to)
{
	for (; option != NULL && option->letter != '\0'; option++) {
		bool others = common && option->help == NULL;

		if ((common && is_own(tool, option->letter)) || option_is_refused(option))
			continue;
		fprintf(to, "option\t-%c\t%s\t%s\t%s\n", option->letter, option->argument != NULL ? option->argument : "",
			option->list ? "list" : "", others ? "for other tools" : option->help != NULL ? option->help : "");
	}
}

static void describe_modes(const struct tool *tool, const struct tool_mode *mode, FILE *to)
{
	bool common = mode == common_modes;

	for (; mode != NULL && mode->name != NULL; mode++)
		if (mode->help != NULL && !(common && is_own_mode(tool, mode->name)))
			fprintf(to, "mode\t%s\t%s\n", mode->name, mode->help);
}

/* Every row of every table, one a line, parted by TABs: for completion, and for
 * the check of the manual pages. */
void describe_print(const struct tool *tool, FILE *to)
{
	static const char *const types[] = { "text", "yes or no", "number", "seconds" };

	fprintf(to, "tool\t%s\t%s\n", tool->name, tool->summary);
	describe_options(tool, tool->options, false, to);
	describe_options(tool, common_options, true, to);
	describe_modes(tool, tool->modes, to);
	describe_modes(tool, common_modes, to);
	for (size_t i = 0; i < field_count; i++)
		fprintf(to, "column\t%s\t%s\t%u\t%s\t%s\n", field_table[i].name, field_table[i].title, field_table[i].width,
			field_table[i].unit, field_table[i].help);
	for (size_t i = 0; i < rarc_table.count; i++)
		fprintf(to, "key\t%s\t%s\t%s%s\n", rarc_table.keys[i].name, types[rarc_table.keys[i].type],
			rarc_table.keys[i].flags & RC_NO_EFFECT ? "no effect: " : "", rarc_table.keys[i].help);
}
