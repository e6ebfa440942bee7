#include "bridge/allocator.h"

#ifndef POLLBRIDGE_MIMALLOC

void allocator_prefer_large_pages(void)
{
}

#else

#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#include <mimalloc.h>

// Addresses only: memory is taken as it is used. A heap that is bound to its arena has nothing
// beyond it, so there are more of them than a machine has memory for.
#define RESERVED ((size_t)64 << 30)
#define SEGMENT  ((size_t)32 << 20) // what mimalloc cuts an arena into, aligned

// mimalloc's own option would also take from the pool of huge pages that an administrator reserved
// for somebody else.
static void *reserve(void)
{
    char *at = mmap(NULL, RESERVED + SEGMENT, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) {
        return NULL; // a limit on addresses (RLIMIT_AS), or a system that promises nothing twice
    }
    char *aligned = (char *)(((uintptr_t)at + SEGMENT - 1) & ~(uintptr_t)(SEGMENT - 1));
    if (madvise(aligned, RESERVED, MADV_HUGEPAGE) != 0) {
        (void)munmap(at, RESERVED + SEGMENT);
        return NULL;
    }
    return aligned;
}

void allocator_prefer_large_pages(void)
{
    const bool committed = false;
    const bool huge_pages = false; // of the reserved kind
    const bool zero = true;
    const int any_node = -1;
    const bool exclusive = true;
    mi_arena_id_t arena;
    void *memory = reserve();
    if (!memory || !mi_manage_os_memory_ex(memory, RESERVED, committed, huge_pages, zero, any_node,
                                           exclusive, &arena)) {
        return;
    }
    mi_heap_t *heap = mi_heap_new_in_arena(arena);
    if (heap) {
        (void)mi_heap_set_default(heap);
    }
}

#endif
