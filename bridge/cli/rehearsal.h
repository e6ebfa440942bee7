#pragma once
// What a source would tell of answers that are kept as files: its rules on one after the other,
// each accepted one the base of the next. Nothing is asked, stored or sent.

#include <stdint.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"
#include "bridge/model/snapshot.h"
#include "bridge/poll/digest/digest.h"

struct problem;
struct settings;
struct source_settings;

struct rehearsal {
    const struct source_settings *source; // borrowed
    const char *content_type;             // of the answers; NULL: their server does not say
    struct expr_context *context;
    struct source_state state; // may be set before the first answer, as `base`
    struct snapshot base;
    int64_t now_ms; // when the next answer is seen; wall time
};

int rehearsal_init(struct rehearsal *rehearsal,
                   const struct source_settings *source) MUST_CHECK; // 0 or -ENOMEM
void rehearsal_deinit(struct rehearsal *rehearsal);

// The next answer, and what comes of it. Where it is accepted, its document is the base from now
// on, and outcome->snapshot is left without it. 0 or negative errno.
int rehearsal_feed(struct rehearsal *rehearsal, const struct bytes *body,
                   struct digest_outcome *ret) MUST_CHECK;

// Reads a file that holds an answer ("-": standard input); at most 512 MiB. 0, -ENOMEM, or
// REHEARSAL_E_FILE with words.
enum { REHEARSAL_E_FILE = 1 };
int rehearsal_read_file(const char *path, struct bytes *ret, struct problem **reterr) MUST_CHECK;

// The name of a source, or of an instance of one. NULL: there is none.
const struct source_settings *rehearsal_find_source(const struct settings *settings,
                                                    const char *name);

const char *rehearsal_result_name(enum digest_result result); // as polls have them
bool rehearsal_is_good(enum digest_result result);            // neither held nor failed
