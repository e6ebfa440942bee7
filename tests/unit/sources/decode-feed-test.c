// Feeds of every kind in one shape.

#include <stdio.h>

#include <json-c/json.h>

#include "bridge/base/str.h"
#include "sources/decode/feed-date.h"
#include "tests/unit/sources/decode-cases.h"

static const struct decode_settings settings = { .format = FORMAT_FEED };
static const struct decode_settings automatic = { .format = FORMAT_AUTO };

static void rss_2_is_read(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { "text/xml",
          LITERAL("<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/' "
                  "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:media='urn:m'>"
                  "<channel><title>T</title><link>http://e.com/</link>"
                  "<description>D</description><lastBuildDate>now</lastBuildDate>"
                  "<item><media:title>no</media:title><title> One </title>"
                  "<link>http://e.com/1</link><guid isPermaLink='false'>g1</guid>"
                  "<dc:creator>Ann</dc:creator><pubDate>Wed, 02 Oct 2002 15:00:00 +0200</pubDate>"
                  "<description>&lt;p&gt;x&lt;/p&gt;</description>"
                  "<content:encoded><![CDATA[<b>y</b>]]></content:encoded>"
                  "<category>a</category><category>b</category>"
                  "<enclosure url='http://e.com/1.mp3' type='audio/mpeg' length='12'/>"
                  "</item></channel></rss>"),
          NULL,
          "{\"title\":\"T\",\"link\":\"http://e.com/\",\"description\":\"D\",\"items\":[{\"id\":"
          "\"g1\",\"guid\":\"g1\",\"link\":\"http://e.com/1\",\"title\":\"One\",\"author\":\"Ann\","
          "\"published\":\"2002-10-02T13:00:00Z\",\"summary\":\"<p>x</p>\",\"content\":\"<b>y</"
          "b>\","
          "\"categories\":[\"a\",\"b\"],\"enclosures\":[{\"url\":\"http://e.com/1.mp3\",\"type\":"
          "\"audio/mpeg\",\"length\":\"12\"}]}]}" },
        { "application/rss+xml",
          LITERAL("<rss><channel><item><guid>http://e.com/2</guid></item></channel></rss>"), NULL,
          "{\"items\":[{\"id\":\"http://e.com/2\",\"guid\":\"http://e.com/2\",\"link\":"
          "\"http://e.com/2\"}]}" },
        { "application/xml",
          LITERAL("<rss version='0.91'><channel><title>T</title></channel></rss>"), NULL,
          "{\"title\":\"T\",\"items\":[]}" },
    };
    decode_check(&automatic, cases, ARRAY_LEN(cases));
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

// Items stand beside the channel there.
static void rss_1_and_0_90_are_read(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { "application/rdf+xml",
          LITERAL("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
                  "xmlns='http://purl.org/rss/1.0/' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
                  "<channel rdf:about='c'><title>T</title></channel>"
                  "<item rdf:about='urn:1'><title>One</title><link>http://e.com/1</link>"
                  "<dc:date>2002-10-02T15:00:00+02:00</dc:date></item></rdf:RDF>"),
          NULL,
          "{\"title\":\"T\",\"items\":[{\"id\":\"urn:1\",\"guid\":\"urn:1\",\"link\":"
          "\"http://e.com/1\",\"title\":\"One\",\"published\":\"2002-10-02T13:00:00Z\"}]}" },
        { "text/xml",
          LITERAL("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
                  "xmlns='http://my.netscape.com/rdf/simple/0.9/'><channel><title>T</title>"
                  "</channel><item><title>One</title><link>http://e.com/1</link></item></rdf:RDF>"),
          NULL,
          "{\"title\":\"T\",\"items\":[{\"id\":\"http://e.com/1\",\"link\":\"http://e.com/1\","
          "\"title\":\"One\"}]}" },
    };
    decode_check(&automatic, cases, ARRAY_LEN(cases));
}

