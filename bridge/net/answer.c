#include "bridge/net/answer.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/str.h"

#define RESERVE_MAX   (UINT64_C(1) << 20) // what a server announces is not believed beyond this
#define KEEP_BYTES    8192
#define DISCARD_BYTES 65536

void answer_deinit(struct answer *answer)
{
    buf_deinit(&answer->lines);
    buf_deinit(&answer->body);
}

void answer_clear(struct answer *answer)
{
    struct buf lines = answer->lines;
    if (lines.cap > KEEP_BYTES) {
        buf_deinit(&lines);
    }
    buf_clear(&lines);
    buf_deinit(&answer->body);
    *answer = (struct answer){ .lines = lines };
}

static bool refuse(struct answer *answer, enum http_error error, const char *words)
{
    answer->stopped = true;
    answer->refusal = error;
    answer->refusal_words = words;
    return false;
}

// "HTTP/1.1 200 OK": libcurl has checked it already.
static void begin_block(struct answer *answer, const char *line, size_t len)
{
    buf_clear(&answer->lines);
    answer->n_fields = 0;
    answer->status = 0;
    answer->version = 0;
    size_t i = strlen("HTTP/");
    for (; i < len && line[i] != ' '; i++) {
        if (line[i] >= '0' && line[i] <= '9') {
            answer->version = answer->version * 10 + (unsigned)(line[i] - '0');
        }
    }
    if (answer->version < 10) {
        answer->version *= 10; // "HTTP/2"
    }
    for (i++; i < len && line[i] >= '0' && line[i] <= '9' && answer->status < 100; i++) {
        answer->status = answer->status * 10 + (line[i] - '0');
    }
}

// A line that continues the one before (obsolete, RFC 9112 section 5.2) is put behind it.
static bool keep_line(struct answer *answer, const char *line, size_t len)
{
    size_t before = answer->lines.len;
    if ((line[0] == ' ' || line[0] == '\t') && answer->lines.len > 0) {
        answer->lines.data[answer->lines.len - 1] = ' ';
    } else if (++answer->n_fields > ANSWER_FIELDS_MAX) {
        return refuse(answer, HTTP_RESPONSE_TOO_LARGE, "more than 200 header fields");
    }
    if (buf_append(&answer->lines, line, len) < 0 || buf_append_char(&answer->lines, '\n') < 0) {
        return refuse(answer, HTTP_PROTOCOL_ERROR, "out of memory");
    }
    // A lone CR would do harm in whatever is written from the value. (libcurl refuses NUL.)
    char *kept = answer->lines.data + before;
    for (char *cr = kept; (cr = memchr(cr, '\r', len - (size_t)(cr - kept))) != NULL;) {
        *cr = ' ';
    }
    return true;
}

bool answer_add_header_line(struct answer *answer, const char *line, size_t len)
{
    answer->header_bytes += len;
    if (answer->header_bytes > ANSWER_HEADER_BYTES_MAX) {
        return refuse(answer, HTTP_RESPONSE_TOO_LARGE, "more than 64 KiB of header fields");
    }
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r')) {
        len--;
    }
    if (answer->headers_done) {
        return true; // trailers are counted and dropped
    }
    if (len == 0) {
        answer->headers_done = answer->status >= 200;
        return true;
    }
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        begin_block(answer, line, len);
        return true;
    }
    return keep_line(answer, line, len);
}

static bool end_here(struct answer *answer)
{
    answer->truncated = true;
    return refuse(answer, HTTP_NO_ERROR, NULL);
}

bool answer_add_body(struct answer *answer, const struct http_request *request, const char *data,
                     size_t len, long long announced, bool discard)
{
    uint64_t max = request->max_body_bytes;
    if (len == 0) {
        return true;
    }
    if (discard) {
        answer->header_bytes += len;
        return answer->header_bytes <= DISCARD_BYTES || refuse(answer, HTTP_NO_ERROR, NULL);
    }
    if (max == 0) {
        return end_here(answer);
    }
    if (answer->body.cap == 0 && announced > 0) {
        uint64_t expected = (uint64_t)announced < max ? (uint64_t)announced : max;
        if (buf_reserve(&answer->body, expected < RESERVE_MAX ? expected : RESERVE_MAX) < 0) {
            return refuse(answer, HTTP_PROTOCOL_ERROR, "out of memory");
        }
    }
    uint64_t room = max - answer->body.len;
    size_t taken = len < room ? len : (size_t)room;
    if (len > room && !request->truncate_body) {
        return refuse(answer, HTTP_RESPONSE_TOO_LARGE, "the body is larger than allowed");
    }
    if (buf_append(&answer->body, data, taken) < 0) {
        return refuse(answer, HTTP_PROTOCOL_ERROR, "out of memory");
    }
    return taken == len || end_here(answer);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct field {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
};

// Finds the next field. False at the end. Lines whose name is empty or has a blank or control in it
// (libcurl lets them pass) are skipped.
static bool next_field(const char **at, const char *end, struct field *ret)
{
    while (*at < end) {
        const char *line = *at;
        const char *line_end = memchr(line, '\n', (size_t)(end - line));
        const char *colon = line;
        *at = line_end + 1;
        while (colon < line_end && *colon != ':' && *colon > ' ' && *colon != 0x7f) {
            colon++;
        }
        if (colon == line || *colon != ':') {
            continue;
        }
        const char *value = colon + 1;
        while (value < line_end && is_blank(*value)) {
            value++;
        }
        while (line_end > value && is_blank(line_end[-1])) {
            line_end--;
        }
        *ret = (struct field){ line, (size_t)(colon - line), value, (size_t)(line_end - value) };
        return true;
    }
    return false;
}

int answer_dup_field(const struct answer *answer, const char *name, char **ret)
{
    const char *at = buf_str(&answer->lines);
    const char *end = at + answer->lines.len;
    size_t len = strlen(name);
    struct field field;
    *ret = NULL;
    while (next_field(&at, end, &field)) {
        if (field.name_len == len && strncasecmp(field.name, name, len) == 0) {
            *ret = strndup(field.value, field.value_len);
            return *ret ? 0 : -ENOMEM;
        }
    }
    return 0;
}

static char *put_text(char **at, const char *text, size_t len)
{
    char *copy = *at;
    memcpy(copy, text, len);
    copy[len] = '\0';
    *at += len + 1;
    return copy;
}

// One list and one block: most answers are of a poll that finds nothing new, and their fields are
// hardly looked at. A line has a colon and a line end, which make room for both terminators.
static int take_fields(const struct answer *answer, struct headers *headers)
{
    const char *at = buf_str(&answer->lines);
    const char *end = at + answer->lines.len;
    struct field field;
    if (answer->n_fields == 0) {
        return 0;
    }
    headers->v = calloc(answer->n_fields, sizeof(*headers->v));
    headers->block = malloc(answer->lines.len + 1);
    if (!headers->v || !headers->block) {
        return -ENOMEM;
    }
    headers->block_size = answer->lines.len + 1;
    char *free_at = headers->block;
    while (headers->n < answer->n_fields && next_field(&at, end, &field)) {
        struct header *header = &headers->v[headers->n++];
        header->name = put_text(&free_at, field.name, field.name_len);
        header->value = put_text(&free_at, field.value, field.value_len);
    }
    return 0;
}

int answer_finish(struct answer *answer, struct http_response *ret)
{
    int r = take_fields(answer, &ret->headers);
    if (r < 0) {
        return r;
    }
    buf_clear(&answer->lines);
    ret->status = answer->status;
    ret->http_version = answer->version;
    ret->truncated = answer->truncated;
    ret->body = buf_take(&answer->body);
    return 0;
}
