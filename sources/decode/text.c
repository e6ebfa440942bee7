#include "sources/decode/text.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/model/json.h"
#include "bridge/spi/source.h"
#include "sources/decode/answer-text.h"
#include "sources/decode/format.h"

static int add_line(struct json_object *array, const char *text, size_t len,
                    struct problem **reterr)
{
    len -= len > 0 && text[len - 1] == '\r' ? 1 : 0;
    if (json_object_array_length(array) == DECODE_VALUES_MAX || len > INT_MAX) {
        return answer_too_many("lines", reterr);
    }
    struct json_object *line = json_object_new_string_len(text, (int)len);
    if (!line || json_object_array_add(array, line) < 0) {
        (void)json_object_put(line);
        return -ENOMEM;
    }
    return 0;
}

// A line end closes a line: there is no empty one behind the last.
static int read_lines(const struct answer_text *text, struct json_object *array,
                      struct problem **reterr)
{
    const char *end = text->data + text->len;
    int r = 0;
    for (const char *at = text->data; r == 0 && at < end;) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((feed ? feed : end) - at);
        r = add_line(array, at, len, reterr);
        at += len + 1;
    }
    return r;
}

int decode_text(const struct http_response *response, const struct decode_settings *settings,
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
