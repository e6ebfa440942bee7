#pragma once
// What tells one state of a file from the next without reading it.

#include <stdbool.h>
#include <stdint.h>

struct stat;

struct file_mark { // zeroed: there is no such file
    uint64_t device;
    uint64_t inode;
    int64_t size;
    int64_t changed_ns; // st_ctim, which nobody can set
};

struct file_mark file_mark_of(const struct stat *st);
struct file_mark file_mark_at(const char *path); // follows links
bool file_mark_eq(struct file_mark a, struct file_mark b);
