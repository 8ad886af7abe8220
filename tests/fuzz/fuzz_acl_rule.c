/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any text is refused with a reason, or is a rule whose canonical text is the
 * same rule.
 */

#include <stdlib.h>
#include <string.h>

#include "base/acl_rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[ACL_RULE_STRLEN], again[ACL_RULE_STRLEN], why[80];
	char *s = malloc(size + 1);
	struct acl_rule r, back;

	memcpy(s, data, size);
	s[size] = '\0';
	if (!acl_rule_parse(s, &r, why, sizeof(why))) {
		if (why[0] == '\0' || strlen(why) >= sizeof(why) ||
		    strpbrk(why, "\n\r\t\033") != NULL)
			abort();
	} else {
		if (!acl_rule_ok(&r) || why[0] != '\0')
			abort();
		if (!acl_rule_parse(acl_rule_str(&r, text), &back, why,
		    sizeof(why)) || memcmp(&r, &back, sizeof(r)) != 0 ||
		    strcmp(acl_rule_str(&back, again), text) != 0)
			abort();
	}
	free(s);
	return 0;
}
