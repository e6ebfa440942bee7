#pragma once
// Memory that lives exactly as long as one load: many small pieces, freed (and wiped) together.

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; // owned
};

// Zeroed memory aligned for any pointer; NULL when out of memory.
void *arena_alloc(struct arena *arena, size_t size);
// A NUL-terminated copy of len bytes; NULL when out of memory.
char *arena_copy(struct arena *arena, const char *text, size_t len);
void arena_deinit(struct arena *arena);
