#pragma once
// A folder of the test's own, and small things done with files in it.

#include <stddef.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"

struct folder {
    char path[64];
};

void folder_open(struct folder *folder);
void folder_close(struct folder *folder); // with all files in it
#define AUTO_FOLDER CLEANUP(folder_close)

// malloc'ed "folder/name".
char *folder_file(const struct folder *folder, const char *name);
struct bytes folder_read(const struct folder *folder, const char *name);
