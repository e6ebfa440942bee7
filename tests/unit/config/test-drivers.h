#pragma once
// Drivers that do nothing but have options of every type, for tests of the binder.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/secret.h"
#include "bridge/expr/expr.h"
#include "bridge/model/http.h"
#include "bridge/spi/option.h"
#include "bridge/spi/settings.h"

struct test_tls {
    char *ca_file;
    int min_version;
};

struct test_web { // source "web", the default
    char *url;
    int method;
    struct headers params;
    struct headers headers;
    char *json;
    int64_t timeout_ms;
    uint64_t max_body_bytes;
    struct status_set ok_status;
    struct test_tls tls;
};

struct test_probe { // source "probe"
    int64_t level;
    double share;
};

struct test_hook { // sink "hook", the default
    char *url;
    struct secret secret;
    struct template_pairs headers;
    struct expr *body;
};

struct test_log { // sink "log"
    char *path;
};

struct test_basic { // auth "basic", the default
    char *username;
    struct secret password;
};

struct test_login { // auth "login"
    char *url;
    char *json;
    struct expr *token;
    struct expr_list paths;
    bool eager;
};

extern const struct drivers test_drivers;
