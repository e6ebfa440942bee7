#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/credential.h"

static void expect(bool (*ask)(const char *, size_t), const char *text, bool wanted)
{
    if (ask(text, strlen(text)) != wanted) {
        fail_msg("\"%s\" is %sone", text, wanted ? "taken for no" : "taken for ");
    }
}

static void names_are_known_by_their_words(void **state)
{
    (void)state;
    static const char *const credentials[] = {
        "api_key",      "apikey",          "X-Api-Key",     "appid",          "Authorization",
        "access_token", "authToken",       "clientSecret",  "Cookie",         "PASSWORD",
        "sig",          "X-Auth",          "sessionid.key", "hmac-signature", "jwt",
        "user_pass",    "privateKey2.key",
    };
    static const char *const plain[] = {
        "",       "city",         "author",          "keywords", "page",
        "minsig", "compass",      "tokens_per_page", "units",    "X-GitHub-Api-Version",
        "lat",    "weather_code", "signal",
    };
    for (size_t i = 0; i < ARRAY_LEN(credentials); i++) {
        expect(credential_is_name, credentials[i], true);
    }
    for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
        expect(credential_is_name, plain[i], false);
    }
}

static void values_are_known_by_their_looks(void **state)
{
    (void)state;
    static const char *const credentials[] = {
        "d41d8cd98f00b204e9800998ecf8427e",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJl",
        "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
        "https://me:pw@example.com/",
        "https%3A%2F%2Fme:pw%40example.com",
    };
    static const char *const plain[] = {
        "",
        "Madrid",
        "temperature_2m,weather_code,relative_humidity_2m",
        "application/vnd.github.v3.raw+json",
        "2026-11-29T00:00:00Z",
        "https://example.com/a",
        "someone@example.com",
        "1234567890123456789012345678",
    };
    for (size_t i = 0; i < ARRAY_LEN(credentials); i++) {
        expect(credential_is_value, credentials[i], true);
    }
    for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
        expect(credential_is_value, plain[i], false);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_known_by_their_words),
        cmocka_unit_test(values_are_known_by_their_looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
