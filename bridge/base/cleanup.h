#pragma once
// Scope-bound ownership: CLEANUP(free_fn) variables and STEAL to hand them over.

#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))

// Takes the value out of an owning variable and leaves NULL behind.
#define STEAL(ptr)                                                                                 \
    __extension__({                                                                                \
        __typeof__(ptr) steal_value_ = (ptr);                                                      \
        (ptr) = NULL;                                                                              \
        steal_value_;                                                                              \
    })

// DEFINE_CLEANUP(thing) makes CLEANUP(thing_freep) out of thing_free(struct thing *).
#define DEFINE_CLEANUP(thing)                                                                      \
    static inline void thing##_freep(struct thing **p)                                             \
    {                                                                                              \
        (void)thing##_free(*p);                                                                    \
    }

#define MUST_CHECK             __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define ARRAY_LEN(a)           (sizeof(a) / sizeof((a)[0]))

static inline void cleanup_free(void *p)
{
    free(*(void **)p);
}

static inline void cleanup_close(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

#define AUTO_FREE  CLEANUP(cleanup_free)
#define AUTO_CLOSE CLEANUP(cleanup_close)
