#include "bridge/poll/politeness/quota.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/http-date.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"

#define NUMBER_MAX ((int64_t)10000000000000)
#define SECOND     ((int64_t)1000)
#define MINUTE     (60 * SECOND)
#define DAY        (24 * 60 * MINUTE)
#define LOW_PART   10

// Numbers from here on are seconds, and from there on milliseconds, since 1970.
#define EPOCH_SECONDS ((int64_t)1000000000)
#define EPOCH_MS      (1000 * EPOCH_SECONDS)

// ---- texts ----

// A piece of a header's value, not ended by a NUL.
struct piece {
    const char *text;
    size_t len;
};

static struct piece trimmed(struct piece piece)
{
    while (piece.len > 0 && strchr(" \t", piece.text[0])) {
        piece.text++;
        piece.len--;
    }
    while (piece.len > 0 && strchr(" \t", piece.text[piece.len - 1])) {
        piece.len--;
    }
    return piece;
}

// Takes what is before the next `separator` outside of quotes, and the separator with it.
static struct piece take(struct piece *rest, char separator)
{
    bool quoted = false;
    size_t len = 0;
    for (; len < rest->len && (quoted || rest->text[len] != separator); len++) {
        quoted ^= rest->text[len] == '"';
    }
    struct piece taken = { rest->text, len };
    size_t used = len < rest->len ? len + 1 : len;
    rest->text = used > 0 ? rest->text + used : rest->text; // nothing at all is NULL
    rest->len -= used;
    return trimmed(taken);
}

static bool piece_is(struct piece piece, const char *text)
{
    return piece.len == strlen(text) && strncasecmp(piece.text, text, piece.len) == 0;
}

