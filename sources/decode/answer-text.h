#pragma once
// The body of an answer as UTF-8 text: by its byte order mark, the configured charset, the header,
// what the text declares, else UTF-8.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"

struct decode_settings;
struct http_response;
struct json_object;
struct problem;

enum text_declares { TEXT_DECLARES_NOTHING, TEXT_DECLARES_AS_XML, TEXT_DECLARES_AS_HTML };

struct answer_text {
    const char *data; // borrowed from the answer or from `own`; no byte order mark, no NUL
    size_t len;
    char *own;
};
#define AUTO_TEXT CLEANUP(answer_text_deinit)

void answer_text_deinit(struct answer_text *text);
// 0; SOURCE_E_BAD_ANSWER ("charset", "binary_answer"); -ENOMEM.
int answer_text_get(struct answer_text *ret, const struct http_response *response,
                    const struct decode_settings *settings, enum text_declares declares,
                    struct problem **reterr) MUST_CHECK;
bool answer_text_is_blank(const struct answer_text *text); // nothing but white space

// What an answer without text is: [] where allow_empty is set, else "empty_answer".
int answer_empty(const struct decode_settings *settings, struct json_object **ret,
                 struct problem **reterr) MUST_CHECK;
// More than DECODE_VALUES_MAX of `what`: "answer_limit".
int answer_too_many(const char *what, struct problem **reterr) MUST_CHECK;
// Text from outside cut to what is shown in words: valid UTF-8 in one line. malloc'ed; NULL when
// out of memory.
char *answer_shown(const char *text, size_t len);
