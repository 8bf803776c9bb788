/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The form of a message. */
#include "tests/unit/unit.h"

#include <syslog.h>
#include <unistd.h>

#include "argus/base/clock.h"
#include "argus/base/log.h"

static void a_message_is_one_line_with_program_and_time(void **state)
{
	char got[200] = { 0 }, want[200];
	int ends[2], was = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(pipe(ends), 0);
	clock_set_zone("UTC");
	log_init("/usr/bin/ra", "%Y");
	dup2(ends[1], STDERR_FILENO);
	log_line(LOG_ERR, "open '%s': %s", "nofile", "No such file or directory");
	dup2(was, STDERR_FILENO);
	close(was);
	close(ends[1]);
	assert_true(read(ends[0], got, sizeof got - 1) > 0);
	close(ends[0]);
	snprintf(want, sizeof want, "ra[%ld]: %d open 'nofile': No such file or directory\n", (long)getpid(),
		 clock_civil(clock_now() / CLOCK_SECOND_US).year);
	assert_string_equal(got, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_one_line_with_program_and_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
