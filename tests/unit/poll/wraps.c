// Linked in place of two functions: quick retries do not wait, and what is parsed is counted.

#include "bridge/model/json.h"
#include "bridge/poll/politeness/backoff.h"
#include "tests/unit/poll/stage.h"

unsigned stage_parsed;

// NOLINTBEGIN: the names are the linker's.
int64_t __wrap_backoff_quick_ms(unsigned retry, uint64_t random);
__typeof__(json_read) __real_json_read;
__typeof__(json_read) __wrap_json_read;
// NOLINTEND

int64_t __wrap_backoff_quick_ms(unsigned retry, uint64_t random)
{
    (void)retry;
    (void)random;
    return 1;
}

int __wrap_json_read(struct json_object **ret, const char *text, size_t len,
                     const struct json_limits *limits, struct problem **reterr)
{
    (void)__atomic_add_fetch(&stage_parsed, 1, __ATOMIC_RELAXED);
    return __real_json_read(ret, text, len, limits, reterr);
}
