/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The manager's grammar: text to struct.
 *
 * Pure: no kernel object is touched, and the same file is tested and fuzzed on
 * the host.
 */
#ifndef UDMABUF_COMMAND_H
#define UDMABUF_COMMAND_H

#include "spec.h"

enum udmabuf_verb {
	UDMABUF_NOTHING,	/* a blank command */
	UDMABUF_CREATE,
	UDMABUF_DELETE,
};

struct udmabuf_command {
	enum udmabuf_verb verb;
	struct udmabuf_spec spec;	/* for delete, only its name */
	bool is_forced;
};

/* How much of @text the first command takes, its separator included. */
size_t udmabuf_command_length(const char *text, size_t len);

/* How much of @text ends with a separator: 0 if it has none. */
size_t udmabuf_command_cut(const char *text, size_t len);

/**
 * udmabuf_command_parse() - read one command
 * @text:	may end with its separator, and has no NUL at its end
 * @len:	bytes of it
 * @command:	what it asks for; on failure its verb and name, as far as understood
 * @error:	which word is wrong, and how
 *
 * Return: 0 or -EINVAL.
 */
int udmabuf_command_parse(const char *text, size_t len, struct udmabuf_command *command,
			  struct udmabuf_error *error);

const char *udmabuf_verb_name(enum udmabuf_verb verb);

#endif
