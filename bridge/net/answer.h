#pragma once
// Takes in an answer as it arrives, within limits, and turns it into a struct http_response.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"
#include "bridge/model/http.h"

#define ANSWER_HEADER_BYTES_MAX 65536 // all blocks of one answer: 1xx, final, trailers
#define ANSWER_FIELDS_MAX       200

struct answer {
    struct buf texts; // of the newest block: name, value, name, value, …, each with its end
    struct buf body;
    size_t header_bytes; // so far, over all blocks
    size_t value_at;     // of the last line, in texts: what the next may go on with; 0: it was none
    unsigned n_fields;
    unsigned n_lines;
    int status;        // of the newest block; 0: nothing has arrived
    unsigned version;  // 10, 11, 20
    bool headers_done; // the final block is complete: what follows are trailers
    bool truncated;
    // Set when taking in more was refused: the transfer is to end here. refusal HTTP_NO_ERROR means
    // that what arrived is all that was wanted.
    bool stopped;
    enum http_error refusal;
    const char *refusal_words; // constant
};

void answer_deinit(struct answer *answer);
void answer_clear(struct answer *answer); // for the next answer; keeps memory

// Both return false when the transfer is to end (see stopped).
bool answer_add_header_line(struct answer *answer, const char *line, size_t len);
// `discard`: the body is of no interest, read only so that the connection can be used again.
// `announced`: Content-Length, -1 when unknown.
bool answer_add_body(struct answer *answer, const struct http_request *request, const char *data,
                     size_t len, long long announced, bool discard);

// Value of a field of the newest block; malloc'ed in *ret, NULL when absent. 0 or -ENOMEM.
int answer_dup_field(const struct answer *answer, const char *name, char **ret) MUST_CHECK;
// Moves the answer into the response. 0 or -ENOMEM.
int answer_finish(struct answer *answer, struct http_response *ret) MUST_CHECK;
