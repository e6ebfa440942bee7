#pragma once
// What a worker thread has of its own: compiled expressions and a read connection to the store.

struct expr_context;
struct store;
struct store_reader;

struct worker {
    struct expr_context *expressions;
    const struct store *store;
    struct store_reader *reader; // NULL: the store does not exist yet
};
