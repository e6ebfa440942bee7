#include "bridge/cli/test-file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/cli/document-text.h"
#include "bridge/cli/rehearsal.h"
#include "bridge/cli/show.h"
#include "bridge/model/json.h"
#include "bridge/poll/digest/deliveries.h"
#include "bridge/poll/digest/digest.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"
#include "bridge/store/dry-store.h"

static int load_state(struct store *store, const char *source, struct source_state *ret)
{
    CLEANUP(source_notes_deinit) struct source_notes notes = { 0 };
    int r = store->ops->load_states(store, &notes);

    for (size_t i = 0; r == 0 && i < notes.n; i++) {
        if (str_eq(notes.v[i].source, source)) {
            *ret = notes.v[i].state;
            notes.v[i].state = (struct source_state){ 0 };
        }
    }
    return r;
}

static int load_stored(struct rehearsal *rehearsal, const struct test_file *test,
                       struct event_base *base, const struct settings *settings,
                       struct problem **reterr)
{
    CLEANUP(store_closep) struct store *store = NULL;
    int r = dry_store_open(&store, base, settings->store.path, reterr);

    r = r ? r : load_state(store, test->source, &rehearsal->state);
    return r ? r : store_load_snapshot(store, test->source, &rehearsal->base);
}

static int show_outcome(const struct rehearsal *rehearsal, const struct settings *settings,
                        const struct digest_outcome *outcome)
{
    CLEANUP(delivery_list_deinit) struct delivery_list deliveries = { 0 };
    AUTO_JSON struct json_object *noted = NULL;

    show("%s: %s%s%s%s\n", rehearsal->source->name, rehearsal_result_name(outcome->result),
         outcome->code ? " (" : "", outcome->code ? outcome->code : "", outcome->code ? ")" : "");
    if (outcome->detail) {
        show("  %s\n", outcome->detail);
    }
    if (rehearsal_is_good(outcome->result) && outcome->result != DIGEST_UNCHANGED) {
        AUTO_BUF struct buf text = { 0 };
        int r = document_text(&rehearsal->base.document, &text);
        if (r) {
            return r;
        }
        show("the document:\n%s\n", buf_str(&text));
    }
    int r = deliveries_make(settings, rehearsal->context, &outcome->events, &deliveries);
    r = r ? r : show_note_deliveries(&noted, &deliveries);
    if (r == 0) {
        show_events(&outcome->events, noted);
    }
    return r;
}

static int run(struct rehearsal *rehearsal, const struct test_file *test, struct event_base *base,
               const struct settings *settings, struct problem **reterr)
{
    CLEANUP(digest_outcome_deinit) struct digest_outcome outcome = { 0 };
    CLEANUP(bytes_deinit) struct bytes body = { 0 };
    int r = rehearsal_read_file(test->answer, &body, reterr);

    r = r ? r : load_stored(rehearsal, test, base, settings, reterr);
    if (r) {
        return r;
    }
    show("< %s, %zu bytes\n", test->answer, body.len);
    show_body(&body);
    rehearsal->content_type = test->content_type;
    r = rehearsal_feed(rehearsal, &body, &outcome);
    r = r ? r : show_outcome(rehearsal, settings, &outcome);
    return r == 0 && !rehearsal_is_good(outcome.result) ? EXIT_NO : r;
}

enum exit_code test_file_run(const struct test_file *test, struct event_base *base,
                             struct settings *settings)
{
    CLEANUP(rehearsal_deinit) struct rehearsal rehearsal = { 0 };
    CLEANUP(problem_freep) struct problem *problem = NULL;
    const struct source_settings *source = rehearsal_find_source(settings, test->source);

    if (!source) {
        return cli_refuse_source(settings, test->config, test->source);
    }
    int r = rehearsal_init(&rehearsal, source);
    r = r ? r : run(&rehearsal, test, base, settings, &problem);
    if (problem || r < 0) {
        AUTO_FREE char *words = problem ? problem_format(problem) : NULL;
        (void)fprintf(stderr, "pollbridge: %s\n", words ? words : strerror(r < 0 ? -r : EIO));
    }
    return r < 0 ? EXIT_TROUBLE : r > 0 ? EXIT_NO : EXIT_OK;
}
