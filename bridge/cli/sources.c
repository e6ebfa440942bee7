// `pollbridge sources`: how the sources of a running daemon are.

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/cli/arguments.h"
#include "bridge/cli/cli.h"
#include "bridge/cli/daemon.h"
#include "bridge/cli/source-view.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"

static bool get_flag(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;

    return json_object_object_get_ex(object, name, &value) && json_object_get_boolean(value);
}

static void print_page(const struct daemon *daemon, struct json_object *page)
{
    struct json_object *data = NULL;

    if (!json_object_object_get_ex(page, "data", &data) ||
        !json_object_is_type(data, json_type_array)) {
        return;
    }
    for (size_t i = 0; i < json_object_array_length(data); i++) {
        struct json_object *source = json_object_array_get_idx(data, i);
        if (daemon->as_json) {
            source_view_print_json(source);
        } else {
            source_view_print_line(source);
        }
    }
}

struct wish {
    const char *source; // NULL: all
    bool trouble;
};

static int add_param(struct buf *path, const char *name, const char *value)
{
    int r = value ? buf_printf(path, "&%s=", name) : 0;

    return r || !value ? r : url_encode(path, value);
}

static int write_path(const struct wish *wish, const char *after, struct buf *ret)
{
    int r = buf_append_str(ret, "/v1/sources?limit=250");

    r = r ? r : add_param(ret, "source", wish->source);
    r = r ? r : add_param(ret, "trouble", wish->trouble ? "true" : NULL);
    return r ? r : add_param(ret, "iterator", after);
}

static enum exit_code print_all(const struct cli *cli, const struct daemon *daemon,
                                const struct wish *wish)
{
    AUTO_FREE char *after = NULL;

    for (;;) {
        AUTO_BUF struct buf path = { 0 };
        AUTO_JSON struct json_object *page = NULL;
        struct json_object *iterator = NULL;
        enum exit_code code = write_path(wish, after, &path) == 0
                                  ? daemon_ask(cli, daemon, "GET", buf_str(&path), &page)
                                  : EXIT_TROUBLE;
        if (code != EXIT_OK) {
            return code;
        }
        print_page(daemon, page);
        if (get_flag(page, "done") || !json_object_object_get_ex(page, "iterator", &iterator) ||
            !iterator) {
            return EXIT_OK;
        }
        free(after);
        after = strdup(json_object_get_string(iterator));
        if (!after) {
            return EXIT_TROUBLE;
        }
    }
}

static enum exit_code run(const struct cli *cli, int argc, char **argv)
{
    struct daemon daemon = DAEMON_PRESET;
    struct wish wish = { 0 };
    const struct argument options[] = {
        DAEMON_ARGUMENTS(&daemon),
        { 't', "trouble", NULL, "Only those that fail or whose answer is held", ARGUMENT_SWITCH,
          &wish.trouble, NULL },
    };
    const struct positional positional = { "SOURCE", &wish.source, false };
    const struct arguments arguments = {
        .doc = "Asks a running daemon how its sources are, a line each; with SOURCE that one, or "
               "all instances of its for_each.",
        .v = options,
        .n = ARRAY_LEN(options),
        .positionals = &positional,
        .positional_count = 1,
    };

    if (arguments_parse(&arguments, argc, argv) != 0) {
        return EXIT_TROUBLE;
    }
    return print_all(cli, &daemon, &wish);
}

const struct command command_sources = { "sources", "-c FILE [SOURCE]", "How a daemon's sources are", run };
