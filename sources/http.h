#pragma once
// The source `http`: one document, of one request or page by page.

#include <stdint.h>

#include "bridge/model/http.h"
#include "bridge/spi/option.h"
#include "bridge/spi/outgoing.h"
#include "sources/decode/format.h"
#include "sources/page/page.h"

enum source_http_method {
    SOURCE_HTTP_GET,
    SOURCE_HTTP_POST,
    SOURCE_HTTP_PUT,
    SOURCE_HTTP_PATCH,
};

struct source_http_settings {
    char *url;
    int method; // enum source_http_method
    struct headers params;
    struct headers headers;
    char *body;
    char *json;
    char *user_agent;
    struct outgoing_settings outgoing;
    uint64_t max_body_bytes;
    int64_t redirects;
    struct status_set ok_status;
    struct decode_settings decode;
    struct page_settings page;
};

struct source_driver;
extern const struct source_driver source_http;
