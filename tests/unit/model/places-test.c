#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/model/json.h"
#include "bridge/model/places.h"

static const char members_text[] =
    "{\"region\":\"eu\",\"n\":7,\"on\":true,\"city\":\"San José / N\","
    "\"repo\":\"octo/hello\",\"up\":\"a/../b\",\"q\":\"say \\\"hi\\\"\\n\","
    "\"url\":\"http://h.example.com/x?y=1\",\"long name\":\"l\",\"nul\":\"a\\u0000b\"}";

static int fill(const char *text, enum places_form form, struct buf *ret, struct problem **reterr)
{
    AUTO_JSON struct json_object *members = NULL;
    assert_int_equal(json_read(&members, members_text, strlen(members_text), NULL, NULL), 0);
    return places_fill(text, form, members, ret, reterr);
}

static void places_are_filled_as_their_text_wants_it(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum places_form form;
        const char *filled;
    } cases[] = {
        { "nothing", PLACES_PLAIN, "nothing" },
        { "{{region}}", PLACES_PLAIN, "eu" },
        { "a {{ region }} b {{ .n }}{{on}}", PLACES_PLAIN, "a eu b 7true" },
        { "{{ long name }}", PLACES_PLAIN, "l" },
        { "{ not a place }", PLACES_PLAIN, "{ not a place }" },
        { "{{ q }}", PLACES_PLAIN, "say \"hi\"\n" },
        { "http://h/{{ city }}", PLACES_URL, "http://h/San%20Jos%C3%A9%20/%20N" },
        { "http://h/r/{{ repo }}/c", PLACES_URL, "http://h/r/octo/hello/c" },
        { "http://h/?r={{ repo }}", PLACES_URL, "http://h/?r=octo%2Fhello" },
        { "http://h/?u={{ up }}", PLACES_URL, "http://h/?u=a%2F..%2Fb" },
        { "http://h/{{ n }}?r={{ city }}", PLACES_URL, "http://h/7?r=San%20Jos%C3%A9%20%2F%20N" },
        { "{{ url }}", PLACES_URL, "http://h.example.com/x?y=1" },
        { "{{ url }}&r={{ repo }}", PLACES_URL, "http://h.example.com/x?y=1&r=octo%2Fhello" },
        { "{\"a\":\"{{ q }}\"}", PLACES_JSON, "{\"a\":\"say \\\"hi\\\"\\n\"}" },
        { "{\"a\":\"{{ n }}\"}", PLACES_JSON, "{\"a\":7}" },
        { "[\"{{ on }}\",\"{{ n }}\"]", PLACES_JSON, "[true,7]" },
        { "\"{{ n }}\"", PLACES_JSON, "7" },
        { "{\"a\":\"n {{ n }}\"}", PLACES_JSON, "{\"a\":\"n 7\"}" },
        { "{\"a\":\"{{ n }} n\"}", PLACES_JSON, "{\"a\":\"7 n\"}" },
        { "{\"{{ n }}\":1}", PLACES_JSON, "{\"7\":1}" },
        { "{\"a\":\"\\\"{{ n }}\\\"\"}", PLACES_JSON, "{\"a\":\"\\\"7\\\"\"}" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BUF struct buf text = { 0 };
        assert_int_equal(fill(cases[i].text, cases[i].form, &text, NULL), 0);
        assert_string_equal(buf_str(&text), cases[i].filled);
    }
}

static void without_members_nothing_is_a_place(void **state)
{
    (void)state;
    AUTO_BUF struct buf text = { 0 };
    assert_int_equal(places_fill("a {{ b", PLACES_PLAIN, NULL, &text, NULL), 0);
    assert_string_equal(buf_str(&text), "a {{ b");
}

static void what_cannot_be_filled_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum places_form form;
        const char *words;
    } cases[] = {
        { "{{ town }}", PLACES_PLAIN,
          "{{ town }} names no member of for_each; there is \"region\"" },
        { "{{ region", PLACES_PLAIN, "the closing }}" },
        { "{{ }}", PLACES_PLAIN, "needs the name of a member" },
        { "{{.}}", PLACES_PLAIN, "needs the name of a member" },
        { "{{}}", PLACES_PLAIN, "needs the name of a member" },
        { "http://h/{{ up }}", PLACES_URL, "would climb" },
        { "{{ nul }}", PLACES_PLAIN, "NUL" },
        { "http://h/{{ nul }}", PLACES_URL, "NUL" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BUF struct buf text = { 0 };
        CLEANUP(problem_freep) struct problem *why = NULL;
        assert_int_equal(fill(cases[i].text, cases[i].form, &text, &why), PLACES_E_UNFIT);
        assert_non_null(strstr(why->message, cases[i].words));
    }
}

static void a_place_that_chooses_the_host_is_known(void **state)
{
    (void)state;
    assert_true(places_in_origin("{{ url }}"));
    assert_true(places_in_origin("http://{{ host }}/x"));
    assert_true(places_in_origin("http://{{ host }}"));
    assert_true(places_in_origin("http://h:{{ port }}/x"));
    assert_true(places_in_origin("http://h.example.com{{ rest }}/x"));
    assert_false(places_in_origin("http://h/{{ x }}"));
    assert_false(places_in_origin("http://h?{{ x }}"));
    assert_false(places_in_origin("http://h/x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_filled_as_their_text_wants_it),
        cmocka_unit_test(without_members_nothing_is_a_place),
        cmocka_unit_test(what_cannot_be_filled_is_told),
        cmocka_unit_test(a_place_that_chooses_the_host_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
