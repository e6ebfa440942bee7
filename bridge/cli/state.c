// `pollbridge state export` and `state import`: what is remembered of sources, from store to store.

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/secret.h"
#include "bridge/base/str.h"
#include "bridge/cli/arguments.h"
#include "bridge/cli/cli.h"
#include "bridge/cli/rehearsal.h"
#include "bridge/cli/state-document.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"
#include "bridge/store/dry-store.h"
#include "bridge/store/state-import.h"

struct state {
    const char *file;
    const char *what;
    const char *name; // a source, or the file to import
    bool replace;
};

static enum exit_code tell(const struct problem *problem, int error)
{
    AUTO_FREE char *words = problem ? problem_format(problem) : NULL;

    (void)fprintf(stderr, "pollbridge: %s\n", words ? words : strerror(error < 0 ? -error : EIO));
    return error == -ENOMEM || !problem ? EXIT_TROUBLE : error < 0 ? EXIT_STORE : EXIT_NO;
}

// ---- export ----

struct export
{
    struct store *store;
    struct store_reader *reader;
    const char *source; // NULL: all
    size_t written;
};

static void export_deinit(struct export *export)
{
    if (export->store) {
        (void)export->store->ops->reader_free(export->reader);
        (void)export->store->ops->close(export->store);
    }
}

// A secret that an API repeats in its answers must not leave with them.
static int holds_secret(const struct buf *line, bool *ret)
{
    AUTO_BUF struct buf struck = { 0 };
    int r = buf_append(&struck, line->data, line->len);

    secret_redact(&struck, 0);
    *ret = struck.len != line->len || memcmp(struck.data, line->data, line->len) != 0;
    return r;
}

static void drop_answer(struct state_document *document)
{
    struct source_state *state = &document->state;

    (void)fprintf(stderr,
                  "pollbridge: an answer of %s holds a secret of the configuration; it is left "
                  "out, so the source begins with a new base where this is imported\n",
                  document->source);
    snapshot_deinit(&document->snapshot);
    free(state->etag);
    free(state->last_modified);
    state->etag = NULL;
    state->last_modified = NULL;
}

static int write_line(struct state_document *document)
{
    AUTO_BUF struct buf line = { 0 };
    bool secret = false;
    int r = state_document_write(&line, document);

    r = r ? r : holds_secret(&line, &secret);
    if (r == 0 && secret) {
        drop_answer(document);
        buf_clear(&line);
        r = state_document_write(&line, document);
    }
    if (r == 0) {
        (void)printf("%s\n", buf_str(&line));
    }
    return r;
}

static int export_one(struct export *export, struct source_note *note)
{
    CLEANUP(state_document_deinit) struct state_document document = { .source = note->source };
    int r = export->store->ops->reader_snapshot(export->reader, note->source, &document.snapshot);

    document.state = note->state;
    *note = (struct source_note){ 0 };
    if (r == 0) {
        export->written++;
        r = write_line(&document);
    }
    return r;
}

static int export_all(struct export *export, const char *path, struct event_base *base,
                      struct problem **reterr)
{
    CLEANUP(source_notes_deinit) struct source_notes notes = { 0 };
    int r = dry_store_open(&export->store, base, path, reterr);

    r = r ? r : export->store->ops->reader_new(export->store, &export->reader);
    r = r ? r : export->store->ops->load_states(export->store, &notes);
    for (size_t i = 0; r == 0 && i < notes.n; i++) {
        if (!export->source || str_eq(export->source, notes.v[i].source)) {
            r = export_one(export, &notes.v[i]);
        }
    }
    return r ? r : fflush(stdout) == 0 ? 0 : -errno;
}

static enum exit_code run_export(const struct state *state, const struct settings *settings)
{
    CLEANUP(export_deinit) struct export export = { .source = state->name };
    CLEANUP(problem_freep) struct problem *problem = NULL;
    struct event_base *base = event_base_new();
    int r = base ? export_all(&export, settings->store.path, base, &problem) : -ENOMEM;

    export_deinit(&export);
    export = (struct export){ .written = export.written };
    if (base) {
        event_base_free(base);
    }
    if (r) {
        return tell(problem, r);
    }
    if (export.written == 0) {
        (void)fprintf(stderr, "pollbridge: %s knows nothing of %s\n", settings->store.path,
                      state->name ? state->name : "any source");
        return EXIT_NO;
    }
    return EXIT_OK;
}

