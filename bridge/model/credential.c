#include "bridge/model/credential.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/cleanup.h"

#define VALUE_LEAST  24 // characters
#define DIGITS_LEAST 4

// A word of a name means a credential when it ends in one of these ("apikey", "authtoken").
static const char *const endings[] = {
    "appid",  "auth",     "authorization", "cookie", "credential", "credentials", "jwt",   "key",
    "passwd", "password", "pwd",           "secret", "session",    "signature",   "token",
};
// Endings that are too short to be sought in other words.
static const char *const words[] = { "pass", "sid", "sig" };

static bool ends_in(const char *word, size_t len, const char *ending)
{
    size_t n = strlen(ending);
    return len >= n && strncasecmp(word + len - n, ending, n) == 0;
}

static bool is_credential_word(const char *word, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        if (ends_in(word, len, endings[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (len == strlen(words[i]) && ends_in(word, len, words[i])) {
            return true;
        }
    }
    return false;
}

// Words end at what is neither letter nor digit, and where a capital follows a small letter.
static size_t word_length(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && isalnum((unsigned char)text[n]) &&
           (n == 0 || !isupper((unsigned char)text[n]) || !islower((unsigned char)text[n - 1]))) {
        n++;
    }
    return n;
}

bool credential_is_name(const char *name, size_t len)
{
    size_t at = 0;
    while (at < len) {
        size_t n = word_length(name + at, len - at);
        if (n > 0 && is_credential_word(name + at, n)) {
            return true;
        }
        at += n > 0 ? n : 1;
    }
    return false;
}

// A URL with user and password, also percent-encoded.
static bool has_user_info(const char *value, size_t len)
{
    return (memmem(value, len, "//", 2) || memmem(value, len, "%2F%2F", 6) ||
            memmem(value, len, "%2f%2f", 6)) &&
           (memchr(value, '@', len) || memmem(value, len, "%40", 3));
}

bool credential_is_value(const char *value, size_t len)
{
    if (has_user_info(value, len)) {
        return true;
    }
    size_t digits = 0;
    size_t letters = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)value[i];
        digits += isdigit(c) ? 1 : 0;
        letters += isalpha(c) ? 1 : 0;
        if (!isalnum(c) && (c == '\0' || !strchr("+/=_.~-", c))) {
            return false;
        }
    }
    return len >= VALUE_LEAST && digits >= DIGITS_LEAST && letters > 0;
}

bool credential_is_likely(const char *name, size_t name_len, const char *value, size_t value_len)
{
    return credential_is_name(name, name_len) || credential_is_value(value, value_len);
}
