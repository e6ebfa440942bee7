#pragma once
// The formats an answer can be read as, and how one is picked. Each decoder is a pure function of
// the answer and these settings, from bytes to one JSON value.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/event.h"

struct http_response;
struct json_object;
struct problem;

enum format {
    FORMAT_AUTO, // by content type, then by how the answer begins
    FORMAT_JSON,
    FORMAT_NDJSON,
    FORMAT_XML,
    FORMAT_FEED,
    FORMAT_CSV,
    FORMAT_HTML,
    FORMAT_TEXT,
    FORMAT_COUNT
};

struct csv_settings {
    char *delimiter; // one character; NULL: a comma, or a tab when the content type says so
    bool header;     // the first row names the fields
};

struct xml_settings {
    struct string_list lists; // names of elements that are arrays however often they occur
};

struct decode_settings {
    int format;    // enum format
    char *charset; // as written; NULL: as the answer says
    char *xpath;   // for HTML
    bool allow_empty;
    struct csv_settings csv;
    struct xml_settings xml;
};

// Of the members that the reader of an answer would have to hold: values, elements, rows, lines.
#define DECODE_VALUES_MAX 2000000U

// All decoders: 0; SOURCE_E_BAD_ANSWER with words (codes "content_type", "charset", "empty_answer",
// "answer_limit", and those of the format); -ENOMEM. JSON null is *ret = NULL with result 0.
typedef int (*decode_fn)(const struct http_response *response,
                         const struct decode_settings *settings, struct json_object **ret,
                         struct problem **reterr);

// By the format of the settings; `auto` never reads an HTML page as anything unless there is an
// xpath, and a feed is known by its root element whatever XML type it has.
int decode_answer(const struct http_response *response, const struct decode_settings *settings,
                  struct json_object **ret, struct problem **reterr) MUST_CHECK;

// What a request says it wants.
const char *format_accept(const struct decode_settings *settings);
// "auto", "json", …, NULL: as in the configuration.
extern const char *const format_names[];
