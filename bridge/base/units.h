#pragma once
// Durations (10s, 5m, 1h30m, 250ms, 7d) and sizes (10MiB, 512KiB, 1GB, 4096) as people write them.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A number must carry a unit except 0. Units: ms s m h d w; several parts add up, largest first.
bool duration_parse(const char *text, int64_t *ret_ms);
// The shortest exact form: 90000 -> "1m30s". size of at least 32.
void duration_format(int64_t ms, char *ret, size_t size);

// Bytes: plain number, or B KB MB GB (powers of 1000), KiB MiB GiB (powers of 1024).
bool size_parse(const char *text, uint64_t *ret_bytes);
void size_format(uint64_t bytes, char *ret, size_t size);