static bool piece_eq(struct piece a, struct piece b)
{
    return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

// Whole requests or seconds; fractions are dropped, what is too large stays large.
static bool to_number(struct piece piece, int64_t *ret)
{
    int64_t number = 0;
    size_t i = 0;
    for (; i < piece.len && isdigit((unsigned char)piece.text[i]); i++) {
        number = number < NUMBER_MAX ? number * 10 + (piece.text[i] - '0') : number;
    }
    bool is_one = i > 0 && (i == piece.len || piece.text[i] == '.');
    for (i++; i < piece.len; i++) {
        is_one &= isdigit((unsigned char)piece.text[i]) != 0;
    }
    *ret = number;
    return is_one;
}

// ---- what they mean ----

static int64_t within_a_day(int64_t ms)
{
    return ms < SECOND ? SECOND : ms > DAY ? DAY : ms;
}

static int64_t reset_of(int64_t number, int64_t answered_at_ms)
{
    if (number >= EPOCH_MS) {
        return within_a_day(number - answered_at_ms);
    }
    if (number >= EPOCH_SECONDS) {
        return within_a_day(number * 1000 - answered_at_ms);
    }
    return within_a_day(number * 1000);
}

int64_t quota_wait_ms(const struct quota *quota)
{
    if (!quota->is_known) {
        return 0;
    }
    if (quota->remaining == 0) {
        return quota->reset_ms > 0 ? quota->reset_ms : MINUTE;
    }
    if (quota->remaining >= quota->limit / LOW_PART || quota->reset_ms == 0) {
        return 0;
    }
    return within_a_day(quota->reset_ms / quota->remaining);
}

static void keep_tighter(struct quota *kept, const struct quota *other)
{
    if (other->is_known && (!kept->is_known || quota_wait_ms(other) > quota_wait_ms(kept))) {
        *kept = *other;
    }
}

// ---- structured fields ----

// The quota of the policy of that name; 0: not said.
static int64_t policy_limit(const struct headers *headers, struct piece name)
{
    const char *text = headers_get(headers, "RateLimit-Policy");
    struct piece rest = { text, text ? strlen(text) : 0 };
    while (rest.len > 0) {
        struct piece member = take(&rest, ',');
        int64_t limit = 0;
        if (!piece_eq(take(&member, ';'), name)) {
            continue;
        }
        while (member.len > 0) {
            struct piece value = take(&member, ';');
            if (piece_is(take(&value, '='), "q") && to_number(value, &limit)) {
                return limit;
            }
        }
    }
    return 0;
}

// `"default";r=50;t=30`
static struct quota read_member(const struct headers *headers, struct piece member)
{
    struct quota found = { 0 };
    struct piece name = take(&member, ';');
    while (member.len > 0) {
        int64_t number;
        struct piece value = take(&member, ';');
        struct piece key = take(&value, '=');
        if (!to_number(value, &number)) {
            continue;
        }
        if (piece_is(key, "r")) {
            found.is_known = true;
            found.remaining = number;
        } else if (piece_is(key, "t")) {
            found.reset_ms = within_a_day(number * 1000);
        }
    }
    found.limit = policy_limit(headers, name);
    return found;
}

// `limit=10`, of the form of before.
static void read_pair(struct quota *old, struct piece member)
{
    int64_t number;
    struct piece key = take(&member, '=');
    if (!to_number(take(&member, ';'), &number)) {
        return;
    }
    if (piece_is(key, "limit")) {
        old->limit = number;
    } else if (piece_is(key, "remaining")) {
        old->is_known = true;
        old->remaining = number;
    } else if (piece_is(key, "reset")) {
        old->reset_ms = within_a_day(number * 1000);
    }
}

static void read_structured(const struct headers *headers, struct quota *kept)
{
    struct quota old = { 0 };
    const char *text = headers_get(headers, "RateLimit");
    struct piece rest = { text, text ? strlen(text) : 0 };
    while (rest.len > 0) {
        struct piece member = take(&rest, ',');
        const struct quota found = read_member(headers, member);
        keep_tighter(kept, &found);
        read_pair(&old, member);
    }
    keep_tighter(kept, &old);
}

// ---- a field for each number ----

// The fields of one spelling.
struct spelling {
    const char *limit;
    const char *remaining;
    const char *reset;
};

// The first number of a field like "100, 100;w=60".
static bool read_field(const struct headers *headers, const char *name, int64_t *ret)
{
    const char *text = headers_get(headers, name);
    struct piece rest = { text, text ? strlen(text) : 0 };
    struct piece first = take(&rest, ',');
    return to_number(take(&first, ';'), ret);
}

static struct quota read_fields(const struct headers *headers, const struct spelling *spelling,
                                int64_t answered_at_ms)
{
    struct quota found = { 0 };
    int64_t reset;
    found.is_known = read_field(headers, spelling->remaining, &found.remaining);
    if (!read_field(headers, spelling->limit, &found.limit)) {
        found.limit = 0;
    }
    if (read_field(headers, spelling->reset, &reset)) {
        found.reset_ms = reset_of(reset, answered_at_ms);
    }
    return found;
}

static bool is_of_quota(const struct header *header)
{
    switch (header->name[0]) {
    case 'R':
    case 'r': return strncasecmp(header->name, "RateLimit", strlen("RateLimit")) == 0;
    case 'X':
    case 'x': return strncasecmp(header->name, "X-Rate", strlen("X-Rate")) == 0;
    default: return false;
    }
}

bool quota_is_said(const struct http_response *response)
{
    const struct headers *headers = &response->headers;
    for (size_t i = 0; i < headers->n; i++) {
        if (is_of_quota(&headers->v[i])) {
            return true;
        }
    }
    return false;
}

struct quota quota_read(const struct http_response *response, int64_t wall_now_ms)
{
    static const struct spelling spellings[] = {
        { "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset" },
        { "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset" },
        { "X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset" },
    };
    const struct headers *headers = &response->headers;
    struct quota kept = { 0 };
    if (!quota_is_said(response)) {
        return kept;
    }
    int64_t answered_at_ms = http_answered_at_ms(headers_get(headers, "Date"), wall_now_ms);
    read_structured(headers, &kept);
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
        const struct quota found = read_fields(headers, &spellings[i], answered_at_ms);
        keep_tighter(&kept, &found);
    }
    return kept;
}