static void atom_is_read(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { "application/atom+xml",
          LITERAL("<feed xmlns='http://www.w3.org/2005/Atom'><title type='text'>T</title>"
                  "<link rel='self' href='http://e.com/feed'/><link href='http://e.com/'/>"
                  "<subtitle>D</subtitle><updated>2020-01-01T00:00:00Z</updated>"
                  "<entry><id>urn:1</id><link rel='edit' href='no'/>"
                  "<link rel='alternate' href='http://e.com/1'/>"
                  "<link rel='enclosure' href='http://e.com/1.mp3' length='7'/>"
                  "<title type='html'>One &amp;lt;</title><author><name>Ann</name></author>"
                  "<author><name>Bob</name></author><published>2020-01-01T00:00:00.5Z</published>"
                  "<updated>2020-01-02T01:30:00+01:30</updated><summary>S</summary>"
                  "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a <b>b</b></div>"
                  "</content><category term='x' label='X'/></entry></feed>"),
          NULL,
          "{\"title\":\"T\",\"link\":\"http://e.com/\",\"description\":\"D\",\"items\":[{\"id\":"
          "\"urn:1\",\"link\":\"http://e.com/1\",\"title\":\"One &lt;\",\"author\":\"Ann, Bob\","
          "\"published\":\"2020-01-01T00:00:00Z\",\"updated\":\"2020-01-02T00:00:00Z\","
          "\"summary\":\"S\",\"content\":\"a <b>b</b>\",\"categories\":[\"x\"],\"enclosures\":[{"
          "\"url\":\"http://e.com/1.mp3\",\"length\":\"7\"}]}]}" },
        { "text/xml",
          LITERAL("<feed version='0.3' xmlns='http://purl.org/atom/ns#'><tagline>D</tagline>"
                  "<entry><id>1</id><issued>2004-01-01</issued>"
                  "<modified>2004-01-02T00:00:00Z</modified></entry></feed>"),
          NULL,
          "{\"description\":\"D\",\"items\":[{\"id\":\"1\",\"published\":\"2004-01-01T00:00:00Z\","
          "\"updated\":\"2004-01-02T00:00:00Z\"}]}" },
    };
    decode_check(&automatic, cases, ARRAY_LEN(cases));
}

static void json_feed_is_read(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { "application/feed+json",
          LITERAL("{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"T\","
                  "\"home_page_url\":\"http://e.com/\",\"items\":[{\"id\":1,\"url\":"
                  "\"http://e.com/1\",\"content_html\":\"<p>x\",\"date_published\":"
                  "\"2020-01-01T00:00:00-01:00\",\"authors\":[{\"name\":\"Ann\"},{}],\"tags\":"
                  "[\"a\",3],\"attachments\":[{\"url\":\"u\",\"size_in_bytes\":5}]}]}"),
          NULL,
          "{\"title\":\"T\",\"link\":\"http://e.com/\",\"items\":[{\"id\":\"1\",\"link\":"
          "\"http://e.com/1\",\"author\":\"Ann\",\"published\":\"2020-01-01T01:00:00Z\","
          "\"content\":\"<p>x\",\"categories\":[\"a\"],\"enclosures\":[{\"url\":\"u\",\"length\":"
          "\"5\"}]}]}" },
        { "application/feed+json", LITERAL("{\"title\":\"T\"}"), "no_feed", "items" },
        { "application/feed+json", LITERAL("{\"items\":[1]}"), "feed_item", "item 1" },
        { "application/feed+json", LITERAL("{\"items\":[{}]}"), "feed_item", "item 1" },
        { "application/feed+json", LITERAL("{\"items\":["), "json_syntax", NULL },
    };
    decode_check(&automatic, cases, ARRAY_LEN(cases));
}

#define RSS(items) "<rss><channel>" items "</channel></rss>"

static void every_item_has_an_id(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { NULL,
          LITERAL(RSS("<item><title>a</title><pubDate>2 Jan 2020 00:00 GMT</pubDate></item>")),
          NULL,
          "{\"items\":[{\"id\":\"2020-01-02T00:00:00Z a\",\"title\":\"a\",\"published\":"
          "\"2020-01-02T00:00:00Z\"}]}" },
        { NULL, LITERAL(RSS("<item><title>a</title></item>")), NULL,
          "{\"items\":[{\"id\":\"a\",\"title\":\"a\"}]}" },
        // Items that all link to the same page are told apart by their titles.
        { NULL,
          LITERAL(RSS("<item><title>a</title><link>l</link></item>"
                      "<item><title>b</title><link>l</link></item>")),
          NULL,
          "{\"items\":[{\"id\":\"l a\",\"link\":\"l\",\"title\":\"a\"},{\"id\":\"l b\",\"link\":"
          "\"l\",\"title\":\"b\"}]}" },
        { NULL, LITERAL(RSS("<item/>")), "feed_item", "item 1 of the feed has neither" },
        { NULL, LITERAL(RSS("<item><guid> </guid><link/></item>")), "feed_item", NULL },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
    AUTO_FREE char *text =
        decoded_text(&settings, NULL, LITERAL(RSS("<item><description>x</description></item>")));
    assert_null(strstr(text, "\"id\":null"));
}

