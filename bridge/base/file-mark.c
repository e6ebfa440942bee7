#include "bridge/base/file-mark.h"

#include <sys/stat.h>

#define NS_PER_S INT64_C(1000000000)

struct file_mark file_mark_of(const struct stat *st)
{
    return (struct file_mark){
        .device = (uint64_t)st->st_dev,
        .inode = (uint64_t)st->st_ino,
        .size = (int64_t)st->st_size,
        .changed_ns = (int64_t)st->st_ctim.tv_sec * NS_PER_S + st->st_ctim.tv_nsec,
    };
}

struct file_mark file_mark_at(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? file_mark_of(&st) : (struct file_mark){ 0 };
}

bool file_mark_eq(struct file_mark a, struct file_mark b)
{
    return a.device == b.device && a.inode == b.inode && a.size == b.size &&
           a.changed_ns == b.changed_ns;
}
