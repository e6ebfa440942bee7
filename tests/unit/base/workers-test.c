#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first
#include <cmocka.h>
#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "bridge/base/workers.h"

struct job {
    struct work work; // first
    int number;
    int runs;
    int dones;
    void *ctx;
    pthread_t run_by;
    pthread_t done_by;
    struct pool *pool;
};

struct pool {
    struct event_base *base;
    struct workers *workers;
    int done;
    int wanted; // leave the loop after so many
    struct job *follow_up;
};

// A gate that keeps workers busy until the test opens it.
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
    int inside;
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void run_plain(struct work *work, void *ctx)
{
    struct job *job = (struct job *)work;
    job->runs++;
    job->ctx = ctx;
    job->run_by = pthread_self();
}

static void run_at_gate(struct work *work, void *ctx)
{
    (void)pthread_mutex_lock(&gate.lock);
    gate.inside++;
    (void)pthread_cond_broadcast(&gate.changed);
    while (!gate.open) {
        (void)pthread_cond_wait(&gate.changed, &gate.lock);
    }
    (void)pthread_mutex_unlock(&gate.lock);
    run_plain(work, ctx);
}

static void gate_wait_inside(int n)
{
    (void)pthread_mutex_lock(&gate.lock);
    while (gate.inside < n) {
        (void)pthread_cond_wait(&gate.changed, &gate.lock);
    }
    (void)pthread_mutex_unlock(&gate.lock);
}

static void gate_set(bool open)
{
    (void)pthread_mutex_lock(&gate.lock);
    gate.open = open;
    gate.inside = open ? gate.inside : 0;
    (void)pthread_cond_broadcast(&gate.changed);
    (void)pthread_mutex_unlock(&gate.lock);
}

static void on_done(struct work *work)
{
    struct job *job = (struct job *)work;
    struct pool *pool = job->pool;
    job->dones++;
    job->done_by = pthread_self();
    if (pool->follow_up) {
        struct job *next = pool->follow_up;
        pool->follow_up = NULL;
        assert_true(workers_try_submit(pool->workers, &next->work));
    }
    pool->done++;
    if (pool->done == pool->wanted) {
        (void)event_base_loopbreak(pool->base);
    }
}

static struct job make_job(struct pool *pool, int number)
{
    return (struct job){ .work = { .run = run_plain, .done = on_done },
                         .number = number,
                         .pool = pool };
}

static void open_pool(struct pool *pool, const struct workers_settings *settings)
{
    *pool = (struct pool){ .base = event_base_new() };
    assert_non_null(pool->base);
    assert_int_equal(workers_new(&pool->workers, pool->base, settings), 0);
}

static void close_pool(struct pool *pool)
{
    pool->workers = workers_free(pool->workers);
    event_base_free(pool->base);
}

static void every_job_runs_once_and_is_done_on_the_loop(void **state)
{
    (void)state;
    enum { JOBS = 2000 };
    struct pool pool;
    open_pool(&pool, &(struct workers_settings){ .threads = 3, .capacity = 64 });
    struct job *jobs = calloc(JOBS, sizeof(*jobs));
    assert_non_null(jobs);
    int submitted = 0;
    while (pool.done < JOBS) {
        while (submitted < JOBS) {
            jobs[submitted] = make_job(&pool, submitted);
            if (!workers_try_submit(pool.workers, &jobs[submitted].work)) {
                break;
            }
            submitted++;
            assert_true(workers_pending(pool.workers) <= 64);
        }
        assert_int_equal(event_base_loop(pool.base, EVLOOP_ONCE), 0);
    }
    assert_int_equal(workers_pending(pool.workers), 0);
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(jobs[i].runs, 1);
        assert_int_equal(jobs[i].dones, 1);
        assert_false(pthread_equal(jobs[i].run_by, pthread_self()));
        assert_true(pthread_equal(jobs[i].done_by, pthread_self()));
    }
    close_pool(&pool);
    free(jobs);
}

static void full_pool_refuses_until_a_job_is_done(void **state)
{
    (void)state;
    struct pool pool;
    gate_set(false);
    open_pool(&pool, &(struct workers_settings){ .threads = 1, .capacity = 2 });
    struct job jobs[3];
    for (int i = 0; i < 3; i++) {
        jobs[i] = make_job(&pool, i);
        jobs[i].work.run = run_at_gate;
        assert_int_equal(workers_try_submit(pool.workers, &jobs[i].work), i < 2);
    }
    assert_int_equal(workers_pending(pool.workers), 2);
    gate_set(true);
    pool.wanted = 2;
    (void)event_base_dispatch(pool.base);
    assert_true(workers_try_submit(pool.workers, &jobs[2].work));
    close_pool(&pool);
    assert_int_equal(jobs[2].runs, 1);
    assert_int_equal(jobs[2].dones, 1);
}

