// XML as JSON, and XML that was made to do harm.

#include <json-c/json.h>

#include "tests/unit/sources/decode-cases.h"

static const struct decode_settings settings = { .format = FORMAT_XML };

static void elements_become_members(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { NULL, LITERAL("<a/>"), NULL, "{\"a\":null}" },
        { NULL, LITERAL("<a></a>"), NULL, "{\"a\":null}" },
        { NULL, LITERAL("\r\n <?xml version='1.0'?><a/>"), NULL, "{\"a\":null}" },
        { NULL, LITERAL("<a>\n  x y\n</a>"), NULL, "{\"a\":\"x y\"}" },
        { NULL, LITERAL("<a b=\"1\" c=''/>"), NULL, "{\"a\":{\"@b\":\"1\",\"@c\":\"\"}}" },
        { NULL, LITERAL("<a b=\"1\">x</a>"), NULL, "{\"a\":{\"@b\":\"1\",\"#text\":\"x\"}}" },
        { NULL, LITERAL("<a><b>1</b><c>2</c></a>"), NULL, "{\"a\":{\"b\":\"1\",\"c\":\"2\"}}" },
        { NULL, LITERAL("<a> x <b>1</b> y </a>"), NULL,
          "{\"a\":{\"b\":\"1\",\"#text\":\"x  y\"}}" },
        { NULL, LITERAL("<a><!-- no --><?pi no?><b><![CDATA[<x> & ]]>z</b></a>"), NULL,
          "{\"a\":{\"b\":\"<x> & z\"}}" },
        { NULL, LITERAL("<a>&lt;&amp;&#233;&#x20AC;</a>"), NULL,
          "{\"a\":\"<&\xC3\xA9\xE2\x82\xAC\"}" },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

static void repeated_elements_become_arrays(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { NULL, LITERAL("<a><b>1</b><c/><b x='2'/><b/></a>"), NULL,
          "{\"a\":{\"b\":[\"1\",{\"@x\":\"2\"},null],\"c\":null}}" },
        { NULL, LITERAL("<a><b><c>1</c><c>2</c></b><b/></a>"), NULL,
          "{\"a\":{\"b\":[{\"c\":[\"1\",\"2\"]},null]}}" },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

// Else a list of one would be read as something else than a list of two.
static void named_elements_are_always_arrays(void **state)
{
    (void)state;
    char name[] = "b";
    char other[] = "x:c";
    char *names[] = { name, other };
    const struct decode_settings set = { .format = FORMAT_XML,
                                         .xml.lists = { names, ARRAY_LEN(names) } };
    static const struct decode_case cases[] = {
        { NULL, LITERAL("<a><b>1</b><c/></a>"), NULL, "{\"a\":{\"b\":[\"1\"],\"c\":null}}" },
        { NULL, LITERAL("<a><b/><b/></a>"), NULL, "{\"a\":{\"b\":[null,null]}}" },
        { NULL, LITERAL("<a xmlns:x='u'><x:c/></a>"), NULL, "{\"a\":{\"x:c\":[null]}}" },
    };
    decode_check(&set, cases, ARRAY_LEN(cases));
}

static void prefixes_stay_and_their_declarations_do_not_count(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { NULL,
          LITERAL("<g:Envelope xmlns:g='urn:g' xmlns='urn:d'><Cube g:rate='1.5' "
                  "xml:lang='en'/></g:Envelope>"),
          NULL, "{\"g:Envelope\":{\"Cube\":{\"@g:rate\":\"1.5\",\"@xml:lang\":\"en\"}}}" },
        { NULL, LITERAL("<a><media:b>1</media:b></a>"), NULL, "{\"a\":{\"media:b\":\"1\"}}" },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

static void its_types_are_known(void **state)
{
    (void)state;
    static const struct decode_settings automatic = { .format = FORMAT_AUTO };
    static const struct decode_case cases[] = {
        { "application/xml", LITERAL("<a>1</a>"), NULL, "{\"a\":\"1\"}" },
        { "text/xml; charset=utf-8", LITERAL("<a>1</a>"), NULL, "{\"a\":\"1\"}" },
        { "application/soap+xml", LITERAL("<a>1</a>"), NULL, "{\"a\":\"1\"}" },
        { NULL, LITERAL("<?xml version='1.0'?><!-- x --><a>1</a>"), NULL, "{\"a\":\"1\"}" },
        { "application/xml", LITERAL("<!DOCTYPE html><html></html>"), "content_type", NULL },
        { "application/xhtml+xml", LITERAL("<a/>"), "content_type", "HTML page" },
    };
    decode_check(&automatic, cases, ARRAY_LEN(cases) - 2);
    decode_check(&automatic, cases + ARRAY_LEN(cases) - 1, 1);
    decode_check(&settings, cases + ARRAY_LEN(cases) - 2, 1);
}

static void charsets_are_read_by_every_sign(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { NULL, LITERAL("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>"), NULL,
          "{\"a\":\"\xC3\xA9\"}" },
        { "text/xml; charset=windows-1251", LITERAL("<a>\xCF</a>"), NULL, "{\"a\":\"\xD0\x9F\"}" },
        // The header stands above the declaration.
        { "text/xml; charset=utf-8",
          LITERAL("<?xml version='1.0' encoding='koi8-r'?><a>\xC3\xA9</a>"), NULL,
          "{\"a\":\"\xC3\xA9\"}" },
        { "text/xml", LITERAL("<?xml version='1.0' encoding='utf-16'?><a>1</a>"), NULL,
          "{\"a\":\"1\"}" },
        { "text/xml", LITERAL("\xFF\xFE<\0a\0>\0\xE9\0<\0/\0a\0>\0"), NULL,
          "{\"a\":\"\xC3\xA9\"}" },
        { NULL, LITERAL("<?xml version='1.0' encoding='x-what'?><a/>"), "charset", "x-what" },
        { NULL, LITERAL("<a>\xE9</a>"), "charset", "byte 3" },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

static void broken_xml_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { NULL, LITERAL("<a>\n<b></a>"), "xml_syntax", "line 2" },
        { NULL, LITERAL("<a><b>1</b>"), "xml_syntax", "line 1" }, // cut off
        { NULL, LITERAL("<a>1</a><b/>"), "xml_syntax", NULL },
        { NULL, LITERAL("<a>1</a>x"), "xml_syntax", NULL },
        { NULL, LITERAL("<a b=1/>"), "xml_syntax", NULL },
        { NULL, LITERAL("<a b='1' b='2'/>"), "xml_syntax", NULL },
        { NULL, LITERAL("<a>&nbsp;</a>"), "xml_syntax", "nbsp" },
        { NULL, LITERAL("<a>\x01</a>"), "xml_syntax", NULL },
        { NULL, LITERAL("<a>&#0;</a>"), "xml_syntax", NULL },
        { NULL, LITERAL("{\"a\":1}"), "xml_syntax", NULL },
        { NULL, LITERAL("<"), "xml_syntax", NULL },
        { NULL, LITERAL("<?xml version='1.0'?>"), "xml_syntax", NULL },
        { NULL, LITERAL("<a>\0</a>"), "binary_answer", NULL },
        { NULL, LITERAL(" \n"), "empty_answer", NULL },
        { NULL, LITERAL("<html><body/></html>"), "content_type", "HTML page" },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

static void declared_entities_are_refused(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        // Files and other servers.
        { NULL, LITERAL("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"),
          "xml_refused", "entities" },
        { NULL, LITERAL("<!DOCTYPE a [<!ENTITY x SYSTEM 'http://127.0.0.1:1/'>]><a>&x;</a>"),
          "xml_refused", NULL },
        { NULL, LITERAL("<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1:1/'> %p;]><a/>"),
          "xml_refused", NULL },
        { NULL, LITERAL("<!DOCTYPE a [<!ENTITY x PUBLIC 'p' 'file:///etc/passwd' NDATA n>]><a/>"),
          "xml_refused", NULL },
        // Harmless ones too: nobody can tell by looking at one.
        { NULL, LITERAL("<!DOCTYPE a [\n<!ENTITY x 'y'>]><a>&x;</a>"), "xml_refused", "line 2" },
        // The laughs.
        { NULL,
          LITERAL("<!DOCTYPE a [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>"
                  "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>]><a>&c;</a>"),
          "xml_refused", NULL },
        { NULL, LITERAL("<!DOCTYPE a [<!ATTLIST a b CDATA 'default'>]><a/>"), "xml_refused",
          "attribute defaults" },
        { NULL, LITERAL("<!DOCTYPE a [<!ATTLIST a b (x|y) 'x'>]><a/>"), "xml_refused", NULL },
        { NULL, LITERAL("<!DOCTYPE a [%p;]><a/>"), "xml_syntax", NULL }, // of nothing
        // An external DTD is not loaded; HTML's entities, which such documents use, are known.
        { NULL,
          LITERAL("<!DOCTYPE rss PUBLIC '-//Netscape' 'http://127.0.0.1:1/rss-0.91.dtd'>"
                  "<a>caf&eacute;&nbsp;</a>"),
          NULL, "{\"a\":\"caf\xC3\xA9\xC2\xA0\"}" },
        { NULL, LITERAL("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a>&unheard;</a>"), "xml_refused",
          "does not declare" },
        { NULL,
          LITERAL("<a xmlns:xi='http://www.w3.org/2001/XInclude'>"
                  "<xi:include href='file:///etc/passwd' parse='text'/></a>"),
          NULL, "{\"a\":{\"xi:include\":{\"@href\":\"file:///etc/passwd\",\"@parse\":\"text\"}}}" },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

static void blow_ups_are_refused_at_once(void **state)
{
    (void)state;
    AUTO_FREE char *quadratic =
        decode_repeat("<!DOCTYPE a [<!ENTITY x '", "xxxxxxxxxx", 100000, "'>]><a>");
    AUTO_FREE char *body = decode_repeat(quadratic, "&x;", 100000, "</a>");
    AUTO_FREE char *defaults =
        decode_repeat("<!DOCTYPE a [<!ATTLIST b c CDATA '", "xxxxxxxxxx", 10000, "'>]><a>");
    AUTO_FREE char *elements = decode_repeat(defaults, "<b/>", 100000, "</a>");
    decode_refuses(&settings, body, "xml_refused");
    decode_refuses(&settings, elements, "xml_refused");
}

// An attribute is compared with every one before it.
static void floods_of_attributes_are_stopped(void **state)
{
    (void)state;
    AUTO_FREE char *attributes = decode_repeat("<a", " a%zu=''", 1000000, "/>");
    AUTO_FREE char *namespaces = decode_repeat("<a", " xmlns:a%zu='u'", 500000, "/>");
    AUTO_FREE char *few = decode_repeat("<a", " a%zu=''", 257, "/>");
    AUTO_FREE char *fit = decode_repeat("<a", " a%zu=''", 256, "/>");
    decode_refuses(&settings, attributes, "xml_limit");
    decode_refuses(&settings, namespaces, "xml_limit");
    decode_refuses(&settings, few, "xml_limit");
    AUTO_FREE char *text = decoded_text(&settings, NULL, fit, strlen(fit));
    assert_non_null(strstr(text, "\"@a255\""));
}

// They are looked up in a table that does not grow.
static void floods_of_names_are_stopped(void **state)
{
    (void)state;
    AUTO_FREE char *elements = decode_repeat("<a>", "<a%zu/>", 900000, "</a>");
    AUTO_FREE char *attributes = decode_repeat("<a>", "<a a%zu=''/>", 900000, "</a>");
    decode_refuses(&settings, elements, "xml_limit");
    decode_refuses(&settings, attributes, "xml_limit");
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    AUTO_FREE char *open = decode_repeat("", "<a>", JSON_DEPTH_MAX, "");
    AUTO_FREE char *fits = decode_repeat(open, "</a>", JSON_DEPTH_MAX, "");
    AUTO_FREE char *more = decode_repeat("<a>", "<a>", JSON_DEPTH_MAX, "");
    AUTO_FREE char *bomb = decode_repeat("", "<a>", 1000000, "");
    // With arrays between the elements the result is twice as deep as they are.
    AUTO_FREE char *half = decode_repeat("", "<a><a/>", JSON_DEPTH_MAX / 2 + 1, "");
    AUTO_FREE char *arrays = decode_repeat(half, "</a>", JSON_DEPTH_MAX / 2 + 1, "");
    AUTO_FREE char *text = decoded_text(&settings, NULL, fits, strlen(fits));
    assert_non_null(strstr(text, "{\"a\":{\"a\":"));
    decode_refuses(&settings, more, "xml_limit");
    decode_refuses(&settings, bomb, "xml_limit");
    decode_refuses(&settings, arrays, "xml_limit");
}

// What was read is stored as text and read again.
static void the_deepest_result_can_be_read_again(void **state)
{
    (void)state;
    for (size_t n = 1; n <= JSON_DEPTH_MAX / 2; n++) {
        AUTO_FREE char *half = decode_repeat("", "<a><a/>", n, "");
        AUTO_FREE char *body = decode_repeat(half, "</a>", n, "");
        AUTO_JSON struct json_object *again = NULL;
        if (n < JSON_DEPTH_MAX / 2) {
            AUTO_FREE char *text = decoded_text(&settings, NULL, body, strlen(body));
            assert_int_equal(json_read(&again, text, strlen(text), NULL, NULL), 0);
        }
    }
}

static void elements_have_a_limit(void **state)
{
    (void)state;
    AUTO_FREE char *body = decode_repeat("<a>", "<b/>", DECODE_VALUES_MAX, "</a>");
    decode_refuses(&settings, body, "answer_limit");
}

static void long_texts_are_no_fault(void **state)
{
    (void)state;
    AUTO_FREE char *body = decode_repeat("<a>", "0123456789abcdef", 700000, "</a>");
    AUTO_FREE char *text = decoded_text(&settings, NULL, body, strlen(body));
    assert_int_equal(strlen(text), 16 * 700000 + strlen("{\"a\":\"\"}"));
}

static void recorded_xml_is_read(void **state)
{
    (void)state;
    AUTO_BYTES struct bytes body =
        decode_recorded("samples/feeds-huginn/public_transport_agent.xml");
    AUTO_JSON struct json_object *value = decoded_value(&settings, "text/xml", body.data, body.len);
    struct json_object *found = NULL;
    assert_true(json_object_object_get_ex(value, "body", &found));
    assert_true(json_object_object_get_ex(found, "predictions", &found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_become_members),
        cmocka_unit_test(repeated_elements_become_arrays),
        cmocka_unit_test(named_elements_are_always_arrays),
        cmocka_unit_test(prefixes_stay_and_their_declarations_do_not_count),
        cmocka_unit_test(its_types_are_known),
        cmocka_unit_test(charsets_are_read_by_every_sign),
        cmocka_unit_test(broken_xml_is_refused_with_its_line),
        cmocka_unit_test(declared_entities_are_refused),
        cmocka_unit_test(blow_ups_are_refused_at_once),
        cmocka_unit_test(floods_of_attributes_are_stopped),
        cmocka_unit_test(floods_of_names_are_stopped),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(the_deepest_result_can_be_read_again),
        cmocka_unit_test(elements_have_a_limit),
        cmocka_unit_test(long_texts_are_no_fault),
        cmocka_unit_test(recorded_xml_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
