#include "sources/auth/token-answer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/secret.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"
#include "bridge/spi/auth.h"

#define WORDS_SIZE 512

int token_refuse(struct problem **reterr, const char *format, ...)
{
    char words[WORDS_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    return problem_set(reterr, AUTH_E_REFUSED, "auth_refused", "%s", words);
}

// The words of the reader name places, and members of this answer are nobody's business.
int token_answer_read(const struct http_response *response, const char *who,
                      struct json_object **ret, struct problem **reterr)
{
    int r = json_read(ret, response->body.data, response->body.len, NULL, NULL);
    return r > 0 ? token_refuse(reterr, "the answer of %s is no sound JSON", who) : r;
}

int token_answer_secret(const char *text, size_t len, const char *who, struct secret *ret,
                        struct problem **reterr)
{
    if (len == 0) {
        return token_refuse(reterr, "%s answered with an empty token", who);
    }
    if (len > TOKEN_BYTES_MAX) {
        return token_refuse(reterr, "%s answered with a token of more than 16 KiB", who);
    }
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f) {
            return token_refuse(reterr, "%s answered with a token that holds a control character",
                                who);
        }
    }
    return secret_init(ret, text, len);
}

bool token_answer_number(struct json_object *value, double *ret)
{
    char *end = NULL;
    if (json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double)) {
        *ret = json_object_get_double(value);
        return isfinite(*ret);
    }
    if (!json_object_is_type(value, json_type_string)) {
        return false;
    }
    const char *text = json_object_get_string(value);
    *ret = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*ret);
}

int64_t token_answer_expiry(int64_t now_ms, double life_ms)
{
    return life_ms > 0 ? now_ms + (int64_t)fmin(life_ms, TOKEN_LIFE_MOST_MS) : 0;
}
