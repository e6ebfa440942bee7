#pragma once
// Cookies that an answer set, for requests that follow it (RFC 6265). Pure. What that standard
// says to ignore is ignored; nothing is shared between jars.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/secret.h"

struct buf;

#define COOKIE_JAR_MAX   50
#define COOKIE_BYTES_MAX 4096 // of name and value together; longer ones are ignored

struct cookie {
    char *name;
    struct secret value;
    char *domain; // in lower case
    char *path;
    bool host_only;        // for that very host, not for those below it
    bool secure;           // over https only
    int64_t expires_at_ms; // wall time; 0: it does not say
};

struct cookie_jar {
    struct cookie *v;
    size_t n;
};

void cookie_jar_deinit(struct cookie_jar *jar);
// One field `Set-Cookie` of an answer to a request of that URL; one that has expired takes its
// namesake out. 0, -ENOMEM, -ENOSPC when the jar is full.
int cookie_jar_take(struct cookie_jar *jar, const char *url, const char *field,
                    int64_t now_ms) MUST_CHECK;
// Appends those that fit a request of that URL, as the field `Cookie` has them: "a=1; b=2", longer
// paths first. Nothing when none fits. 0 or -ENOMEM.
int cookie_jar_format(const struct cookie_jar *jar, const char *url, struct buf *ret) MUST_CHECK;
// When the first of them expires; 0: none says.
int64_t cookie_jar_expires_at_ms(const struct cookie_jar *jar);

// A date as servers write it in cookies, in any order and with nearly any delimiters (section
// 5.1.1).
bool cookie_date_parse(const char *text, size_t len, int64_t *ret_wall_at_ms);
