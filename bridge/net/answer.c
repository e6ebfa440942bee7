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
    if ((line[0] == ' ' || line[0] == '\t') && answer->lines.len > 0) {
        answer->lines.data[answer->lines.len - 1] = ' ';
    } else if (++answer->n_fields > ANSWER_FIELDS_MAX) {
        return refuse(answer, HTTP_RESPONSE_TOO_LARGE, "more than 200 header fields");
    }
    if (buf_append(&answer->lines, line, len) < 0 || buf_append_char(&answer->lines, '\n') < 0) {
        return refuse(answer, HTTP_PROTOCOL_ERROR, "out of memory");
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

// Cuts the next "name: value" out of the lines. False at the end. Lines without a colon, which
// libcurl lets pass, are skipped.
static bool next_field(char **at, char **name, char **value)
{
    while (**at != '\0') {
        char *line = *at;
        char *end = strchr(line, '\n');
        *at = end + 1;
        *end = '\0';
        char *colon = strchr(line, ':');
        if (!colon) {
            continue;
        }
        *colon = '\0';
        *name = line;
        *value = colon + 1;
        while (is_blank(**value)) {
            (*value)++;
        }
        while (end > *value && is_blank(end[-1])) {
            *--end = '\0';
        }
        return true;
    }
    return false;
}

int answer_dup_field(const struct answer *answer, const char *name, char **ret)
{
    *ret = NULL;
    AUTO_FREE char *lines = strndup(buf_str(&answer->lines), answer->lines.len);
    if (!lines) {
        return -ENOMEM;
    }
    char *at = lines;
    char *found = NULL;
    char *value = NULL;
    while (next_field(&at, &found, &value)) {
        if (str_eq_nocase(found, name)) {
            *ret = strdup(value);
            return *ret ? 0 : -ENOMEM;
        }
    }
    return 0;
}

// A name must be free of blanks and controls; controls in values (a lone CR) become blanks.
static bool clean_field(const char *name, char *value)
{
    const char *c = name;
    while ((unsigned char)*c > ' ' && *c != 0x7f) {
        c++;
    }
    if (*c != '\0' || c == name) {
        return false;
    }
    for (; *value != '\0'; value++) {
        if ((unsigned char)*value < ' ' && *value != '\t') {
            *value = ' ';
        }
    }
    return true;
}

// The list is made at its full size at once; headers_add would make it grow field by field.
static int take_fields(struct answer *answer, struct headers *headers)
{
    char *at = answer->lines.data;
    char *name = NULL;
    char *value = NULL;
    if (answer->n_fields == 0) {
        return 0;
    }
    headers->v = calloc(answer->n_fields, sizeof(*headers->v));
    if (!headers->v) {
        return -ENOMEM;
    }
    while (headers->n < answer->n_fields && next_field(&at, &name, &value)) {
        if (clean_field(name, value)) {
            struct header *header = &headers->v[headers->n++];
            header->name = strdup(name);
            header->value = strdup(value);
            if (!header->name || !header->value) {
                return -ENOMEM;
            }
        }
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