// ---- import ----

static int import_line(struct state_import *import, const struct state *state, const char *line,
                       size_t len, struct problem **reterr)
{
    CLEANUP(state_document_deinit) struct state_document document = { 0 };
    int r = state_document_read(&document, line, len, reterr);

    return r ? r
             : state_import_put(import, document.source, &document.state, &document.snapshot,
                                state->replace, reterr);
}

// The words are about a line.
static int name_line(const struct state *state, size_t number, const struct problem *why,
                     struct problem **reterr)
{
    return problem_set_at(reterr, STATE_DOCUMENT_E_BAD, why->code, state->name, (unsigned)number, 0,
                          "%s", why->message);
}

static int import_lines(struct state_import *import, const struct state *state,
                        const struct bytes *text, size_t *ret_n, struct problem **reterr)
{
    size_t number = 1;
    int r = 0;

    for (size_t at = 0; r == 0 && at < text->len; number++) {
        CLEANUP(problem_freep) struct problem *why = NULL;
        const char *end = memchr(text->data + at, '\n', text->len - at);
        size_t len = (end ? (size_t)(end - text->data) : text->len) - at;
        if (len > 0) {
            r = import_line(import, state, text->data + at, len, &why);
            *ret_n += r == 0;
        }
        if (r > 0 && why) {
            return name_line(state, number, why, reterr);
        }
        at += len + 1;
    }
    return r;
}

static enum exit_code run_import(const struct state *state, const struct settings *settings)
{
    CLEANUP(state_import_freep) struct state_import *import = NULL;
    CLEANUP(problem_freep) struct problem *problem = NULL;
    CLEANUP(bytes_deinit) struct bytes text = { 0 };
    size_t n = 0;
    int r = rehearsal_read_file(state->name, &text, &problem);

    r = r ? r : state_import_new(&import, settings->store.path, &problem);
    r = r ? r : import_lines(import, state, &text, &n, &problem);
    r = r ? r : state_import_commit(import);
    if (r) {
        return tell(problem, r);
    }
    (void)printf("%zu sources\n", n);
    return EXIT_OK;
}

// ---- the command ----

static int parse_arguments(struct state *state, int argc, char **argv)
{
    const struct argument options[] = {
        { 'c', "config", "FILE", "Configuration (default " CLI_DEFAULT_CONFIG ")", ARGUMENT_TEXT,
          &state->file, NULL },
        { 'r', "replace", NULL,
          "Import also where the store knows a later state; versions and sequences go on from it",
          ARGUMENT_SWITCH, &state->replace, NULL },
    };
    const struct positional positionals[] = {
        { "export|import", &state->what, true },
        { "SOURCE|FILE", &state->name, false },
    };
    const struct arguments arguments = {
        .doc = "`state export [SOURCE]` prints what the store remembers of every source (or of "
               "one), a line of JSON each: snapshot, validators, version and sequence; also beside "
               "a running daemon. It holds answers of the APIs, and no secret of the "
               "configuration. `state import FILE` (\"-\": standard input) puts such lines into "
               "the store of a daemon that does not run: all of them or none.",
        .v = options,
        .n = ARRAY_LEN(options),
        .positionals = positionals,
        .positional_count = ARRAY_LEN(positionals),
    };

    return arguments_parse(&arguments, argc, argv);
}

static enum exit_code run(const struct cli *cli, int argc, char **argv)
{
    struct state state = { .file = CLI_DEFAULT_CONFIG };
    AUTO_SETTINGS struct settings *settings = NULL;

    if (parse_arguments(&state, argc, argv) != 0) {
        return EXIT_TROUBLE;
    }
    bool imports = str_eq(state.what, "import");
    if ((!imports && !str_eq(state.what, "export")) || (imports && !state.name)) {
        (void)fprintf(stderr, "pollbridge: say `state export [SOURCE]` or `state import FILE`\n");
        return EXIT_USAGE;
    }
    settings = cli_load_settings(cli, state.file);
    if (!settings) {
        return EXIT_CONFIG;
    }
    return imports ? run_import(&state, settings) : run_export(&state, settings);
}

const struct command command_state = { "state", "export|import -c FILE",
                                       "What is remembered of sources, from store to store", run };
