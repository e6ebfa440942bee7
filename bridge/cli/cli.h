#pragma once
// The command line: a table of commands, one file each, options read by glibc's argp.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct drivers;
struct settings;

// What a command's process ends with. Documented in README.md.
enum exit_code {
    EXIT_OK = 0,
    EXIT_NO = 1,      // asked and answered no: a poll failed, not healthy, a file is not right
    EXIT_USAGE = 2,   // the command line makes no sense
    EXIT_CONFIG = 3,  // the configuration has problems; all of them are on stderr
    EXIT_STORE = 4,   // the store or the listener cannot be opened
    EXIT_TROUBLE = 5, // out of memory or a fault of ours
};

struct cli {
    const struct drivers *drivers;
};

struct command {
    const char *name;
    const char *arguments; // "-c FILE", for the list of commands
    const char *summary;
    // argv[0] is "pollbridge NAME", for messages.
    enum exit_code (*run)(const struct cli *cli, int argc, char **argv);
};

extern const struct command command_serve;
extern const struct command command_validate;
extern const struct command command_test;
extern const struct command command_once;
extern const struct command command_diff;
extern const struct command command_rehearse;
extern const struct command command_demo;
extern const struct command command_schema;
extern const struct command command_health;
extern const struct command command_sources;
extern const struct command command_sinks;
extern const struct command command_events;
extern const struct command command_deliveries;
extern const struct command command_explain;
extern const struct command command_poll;
extern const struct command command_accept;
extern const struct command command_prime;
extern const struct command command_pause;
extern const struct command command_resume;
extern const struct command command_state;
extern const struct command command_resend;
extern const struct command command_recover;
extern const struct command command_replay;
extern const struct command command_enable;
extern const struct command command_disable;
extern const struct command command_ping;
extern const struct command command_rotate;
extern const struct command command_version;

// Finds the command that argv names, runs it, and returns the process's exit code.
int cli_main(const struct cli *cli, int argc, char **argv);

// Loads a configuration; every problem goes to stderr, as "file:line:column: what". NULL when it
// cannot be used.
struct settings *cli_load_settings(const struct cli *cli, const char *file);

#define CLI_DEFAULT_CONFIG "/etc/pollbridge/pollbridge.yaml"

// Says that there is no such source in `file`, and the nearest one that is. EXIT_USAGE.
enum exit_code cli_refuse_source(const struct settings *settings, const char *file,
                                 const char *name);
