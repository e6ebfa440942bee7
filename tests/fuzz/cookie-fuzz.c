// Any Set-Cookie field is taken or ignored; what is taken never breaks out of the field Cookie and
// never goes to a host that the one which set it could not have named.

#include <assert.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/model/cookie.h"
#include "bridge/model/http.h"
#include "tests/fuzz/fuzz.h"

#define NOW_MS INT64_C(1767225600000)

static void expect_sound(const struct cookie_jar *jar, const char *url)
{
    AUTO_BUF struct buf text = { 0 };
    struct headers CLEANUP(headers_deinit) headers = { 0 };
    int r = cookie_jar_format(jar, url, &text);
    assert(r == 0);
    r = headers_add(&headers, "Cookie", buf_str(&text));
    assert(r == 0 && strlen(buf_str(&text)) == text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char url[] = "https://app.example.com/auth/login";
    CLEANUP(cookie_jar_deinit) struct cookie_jar jar = { 0 };
    AUTO_BUF struct buf foreign = { 0 };
    AUTO_BYTES struct bytes text = { 0 };
    int r = bytes_dup(&text, data, size);
    assert(r == 0);
    char *rest = text.data;
    for (char *field; rest && (field = strsep(&rest, "\n")) != NULL;) {
        r = cookie_jar_take(&jar, url, field, NOW_MS);
        assert(r == 0 || jar.n == COOKIE_JAR_MAX);
    }
    assert(jar.n <= COOKIE_JAR_MAX);
    expect_sound(&jar, url);
    expect_sound(&jar, "https://app.example.com/a/b;c?d#e");
    r = cookie_jar_format(&jar, "https://example.org/auth/login", &foreign);
    assert(r == 0 && foreign.len == 0);
    assert(cookie_jar_expires_at_ms(&jar) == 0 || cookie_jar_expires_at_ms(&jar) > NOW_MS);
    return 0;
}
