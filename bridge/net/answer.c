#include "bridge/net/answer.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/str.h"

#define RESERVE_MAX   (UINT64_C(1) << 20) // what a server announces is not believed beyond this
#define KEEP_BYTES    8192
#define USUAL_BYTES   512 // of an answer's header fields
#define DISCARD_BYTES 65536

void answer_deinit(struct answer *answer)
{
    buf_deinit(&answer->texts);
    buf_deinit(&answer->body);
}

void answer_clear(struct answer *answer)
{
    struct buf texts = answer->texts;
    if (texts.cap > KEEP_BYTES) {
        buf_deinit(&texts);
    }
    buf_clear(&texts);
    buf_deinit(&answer->body);
    *answer = (struct answer){ .texts = texts };
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
    buf_clear(&answer->texts);
    answer->value_at = 0;
    answer->n_fields = 0;
    answer->n_lines = 0;
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

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

// How much of the line is the name of a field. 0: it has none, or one with a blank or control in it
// (libcurl lets these pass).
static size_t name_len_of(const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    size_t name_len = colon ? (size_t)(colon - line) : 0;
    for (size_t i = 0; i < name_len; i++) {
        if (line[i] <= ' ' || line[i] == 0x7f) {
            return 0;
        }
    }
    return name_len;
}

// A lone CR would do harm in whatever is written from the value, and a NUL would end it.
static void put_value(struct buf *texts, const char *value, size_t len)
{
    char *kept = texts->data + texts->len;
    char *end = kept + len;
    memcpy(kept, value, len);
    *end = '\0';
    for (char *at = kept; (at = strchrnul(at, '\r')) < end;) {
        *at = ' ';
    }
    texts->len += len + 1;
}

static void keep_field(struct answer *answer, const char *line, size_t name_len, size_t len)
{
    struct buf *texts = &answer->texts;
    size_t from = name_len + 1;
    while (from < len && is_blank(line[from])) {
        from++;
    }
    memcpy(texts->data + texts->len, line, name_len);
    texts->data[texts->len + name_len] = '\0';
    texts->len += name_len + 1;
    answer->value_at = texts->len;
    answer->n_fields++;
    put_value(texts, line + from, len - from);
}

// A line that continues the one before (obsolete, RFC 9112 section 5.2).
static void continue_value(struct answer *answer, const char *line, size_t len)
{
    struct buf *texts = &answer->texts;
    if (answer->value_at == 0 || len == 0) {
        return;
    }
    bool is_empty = answer->value_at + 1 == texts->len;
    while (is_empty && is_blank(*line)) { // it is not all blank
        line++;
        len--;
    }
    texts->len--;
    if (!is_empty) {
        texts->data[texts->len++] = ' ';
    }
    put_value(texts, line, len);
}

static bool keep_line(struct answer *answer, const char *line, size_t len)
{
    bool continues = is_blank(line[0]);
    if (!continues && ++answer->n_lines > ANSWER_FIELDS_MAX) {
        return refuse(answer, HTTP_RESPONSE_TOO_LARGE, "more than 200 header fields");
    }
    // A colon and the end of the line make room for both ends.
    if (buf_reserve(&answer->texts, answer->texts.cap ? len + 1 : USUAL_BYTES + len) < 0) {
        return refuse(answer, HTTP_PROTOCOL_ERROR, "out of memory");
    }
    while (len > 0 && is_blank(line[len - 1])) {
        len--;
    }
    size_t name_len = continues ? 0 : name_len_of(line, len);
    if (continues) {
        continue_value(answer, line, len);
    } else if (name_len > 0) {
        keep_field(answer, line, name_len, len);
    } else {
        answer->value_at = 0;
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

static struct header next_field(char **at)
{
    char *name = *at;
    size_t name_len = strlen(name);
    char *value = name + name_len + 1;
    *at = value + strlen(value) + 1;
    return (struct header){ name, value, name_len };
}

int answer_dup_field(const struct answer *answer, const char *name, char **ret)
{
    char *at = answer->texts.data;
    *ret = NULL;
    for (unsigned i = 0; i < answer->n_fields; i++) {
        const struct header field = next_field(&at);
        if (header_is(&field, name)) {
            *ret = strdup(field.value);
            return *ret ? 0 : -ENOMEM;
        }
    }
    return 0;
}

// The texts become the block of the list: most answers are of a poll that finds nothing new, and
// their fields are hardly looked at.
static int take_fields(struct answer *answer, struct headers *headers)
{
    char *at = answer->texts.data;
    if (answer->n_fields == 0) {
        return 0;
    }
    if (headers_reserve(headers, answer->n_fields, 0) < 0) {
        return -ENOMEM;
    }
    while (headers->n < answer->n_fields) {
        headers->v[headers->n++] = next_field(&at);
    }
    headers->block_size = answer->texts.cap;
    headers->block_used = answer->texts.len;
    headers->block = buf_take(&answer->texts).data;
    return 0;
}

int answer_finish(struct answer *answer, struct http_response *ret)
{
    int r = take_fields(answer, &ret->headers);
    if (r < 0) {
        return r;
    }
    ret->status = answer->status;
    ret->http_version = answer->version;
    ret->truncated = answer->truncated;
    ret->body = buf_take(&answer->body);
    return 0;
}
