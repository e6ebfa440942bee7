#pragma once
// The store of a daemon that does not run, asked what the daemon would be asked; read-only.

#include "bridge/base/cleanup.h"
#include "bridge/cli/cli.h"

struct json_object;
struct offline;

// Says on stderr that it is the store. EXIT_OK, or another code with words.
enum exit_code offline_open(struct offline **ret, const struct cli *cli,
                            const char *config) MUST_CHECK;
struct offline *offline_close(struct offline *offline); // accepts NULL
enum exit_code offline_ask(struct offline *offline, const char *path,
                           struct json_object **ret) MUST_CHECK;
