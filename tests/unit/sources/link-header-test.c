// Link header fields as RFC 8288 writes them, and as servers do.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/http.h"
#include "sources/page/link-header.h"

static void expect(const struct headers *headers, const char *shown, const char *wanted)
{
    AUTO_FREE char *found = NULL;
    assert_int_equal(link_header_find(headers, "next", &found), 0);
    if (!found != !wanted || (found && strcmp(found, wanted) != 0)) {
        fail_msg("%s: %s", shown, found ? found : "none");
    }
}

static void the_next_page_is_found(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "<https://a/?page=2>; rel=\"next\"", "https://a/?page=2" },
        { "<https://a/?page=2>;rel=next", "https://a/?page=2" },
        { "<https://a/?page=1>; rel=\"prev\", <https://a/?page=3>; rel=\"next\", "
          "<https://a/?page=9>; rel=\"last\"",
          "https://a/?page=3" },
        { "<https://a/?ids=1,2;3>; rel=next", "https://a/?ids=1,2;3" },
        { "<?page=2>; title=\"a, b; <c>; rel=\\\"x\\\"\"; rel=next", "?page=2" },
        { "<x>; rel=\"last next\"", "x" },
        { "<x>; REL=\"NEXT\"", "x" },
        { "<x> ;\t rel = \"next\" ; results=\"true\"", "x" },
        { "<x>; rel=\"nexter\"", NULL },
        { "<x>; rel=\"next-archive\", <y>; rel=next", "y" },
        { "<x>; rel=prev; rel=next", NULL }, // the first one counts
        { "<x>; rel=next; rel=prev", "x" },
        { "<x>; anchor=\"#part\"; rel=next, <y>; rel=next", "y" }, // about something else
        { "<x>; rev=next", NULL },
        { "<x>; rel*=UTF-8''next", NULL },
        { "<x>; rel", NULL },
        { "<x>", NULL },
        { "<x>;", NULL },
        { ",, <x>; rel=next,", "x" },
        { "<>; rel=next", "" },
        { "", NULL },
        { "https://a/; rel=next", NULL },
        { "<x; rel=next", NULL },
        { "<x>; rel=\"next", NULL }, // not closed
        { "<x>; title=\"a, <y>; rel=next", NULL },
        { "<x> y; rel=next", NULL },
        { "<x>; rel=prev <y>; rel=next", NULL },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct headers CLEANUP(headers_deinit) headers = { 0 };
        assert_int_equal(headers_add(&headers, "link", cases[i][0]), 0);
        expect(&headers, cases[i][0], cases[i][1]);
    }
}

static void all_fields_of_the_name_count(void **state)
{
    (void)state;
    struct headers CLEANUP(headers_deinit) headers = { 0 };
    expect(&headers, "no field", NULL);
    assert_int_equal(headers_add(&headers, "X-Link", "<w>; rel=next"), 0);
    assert_int_equal(headers_add(&headers, "Link", "<x>; rel=prev, <broken"), 0);
    assert_int_equal(headers_add(&headers, "LINK", "<y>; rel=next"), 0);
    expect(&headers, "two fields", "y");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_page_is_found),
        cmocka_unit_test(all_fields_of_the_name_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
