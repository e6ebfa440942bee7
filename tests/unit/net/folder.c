#include "folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>

#include "bridge/base/str.h"

void folder_open(struct folder *folder)
{
    (void)snprintf(folder->path, sizeof(folder->path), "/tmp/pollbridge-net-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
}

void folder_close(struct folder *folder)
{
    DIR *dir = opendir(folder->path);
    assert_non_null(dir);
    for (const struct dirent *entry = NULL; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] != '.') {
            AUTO_FREE char *path = folder_file(folder, entry->d_name);
            assert_int_equal(unlink(path), 0);
        }
    }
    (void)closedir(dir);
    assert_int_equal(rmdir(folder->path), 0);
}

char *folder_file(const struct folder *folder, const char *name)
{
    char *path = str_printf("%s/%s", folder->path, name);
    assert_non_null(path);
    return path;
}

struct bytes folder_read(const struct folder *folder, const char *name)
{
    AUTO_FREE char *path = folder_file(folder, name);
    AUTO_BUF struct buf text = { 0 };
    char piece[4096];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (size_t n = 0; (n = fread(piece, 1, sizeof(piece), file)) > 0;) {
        assert_int_equal(buf_append(&text, piece, n), 0);
    }
    assert_int_equal(fclose(file), 0);
    return buf_take(&text);
}
