#pragma once
// Asks a running daemon through its listener.

#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/cli/cli.h"

struct json_object;

struct daemon {
    const char *url;    // of its listener; NULL: found in the configuration
    const char *config; // where server.listen and server.token stand
    int64_t timeout_ms;
    bool as_json; // print what it says as it is
};

// Rows for a table of arguments.
#define DAEMON_ARGUMENTS(daemon)                                                                    \
    { 'c',           "config",                                                                      \
      "FILE",        "The daemon's configuration (default " CLI_DEFAULT_CONFIG ")",                 \
      ARGUMENT_TEXT, &(daemon)->config,                                                             \
      NULL },                                                                                       \
        { 'u',           "url",          "URL", "Its listener; POLLBRIDGE_TOKEN is then its token", \
          ARGUMENT_TEXT, &(daemon)->url, NULL },                                                    \
    {                                                                                               \
        'j', "json", NULL, "Print the answer as it is", ARGUMENT_SWITCH, &(daemon)->as_json, NULL   \
    }

#define DAEMON_PRESET                                                                              \
    {                                                                                              \
        .config = CLI_DEFAULT_CONFIG, .timeout_ms = 10000                                          \
    }

// daemon_ask by GET, for who has another way where none answers: says nothing of that, and
// *ret_is_down is set.
enum exit_code daemon_try(const struct cli *cli, const struct daemon *daemon, const char *path,
                          struct json_object **ret, bool *ret_is_down) MUST_CHECK;
// daemon_ask by POST with a JSON body.
enum exit_code daemon_send(const struct cli *cli, const struct daemon *daemon, const char *path,
                           struct json_object *body, struct json_object **ret) MUST_CHECK;
// EXIT_OK and the answer (owned, JSON), or another code with words on stderr.
enum exit_code daemon_ask(const struct cli *cli, const struct daemon *daemon, const char *method,
                          const char *path, struct json_object **ret) MUST_CHECK;