static void done_may_submit_even_when_the_pool_was_full(void **state)
{
    (void)state;
    struct pool pool;
    open_pool(&pool, &(struct workers_settings){ .threads = 1, .capacity = 1 });
    struct job first = make_job(&pool, 1);
    struct job second = make_job(&pool, 2);
    pool.follow_up = &second;
    pool.wanted = 2;
    assert_true(workers_try_submit(pool.workers, &first.work));
    (void)event_base_dispatch(pool.base);
    assert_int_equal(second.dones, 1);
    close_pool(&pool);
}

static void freeing_finishes_what_runs_and_what_waits(void **state)
{
    (void)state;
    struct pool pool;
    gate_set(false);
    open_pool(&pool, &(struct workers_settings){ .threads = 2, .capacity = 10 });
    struct job jobs[10];
    for (int i = 0; i < 10; i++) {
        jobs[i] = make_job(&pool, i);
        jobs[i].work.run = i < 2 ? run_at_gate : run_plain;
        assert_true(workers_try_submit(pool.workers, &jobs[i].work));
    }
    gate_wait_inside(2); // both threads are busy, eight jobs wait
    gate_set(true);
    close_pool(&pool);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(jobs[i].runs, 1);
        assert_int_equal(jobs[i].dones, 1);
        assert_true(pthread_equal(jobs[i].done_by, pthread_self()));
    }
}

static _Atomic int contexts_made;
static _Atomic int contexts_freed;

static int make_context(void **ret, void *userdata)
{
    assert_string_equal(userdata, "settings");
    atomic_fetch_add(&contexts_made, 1);
    pthread_t *self = malloc(sizeof(*self));
    *self = pthread_self();
    *ret = self;
    return 0;
}

static void free_context(void *ctx)
{
    atomic_fetch_add(&contexts_freed, 1);
    free(ctx);
}

static void run_in_own_context(struct work *work, void *ctx)
{
    run_at_gate(work, ctx);
    ((struct job *)work)->number = pthread_equal(*(pthread_t *)ctx, pthread_self()) != 0;
}

static void every_thread_has_a_context_of_its_own(void **state)
{
    (void)state;
    static char userdata[] = "settings";
    const struct workers_settings settings = {
        .threads = 2, .ctx_new = make_context, .ctx_free = free_context, .userdata = userdata
    };
    struct pool pool;
    gate_set(false);
    open_pool(&pool, &settings);
    struct job jobs[2] = { make_job(&pool, 0), make_job(&pool, 0) };
    for (int i = 0; i < 2; i++) {
        jobs[i].work.run = run_in_own_context;
        assert_true(workers_try_submit(pool.workers, &jobs[i].work));
    }
    gate_wait_inside(2); // each thread holds one of them
    gate_set(true);
    close_pool(&pool);
    assert_int_equal(contexts_made, 2);
    assert_int_equal(contexts_freed, 2);
    assert_ptr_not_equal(jobs[0].ctx, jobs[1].ctx);
    assert_int_equal(jobs[0].number, 1);
    assert_int_equal(jobs[1].number, 1);
}

static int refuse_context(void **ret, void *userdata)
{
    (void)userdata;
    *ret = &contexts_made; // must not be used after a failure
    return -ENOMEM;
}

static void jobs_see_null_where_no_context_could_be_made(void **state)
{
    (void)state;
    atomic_store(&contexts_freed, 0);
    const struct workers_settings settings = { .threads = 1,
                                               .ctx_new = refuse_context,
                                               .ctx_free = free_context };
    struct pool pool;
    open_pool(&pool, &settings);
    struct job job = make_job(&pool, 0);
    job.ctx = &job;
    assert_true(workers_try_submit(pool.workers, &job.work));
    close_pool(&pool);
    assert_int_equal(job.runs, 1);
    assert_null(job.ctx);
    assert_int_equal(contexts_freed, 0);
}

static void run_with_signals(struct work *work, void *ctx)
{
    sigset_t mask;
    run_plain(work, ctx);
    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    ((struct job *)work)->number = sigismember(&mask, SIGTERM) && sigismember(&mask, SIGHUP);
}

static void signals_stay_with_the_loop(void **state)
{
    (void)state;
    struct pool pool;
    open_pool(&pool, &(struct workers_settings){ 0 }); // as many threads as cores
    struct job job = make_job(&pool, 0);
    job.work.run = run_with_signals;
    assert_true(workers_try_submit(pool.workers, &job.work));
    close_pool(&pool);
    assert_int_equal(job.number, 1);
    sigset_t mask;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_false(sigismember(&mask, SIGTERM));
    assert_null(workers_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_runs_once_and_is_done_on_the_loop),
        cmocka_unit_test(full_pool_refuses_until_a_job_is_done),
        cmocka_unit_test(done_may_submit_even_when_the_pool_was_full),
        cmocka_unit_test(freeing_finishes_what_runs_and_what_waits),
        cmocka_unit_test(every_thread_has_a_context_of_its_own),
        cmocka_unit_test(jobs_see_null_where_no_context_could_be_made),
        cmocka_unit_test(signals_stay_with_the_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