// RFC 4287 section 4.1.1: entries with one id are one entry.
static void an_id_stands_for_one_item(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { NULL,
          LITERAL("<feed><entry><id>1</id><updated>2020-01-01T00:00:00Z</updated></entry>"
                  "<entry><id>2</id></entry>"
                  "<entry><id>1</id><updated>2020-01-01T00:30:00-01:00</updated></entry>"
                  "<entry><id>2</id><title>old</title></entry></feed>"),
          NULL,
          "{\"items\":[{\"id\":\"1\",\"updated\":\"2020-01-01T01:30:00Z\"},{\"id\":\"2\"}]}" },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

static void what_is_no_feed_is_refused(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { NULL, LITERAL("<a/>"), "no_feed", "<a>" },
        { NULL, LITERAL("<rss><channel><item>"), "xml_syntax", NULL },
        { NULL, LITERAL("{\"error\":\"x\"}"), "no_feed", NULL },
        { NULL, LITERAL(""), "empty_answer", NULL },
        { "text/html", LITERAL("<html>Log in"), "content_type", "HTML page" },
        { NULL, LITERAL("<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss>&x;</rss>"),
          "xml_refused", NULL },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

static void dates_of_every_hand_are_one(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *date; // NULL: none
    } cases[] = {
        { "Wed, 02 Oct 2002 13:00:00 GMT", "2002-10-02T13:00:00Z" },
        { "2 Oct 02 13:00 EST", "2002-10-02T18:00:00Z" },
        { "Wed, 02 Oct 1999 13:00:00 -0330", "1999-10-02T16:30:00Z" },
        { "Thu, 31 December 98 23:30:00 PDT", "1999-01-01T06:30:00Z" },
        { "02-Oct-2002 13:00:00", "2002-10-02T13:00:00Z" },
        { "Wed, 02 Oct 2002", "2002-10-02T00:00:00Z" },
        { "2002-10-02T13:00:00+02:00", "2002-10-02T11:00:00Z" },
        { "2002-10-02T13:00:00.123456Z", "2002-10-02T13:00:00Z" },
        { "2002-10-02 13:00", "2002-10-02T13:00:00Z" },
        { "2002-10-02", "2002-10-02T00:00:00Z" },
        { "2020-02-29T00:00:00Z", "2020-02-29T00:00:00Z" },
        { "2021-02-29T00:00:00Z", NULL },
        { "31 Feb 2020 00:00 GMT", NULL },
        { "2002-13-02", NULL },
        { "2002-10-00", NULL },
        { "2002-10-02T24:00:00Z", NULL },
        { "2002-10-02T13:00:00Zulu", NULL },
        { "0000-01-01T00:00:00+23:59", NULL },
        { "9999-12-31T23:59:59-23:59", NULL },
        { "yesterday", NULL },
        { "Wed, 02 Oct 2002 13:00:00 GMTX", NULL },
        { "20021002", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char date[FEED_DATE_SIZE] = "";
        bool is = feed_date_normalise(cases[i].text, date);
        if (is != (cases[i].date != NULL) || (is && !str_eq(date, cases[i].date))) {
            fail_msg("%s: %s", cases[i].text, is ? date : "none");
        }
    }
}

// A date that nobody understands is told as it is.
static void other_dates_stay(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { NULL, LITERAL(RSS("<item><guid>1</guid><pubDate>soon</pubDate></item>")), NULL,
          "{\"items\":[{\"id\":\"1\",\"guid\":\"1\",\"published\":\"soon\"}]}" },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

static size_t count_items(struct json_object *feed)
{
    struct json_object *items = NULL;
    assert_true(json_object_object_get_ex(feed, "items", &items));
    for (size_t i = 0; i < json_object_array_length(items); i++) {
        struct json_object *id = NULL;
        struct json_object *item = json_object_array_get_idx(items, i);
        assert_true(json_object_object_get_ex(item, "id", &id));
        assert_true(json_object_get_string_len(id) > 0);
    }
    return json_object_array_length(items);
}

static void recorded_feeds_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        size_t items;
    } samples[] = {
        { "feeds-feedjira/AmazonWebServicesBlog.xml", 10 },
        { "feeds-feedjira/AtomEscapedHTMLInPreTag.xml", 1 },
        { "feeds-feedjira/AtomFeedWithSpacesAroundEquals.xml", 1 },
        { "feeds-feedjira/AtomWithITunesInCDATA.xml", 1 },
        { "feeds-feedjira/CRE.xml", 30 },
        { "feeds-feedjira/FeedBurnerUrlNoAlternate.xml", 1 },
        { "feeds-feedjira/FeedBurnerXHTML.xml", 10 },
        { "feeds-feedjira/FeedjiraBlog.xml", 1 },
        { "feeds-feedjira/GiantRobotsSmashingIntoOtherGiantRobots.xml", 3 },
        { "feeds-feedjira/GoogleDocsList.xml", 2 },
        { "feeds-feedjira/HREFConsideredHarmful.xml", 10 },
        { "feeds-feedjira/HuffPostCanada.xml", 2 },
        { "feeds-feedjira/ITunesWithSpacesInAttributes.xml", 3 },
        { "feeds-feedjira/PaulDixExplainsNothing.xml", 5 },
        { "feeds-feedjira/PaulDixExplainsNothingAlternate.xml", 5 },
        { "feeds-feedjira/PaulDixExplainsNothingWFW.xml", 5 },
        { "feeds-feedjira/Permalinks.xml", 4 },
        { "feeds-feedjira/RSSWithComments.xml", 30 },
        { "feeds-feedjira/SamRuby.xml", 20 },
        { "feeds-feedjira/TechCrunch.xml", 20 },
        { "feeds-feedjira/TenderLovemaking.xml", 10 },
        { "feeds-feedjira/TrotterCashionHome.xml", 14 },
        { "feeds-feedjira/TypePadNews.xml", 10 },
        { "feeds-feedjira/a10.xml", 5 },
        { "feeds-feedjira/atom_simple_single_entry.xml", 1 },
        { "feeds-feedjira/atom_simple_single_entry_link_self.xml", 1 },
        { "feeds-feedjira/atom_with_link_tag_for_url_unmarked.xml", 1 },
        { "feeds-feedjira/google_alerts_atom.xml", 20 },
        { "feeds-feedjira/itunes.xml", 3 },
        { "feeds-feedjira/itunes_feedburner.xml", 3 },
        { "feeds-feedjira/json_feed.json", 20 },
        { "feeds-feedjira/json_feed_with_escaped_uris.json", 30 },
        { "feeds-feedjira/pet_atom.xml", 10 },
        { "feeds-feedjira/youtube_atom.xml", 15 },
        { "feeds-huginn/cdata_rss.atom", 10 },
        { "feeds-huginn/github_rss.atom", 20 },
        { "feeds-huginn/iso-8859-1.rss", 1 },
        { "feeds-huginn/onethingwell.rss", 20 },
        { "feeds-huginn/podcast.rss", 4 },
        { "feeds-huginn/slickdeals.atom", 79 },
        { "feeds-huginn/youtube.xml", 15 },
    };
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        char path[160]; // on the stack: without the corpus the test is left on the way
        (void)snprintf(path, sizeof(path), "samples/%s", samples[i].path);
        AUTO_BYTES struct bytes body = decode_recorded(path);
        AUTO_JSON struct json_object *feed = decoded_value(&settings, NULL, body.data, body.len);
        if (count_items(feed) != samples[i].items) {
            fail_msg("%s: %zu items", path, count_items(feed));
        }
    }
}

