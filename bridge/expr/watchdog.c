#include <errno.h>
#include <pthread.h>
#include <time.h>

#include <jq.h>

#include "bridge/expr/watchdog.h"

struct watchdog {
    pthread_t thread;
    pthread_mutex_t lock; // guards everything below
    pthread_cond_t wake;
    jq_state *program; // borrowed; NULL: nothing runs
    clockid_t cpu;     // of the thread that runs it
    int64_t deadline_ms;
    int64_t limit_ms;
    bool idle; // the thread waits without a time-out
    bool fired;
    bool stop;
};

static int64_t now_ms(clockid_t id)
{
    struct timespec now = { 0 };
    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wait_ms(struct watchdog *watchdog, int64_t ms)
{
    int64_t at_ms = now_ms(CLOCK_MONOTONIC) + ms;
    struct timespec at = { .tv_sec = at_ms / 1000, .tv_nsec = (at_ms % 1000) * 1000000 };
    (void)pthread_cond_timedwait(&watchdog->wake, &watchdog->lock, &at);
}

static void *watch(void *userdata)
{
    struct watchdog *watchdog = userdata;
    (void)pthread_mutex_lock(&watchdog->lock);
    while (!watchdog->stop) {
        if (watchdog->program == NULL || watchdog->fired) {
            watchdog->idle = true;
            (void)pthread_cond_wait(&watchdog->wake, &watchdog->lock);
            watchdog->idle = false;
            continue;
        }
        int64_t left_ms = watchdog->deadline_ms - now_ms(watchdog->cpu);
        if (left_ms > 0) {
            // CPU time passes no faster than this clock; when it passed slower, look again.
            wait_ms(watchdog, left_ms);
        } else {
            jq_halt(watchdog->program, jv_invalid(), jv_invalid());
            watchdog->fired = true;
        }
    }
    (void)pthread_mutex_unlock(&watchdog->lock);
    return NULL;
}

static int init_wake(struct watchdog *watchdog)
{
    pthread_condattr_t attr;
    int r = pthread_condattr_init(&attr);
    if (r != 0) {
        return -r;
    }
    r = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    if (r == 0) {
        r = pthread_cond_init(&watchdog->wake, &attr);
    }
    (void)pthread_condattr_destroy(&attr);
    return -r;
}

int watchdog_new(struct watchdog **ret, int64_t limit_ms)
{
    AUTO_FREE struct watchdog *watchdog = calloc(1, sizeof(*watchdog));
    if (watchdog == NULL) {
        return -ENOMEM;
    }
    watchdog->limit_ms = limit_ms;
    int r = init_wake(watchdog);
    if (r != 0) {
        return r;
    }
    (void)pthread_mutex_init(&watchdog->lock, NULL);
    r = -pthread_create(&watchdog->thread, NULL, watch, watchdog);
    if (r != 0) {
        (void)pthread_mutex_destroy(&watchdog->lock);
        (void)pthread_cond_destroy(&watchdog->wake);
        return r;
    }
    *ret = STEAL(watchdog);
    return 0;
}

struct watchdog *watchdog_free(struct watchdog *watchdog)
{
    if (watchdog == NULL) {
        return NULL;
    }
    (void)pthread_mutex_lock(&watchdog->lock);
    watchdog->stop = true;
    (void)pthread_cond_signal(&watchdog->wake);
    (void)pthread_mutex_unlock(&watchdog->lock);
    (void)pthread_join(watchdog->thread, NULL);
    (void)pthread_mutex_destroy(&watchdog->lock);
    (void)pthread_cond_destroy(&watchdog->wake);
    free(watchdog);
    return NULL;
}

void watchdog_begin(struct watchdog *watchdog, struct jq_state *program)
{
    (void)pthread_mutex_lock(&watchdog->lock);
    watchdog->program = program;
    watchdog->fired = false;
    (void)pthread_getcpuclockid(pthread_self(), &watchdog->cpu);
    watchdog->deadline_ms = now_ms(watchdog->cpu) + watchdog->limit_ms;
    // Else it sleeps towards an earlier deadline already and will find this one.
    if (watchdog->idle) {
        (void)pthread_cond_signal(&watchdog->wake);
    }
    (void)pthread_mutex_unlock(&watchdog->lock);
}

bool watchdog_end(struct watchdog *watchdog)
{
    (void)pthread_mutex_lock(&watchdog->lock);
    watchdog->program = NULL;
    bool fired = watchdog->fired;
    (void)pthread_mutex_unlock(&watchdog->lock);
    return fired;
}
