/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "tests/unit/probe_kit.h"

int main(void)
{
	return 0;
}