// Every poll of a real feed, by its format and by none.
static void a_recorded_series_is_read(void **state)
{
    (void)state;
    AUTO_BYTES struct bytes index = decode_recorded("series/tiktok-user-rss/index.tsv");
    size_t n = 0;
    char *rest = NULL;
    for (char *line = strtok_r(index.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char name[100];
        char path[160];
        if (sscanf(line, "%*s %99[^\t ]", name) != 1 || !str_ends(name, ".xml")) {
            continue;
        }
        (void)snprintf(path, sizeof(path), "series/tiktok-user-rss/%s", name);
        AUTO_BYTES struct bytes body = decode_recorded(path);
        AUTO_FREE char *by_name = decoded_text(&settings, "text/xml", body.data, body.len);
        AUTO_FREE char *by_itself = decoded_text(&automatic, NULL, body.data, body.len);
        assert_string_equal(by_name, by_itself);
        n++;
    }
    assert_true(n >= 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rss_2_is_read),
        cmocka_unit_test(rss_1_and_0_90_are_read),
        cmocka_unit_test(atom_is_read),
        cmocka_unit_test(json_feed_is_read),
        cmocka_unit_test(every_item_has_an_id),
        cmocka_unit_test(an_id_stands_for_one_item),
        cmocka_unit_test(what_is_no_feed_is_refused),
        cmocka_unit_test(dates_of_every_hand_are_one),
        cmocka_unit_test(other_dates_stay),
        cmocka_unit_test(recorded_feeds_are_read),
        cmocka_unit_test(a_recorded_series_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
