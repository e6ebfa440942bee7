#pragma once
// What went wrong with a transfer, in our terms and in words for people.

#include <stdbool.h>

#include <curl/curl.h>

#include "bridge/base/cleanup.h"

struct http_response;

struct failure {
    CURL *easy;
    CURLcode code;
    const char *words;    // CURLOPT_ERRORBUFFER
    int socket_errno;     // of socket(2); 0: none
    const char *blocked;  // the refused address; NULL: none was refused
    const char *ca_file;  // that could not be read; NULL: none
    bool refused_version; // of HTTP
    bool proxied;
    bool connect_limit; // the connect time-out is the shorter one
};

// Sets error and error_text; status is that of what has arrived, 0 when nothing has. 0 or -ENOMEM.
int failure_describe(const struct failure *failure, struct http_response *ret) MUST_CHECK;
