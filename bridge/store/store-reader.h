#pragma once
// A read connection of a worker: sees what is committed, waits for nobody.

#include "bridge/base/cleanup.h"

struct snapshot;
struct store_reader;

int store_reader_open(struct store_reader **ret, const char *path) MUST_CHECK;
struct store_reader *store_reader_close(struct store_reader *reader); // accepts NULL
int store_reader_load_snapshot(struct store_reader *reader, const char *source,
                               struct snapshot *ret) MUST_CHECK;
