#pragma once
// Appending to one file by path, blocking: what the stream writer's thread does. A regular file is
// opened anew when the path leads to another file (log rotation), and what could only be written in
// part is taken back, so that no torn line stays.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"

struct append_file {
    char *path; // owned; "-" is standard output
    int fd;     // -1: not open
    bool regular;
    bool dirty; // written to since the last flush
    bool stuck; // a pipe took nothing: not waited for again before the next flush
    int lost;   // negative errno: what was written before the path led elsewhere is not on disk
};

int append_file_init(struct append_file *file, const char *path) MUST_CHECK; // 0 or -ENOMEM
void append_file_deinit(struct append_file *file);                           // closes
// All of the bytes or none of them (none only for regular files). 0 or negative errno; -ETIMEDOUT
// when a pipe or terminal did not take anything for 5 s, and from then on until a flush.
int append_file_write(struct append_file *file, const char *data, size_t len) MUST_CHECK;
int append_file_flush(struct append_file *file) MUST_CHECK; // to disk; 0 or negative errno
