#pragma once
// Prepared URLs: parsed once, kept in a bounded table by their text, handed to libcurl as CURLU
// (which saves it a sixth of the instructions of a small request).

#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

#include "bridge/base/cleanup.h"

enum { TARGET_E_URL = 1 }; // not a URL that can be asked; *ret_words says why (a constant)

// Immutable once made; shared by every request that asks the same URL.
struct target {
    unsigned refs;
    bool recent; // asked for since the last newcomer to its set of the table
    bool https;
    uint64_t origin;   // hash of scheme, host and port: requests that may share connections
    char *url;         // as it was given
    char *server_name; // NULL: the URL's host
    CURLU *curlu;
    // With a server_name libcurl is told to ask for that host (so it is what SNI and the
    // certificate check use) but to connect to the URL's; the Host field stays the URL's.
    struct curl_slist connect_to; // data NULL: none
    char *host;                   // for the Host field; NULL: libcurl's own will do
};

struct target_table;

int target_table_new(struct target_table **ret) MUST_CHECK;
struct target_table *target_table_free(struct target_table *table); // accepts NULL
DEFINE_CLEANUP(target_table)

// *ret is a reference of the caller's. 0, TARGET_E_URL, -ENOMEM.
int target_get(struct target_table *table, const char *url, const char *server_name,
               struct target **ret, const char **ret_words) MUST_CHECK;
struct target *target_unref(struct target *target); // accepts NULL, returns NULL
