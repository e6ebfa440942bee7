// Any header lines of an answer, as libcurl passes them: what is kept are whole fields, within the
// limits, that may be written anywhere.

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/model/http.h"
#include "bridge/net/answer.h"
#include "tests/fuzz/fuzz.h"

static void check_field(const struct header *field)
{
    assert(field->name_len > 0 && strlen(field->name) == field->name_len);
    assert(field->name[strcspn(field->name, " \t\r\n:")] == '\0');
    assert(field->value[strcspn(field->value, "\r\n")] == '\0');
}

static void check(struct answer *answer)
{
    CLEANUP(http_response_deinit) struct http_response response = { 0 };
    AUTO_FREE char *location = NULL;
    assert(answer_dup_field(answer, "Location", &location) == 0);
    assert(answer_finish(answer, &response) == 0);
    assert(response.headers.n <= ANSWER_FIELDS_MAX);
    const char *same = headers_get(&response.headers, "location");
    assert(location ? same && strcmp(location, same) == 0 : !same);
    for (size_t i = 0; i < response.headers.n; i++) {
        check_field(&response.headers.v[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(answer_deinit) struct answer answer = { 0 };
    const char *at = (const char *)data;
    const char *end = at + size;
    bool goes_on = true;
    while (goes_on && at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline ? newline + 1 : end;
        size_t len = (size_t)(next - at);
        char *line = malloc(len); // by itself, so that reading beyond it shows
        assert(line);
        memcpy(line, at, len);
        goes_on = answer_add_header_line(&answer, line, len);
        free(line);
        at = next;
    }
    assert(goes_on != answer.stopped);
    check(&answer);
    return 0;
}
