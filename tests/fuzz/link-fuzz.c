// Any Link header field is read to its end, and a next page it names can be resolved or is refused.

#include <assert.h>
#include <string.h>

#include "bridge/model/http.h"
#include "sources/page/link-header.h"
#include "tests/fuzz/fuzz.h"

static void check(const char *value, const char *reference)
{
    AUTO_FREE char *url = NULL;
    AUTO_FREE char *origin = NULL;
    assert(strstr(value, reference)); // it stands there as it is
    if (url_resolve("https://example.com/list?page=1", reference, &url) == 0) {
        origin = url_origin(url);
        assert(origin);
        assert(url[strcspn(url, " \t\r\n#")] == '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *value = strndup((const char *)data, size);
    AUTO_FREE char *reference = NULL;
    struct headers CLEANUP(headers_deinit) headers = { 0 };
    assert(value);
    if (headers_add(&headers, "Link", value) != 0) {
        return 0; // no field value
    }
    assert(link_header_find(&headers, "next", &reference) == 0);
    if (reference) {
        check(value, reference);
    }
    return 0;
}
