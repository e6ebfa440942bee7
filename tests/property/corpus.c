#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/property/corpus.h"

const char *corpus_folder(void)
{
    const char *folder = getenv("POLLBRIDGE_CORPUS");
    if (folder == NULL || *folder == '\0') {
        (void)puts("SKIP: POLLBRIDGE_CORPUS does not name the folder of recorded answers");
        return NULL;
    }
    return folder;
}

struct bytes corpus_read(const char *path)
{
    struct buf buf = { 0 };
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
    }
    assert(file != NULL);
    char chunk[65536];
    size_t n;
    while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0) {
        int r = buf_append(&buf, chunk, n);
        assert(r == 0);
    }
    assert(ferror(file) == 0);
    (void)fclose(file);
    return buf_take(&buf);
}
