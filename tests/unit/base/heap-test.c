#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first
#include <cmocka.h>
#include <stdlib.h>

#include "bridge/base/heap.h"

#define AUTO_HEAP CLEANUP(heap_deinit)

static void check_order(struct heap *heap)
{
    int64_t last = INT64_MIN;
    while (heap_top(heap)) {
        struct heap_entry top = *heap_top(heap);
        assert_true(top.at_ms >= last);
        last = top.at_ms;
        heap_remove(heap, top.id);
        assert_false(heap_contains(heap, top.id));
    }
    assert_int_equal(heap->n, 0);
}

static void empty_heap_has_no_top(void **state)
{
    (void)state;
    AUTO_HEAP struct heap heap = { 0 };
    assert_null(heap_top(&heap));
    assert_false(heap_contains(&heap, 0));
    heap_remove(&heap, 0);
    heap_remove(&heap, UINT32_MAX);
    assert_null(heap_top(&heap));
}

static void earliest_comes_first(void **state)
{
    (void)state;
    AUTO_HEAP struct heap heap = { 0 };
    static const int64_t times[] = { 5, -3, 9, 0, INT64_MAX, 5, INT64_MIN, 2 };
    for (uint32_t i = 0; i < ARRAY_LEN(times); i++) {
        assert_int_equal(heap_put(&heap, i, times[i]), 0);
    }
    assert_int_equal(heap_top(&heap)->id, 6);
    check_order(&heap);
}

static void putting_again_moves_the_entry(void **state)
{
    (void)state;
    AUTO_HEAP struct heap heap = { 0 };
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(heap_put(&heap, i, i), 0);
    }
    assert_int_equal(heap_put(&heap, 9, -1), 0);
    assert_int_equal(heap_top(&heap)->id, 9);
    assert_int_equal(heap_put(&heap, 9, 100), 0);
    assert_int_equal(heap_top(&heap)->id, 0);
    assert_int_equal(heap_put(&heap, 0, 50), 0);
    assert_int_equal(heap_top(&heap)->id, 1);
    assert_int_equal(heap.n, 10);
    check_order(&heap);
}

static void large_id_needs_no_neighbours(void **state)
{
    (void)state;
    AUTO_HEAP struct heap heap = { 0 };
    assert_int_equal(heap_put(&heap, 100000, 7), 0);
    assert_true(heap_contains(&heap, 100000));
    assert_false(heap_contains(&heap, 99999));
    assert_int_equal(heap_top(&heap)->at_ms, 7);
}

// Against the plainest model: an array searched from end to end.
static void random_steps_agree_with_a_plain_array(void **state)
{
    (void)state;
    enum { IDS = 200, STEPS = 20000 };
    AUTO_HEAP struct heap heap = { 0 };
    int64_t model[IDS];
    bool present[IDS] = { false };
    unsigned seed = 12345;
    for (int step = 0; step < STEPS; step++) {
        seed = seed * 1103515245U + 12345U;
        uint32_t id = (seed >> 8) % IDS;
        if ((seed >> 4) % 3 == 0) {
            heap_remove(&heap, id);
            present[id] = false;
        } else {
            model[id] = (int64_t)((seed >> 16) % 1000);
            present[id] = true;
            assert_int_equal(heap_put(&heap, id, model[id]), 0);
        }
        int64_t least = INT64_MAX;
        size_t n = 0;
        for (uint32_t i = 0; i < IDS; i++) {
            assert_int_equal(heap_contains(&heap, i), present[i]);
            n += present[i];
            least = present[i] && model[i] < least ? model[i] : least;
        }
        assert_int_equal(heap.n, n);
        assert_true(n == 0 ? heap_top(&heap) == NULL : heap_top(&heap)->at_ms == least);
    }
    check_order(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_heap_has_no_top),
        cmocka_unit_test(earliest_comes_first),
        cmocka_unit_test(putting_again_moves_the_entry),
        cmocka_unit_test(large_id_needs_no_neighbours),
        cmocka_unit_test(random_steps_agree_with_a_plain_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
