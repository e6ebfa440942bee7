// What an arena holds came from a configuration file and may be a password: blocks are wiped.
#include "config/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// A large file takes blocks that malloc maps one by one, so that freeing them shrinks the process.
#define FIRST_BLOCK_BYTES ((size_t)64 * 1024)
#define BLOCK_BYTES       ((size_t)512 * 1024)
#define ALIGNMENT         sizeof(void *)

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t size;
    char data[];
};

static struct arena_block *add_block(struct arena *arena, size_t least)
{
    size_t usual = arena->blocks ? BLOCK_BYTES : FIRST_BLOCK_BYTES;
    size_t size = least > usual ? least : usual;
    struct arena_block *block = malloc(sizeof(*block) + size);
    if (!block) {
        return NULL;
    }
    block->used = 0;
    block->size = size;
    // A piece with a block of its own goes behind the current one, which may have room left.
    if (least > usual && arena->blocks) {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        block->next = arena->blocks;
        arena->blocks = block;
    }
    return block;
}

static char *take(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->blocks;
    if (!block || block->size - block->used < size) {
        block = add_block(arena, size);
        if (!block) {
            return NULL;
        }
    }
    char *piece = block->data + block->used;
    block->used += size;
    return piece;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    char *piece = take(arena, (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1));
    if (piece) {
        memset(piece, 0, size);
    }
    return piece;
}

char *arena_copy(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);
    if (copy) {
        memcpy(copy, text, len);
    }
    return copy;
}

void arena_deinit(struct arena *arena)
{
    while (arena->blocks) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        explicit_bzero(block->data, block->used);
        free(block);
    }
}
