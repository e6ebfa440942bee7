// The form of a URL, checked where it is written: what curl would make of it comes too late.
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/places.h"
#include "config/scalar.h"

static const char *find_fault_of_port(const char *port, size_t len)
{
    char digits[8] = "";
    int64_t number = 0;
    if (len > 5) {
        return "its port is no number from 1 to 65535";
    }
    memcpy(digits, port, len);
    if (!isdigit((unsigned char)digits[0]) || !str_to_i64(digits, &number) || number < 1 ||
        number > 65535) {
        return "its port is no number from 1 to 65535";
    }
    return NULL;
}

// `host`, `host:port`, `[address]:port`.
static const char *find_fault_of_authority(const char *text, size_t len)
{
    const char *end = text + len;
    const char *host_end = memchr(text, ':', len);
    if (memchr(text, '@', len)) {
        return "it holds a user name; move user and password to `auth`";
    }
    if (*text == '[') {
        host_end = memchr(text, ']', len);
        if (!host_end || strspn(text + 1, "0123456789abcdefABCDEF:.") == 0 ||
            text + 1 + strspn(text + 1, "0123456789abcdefABCDEF:.") != host_end) {
            return "its host is no IPv6 address in brackets";
        }
        host_end++;
        if (host_end < end && *host_end != ':') {
            return "something other than a port stands behind its host";
        }
    }
    if (!host_end) {
        host_end = end;
    }
    if (host_end == text) {
        return "it has no host";
    }
    return host_end == end ? NULL : find_fault_of_port(host_end + 1, (size_t)(end - host_end) - 1);
}

static const char *find_fault(const char *url)
{
    for (const char *c = url; *c; c++) {
        if ((unsigned char)*c <= ' ' || *c == 0x7F) {
            return "it holds white space or a control character; write a space as %20";
        }
    }
    const char *rest = strstr(url, "://");
    size_t scheme = rest ? (size_t)(rest - url) : 0;
    bool known = (scheme == 4 && strncasecmp(url, "http", 4) == 0) ||
                 (scheme == 5 && strncasecmp(url, "https", 5) == 0);
    if (!known) {
        return "it must begin with http:// or https://";
    }
    rest += strlen("://");
    return find_fault_of_authority(rest, strcspn(rest, "/?#\\"));
}

int scalar_check_url(const struct option *option, struct scalar scalar, struct problem **reterr)
{
    if (option->flags & OPTION_PLACES && places_in(scalar.text)) {
        return 0; // what they make of it is seen with each instance
    }
    const char *fault = find_fault(scalar.text);
    if (!fault) {
        return 0;
    }
    // A URL with a password in it is not repeated.
    char shown[SCALAR_SHOWN_SIZE];
    bool hide = scalar.foreign || strchr(scalar.text, '@');
    return problem_set(reterr, -EINVAL, "bad_url", "\"%s\" is no usable URL: %s%s%s", option->key,
                       fault, hide ? "" : ", but it is ", hide ? "" : scalar_shown(scalar, shown));
}
