#include "sources/decode/ndjson.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/model/json.h"
#include "bridge/spi/source.h"
#include "sources/decode/answer-text.h"
#include "sources/decode/format.h"

static int refuse_line(const struct problem *why, unsigned line, struct problem **reterr)
{
    return problem_set_at(reterr, SOURCE_E_BAD_ANSWER, why ? why->code : "json_syntax", NULL, line,
                          why ? why->column : 0, "line %u: %s", line,
                          why ? why->message : "no sound JSON");
}

static int add_line(struct json_object *array, const char *text, size_t len, unsigned line,
                    struct problem **reterr)
{
    // One level of the depth is the array's.
    static const struct json_limits limits = { .depth = JSON_DEPTH_MAX - 1 };
    CLEANUP(problem_freep) struct problem *why = NULL;
    struct json_object *value = NULL;
    int r = json_read(&value, text, len, &limits, &why);
    if (r > 0) {
        return refuse_line(why, line, reterr);
    }
    if (r == 0 && json_object_array_length(array) == DECODE_VALUES_MAX) {
        (void)json_object_put(value);
        return answer_too_many("lines", reterr);
    }
    if (r == 0 && json_object_array_add(array, value) < 0) {
        (void)json_object_put(value);
        r = -ENOMEM;
    }
    return r;
}

static int read_lines(const struct answer_text *text, struct json_object *array,
                      struct problem **reterr)
{
    const char *end = text->data + text->len;
    unsigned line = 1;
    int r = 0;
    for (const char *at = text->data; r == 0 && at < end; line++) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((feed ? feed : end) - at);
        if (strspn(at, " \t\r") < len) {
            r = add_line(array, at, len, line, reterr);
        }
        at += len + 1;
    }
    return r;
}

int decode_ndjson(const struct http_response *response, const struct decode_settings *settings,
                  struct json_object **ret, struct problem **reterr)
{
    AUTO_TEXT struct answer_text text = { 0 };
    int r = answer_text_get(&text, response, settings, TEXT_DECLARES_NOTHING, reterr);
    if (r || answer_text_is_blank(&text)) {
        return r ? r : answer_empty(settings, ret, reterr);
    }
    AUTO_JSON struct json_object *array = json_object_new_array();
    r = array ? read_lines(&text, array, reterr) : -ENOMEM;
    if (r == 0) {
        *ret = STEAL(array);
    }
    return r;
}
