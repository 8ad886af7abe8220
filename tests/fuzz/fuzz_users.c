/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text is refused with a message or gives users that can be found. */

#include <stdlib.h>

#include "conf/users.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_report r;
	struct users *us = users_load_text("fuzz", (const char *)data, size,
	    &r);

	if (us == NULL) {
		if (r.error[0] == '\0')
			abort();
		return 0;
	}
	for (size_t i = 0; i < users_count(us); i++) {
		const struct user *u = users_at(us, i);

		if (users_find(us, u->name, u->name_len) != u)
			abort();
		if ((u->password != NULL) == u->has_nthash)
			abort();
		if (u->address.family != IP_NONE &&
		    users_by_address(us, &u->address) != u)
			abort();
	}
	users_free(us);
	return 0;
}
