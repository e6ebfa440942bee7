#include "config/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "bridge/base/secret.h"
#include "bridge/base/str.h"
#include "bridge/spi/settings.h"
#include "config/read-all.h"

static bool register_text(struct binder *binder, const char *data, size_t len)
{
    struct settings *settings = binder->settings;
    size_t n = settings->secret_count;
    if ((n & (n - 1)) == 0) { // full at every power of two
        struct secret *v = realloc(settings->secrets, (n ? n * 2 : 1) * sizeof(struct secret));
        if (!v) {
            return binder_no_memory(binder);
        }
        settings->secrets = v;
    }
    if (secret_init(&settings->secrets[n], data, len) != 0) {
        return binder_no_memory(binder);
    }
    if (secret_register(data, len) != 0) {
        secret_deinit(&settings->secrets[n]);
        return binder_no_memory(binder);
    }
    settings->secret_count++;
    return true;
}

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != 0 && strchr("-._~", c));
}

static bool register_percent_encoded(struct binder *binder, const char *data, size_t len)
{
    struct buf encoded = { 0 };
    int r = 0;
    for (size_t i = 0; r == 0 && i < len; i++) {
        unsigned char c = (unsigned char)data[i];
        r = is_unreserved(c) ? buf_append_char(&encoded, data[i])
                             : buf_printf(&encoded, "%%%02X", c);
    }
    bool ok = r == 0 ? encoded.len == len || register_text(binder, encoded.data, encoded.len)
                     : binder_no_memory(binder);
    struct bytes content = buf_take(&encoded);
    wipe_bytes(&content);
    return ok;
}

bool register_secret(struct binder *binder, const char *data, size_t len)
{
    return len == 0 ||
           (register_text(binder, data, len) && register_percent_encoded(binder, data, len));
}

void wipe_bytes(struct bytes *bytes)
{
    if (bytes->data) {
        explicit_bzero(bytes->data, bytes->len);
    }
    bytes_deinit(bytes);
}

const char *resolve_path(struct binder *binder, const char *path)
{
    if (*path == '/' || str_eq(path, "-")) {
        return path;
    }
    AUTO_FREE char *joined = str_printf("%s%s", binder->directory, path);
    const char *copy = joined ? arena_copy(binder->arena, joined, strlen(joined)) : NULL;
    if (!copy) {
        (void)binder_no_memory(binder);
    }
    return copy;
}

static int note_file(struct settings *settings, const char *path, struct file_mark mark)
{
    size_t n = settings->secret_file_count;
    if ((n & (n - 1)) == 0) { // full at every power of two
        struct secret_file *v =
            reallocarray(settings->secret_files, n ? n * 2 : 1, sizeof(struct secret_file));
        if (!v) {
            return -ENOMEM;
        }
        settings->secret_files = v;
    }
    settings->secret_files[n] = (struct secret_file){ .path = strdup(path), .mark = mark };
    settings->secret_file_count += settings->secret_files[n].path ? 1 : 0;
    return settings->secret_files[n].path ? 0 : -ENOMEM;
}

static int compare_files(const void *a, const void *b)
{
    return strcmp(((const struct secret_file *)a)->path, ((const struct secret_file *)b)->path);
}

void finish_secret_files(struct settings *settings)
{
    struct secret_file *v = settings->secret_files;
    size_t kept = 0;
    if (settings->secret_file_count == 0) {
        return;
    }
    qsort(v, settings->secret_file_count, sizeof(*v), compare_files);
    for (size_t i = 1; i < settings->secret_file_count; i++) {
        if (strcmp(v[i].path, v[kept].path) == 0) {
            free(v[i].path);
        } else {
            v[++kept] = v[i];
        }
    }
    settings->secret_file_count = kept + 1;
}

int read_regular_file(struct settings *settings, const char *path, struct buf *ret)
{
    // Without O_NONBLOCK the open itself would wait for the writer of a pipe.
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return -errno;
    }
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return -errno;
    }
    int r = note_file(settings, path, file_mark_of(&st));
    return r == 0 && !S_ISREG(st.st_mode) ? -EISDIR : r ? r : read_all(fd, ret);
}

static const char *why_unreadable(int error)
{
    switch (error) {
    case -EISDIR: return "it is no regular file";
    case -EMSGSIZE: return "it is larger than 64 KiB";
    default: return strerror(-error);
    }
}

bool read_secret_file(struct binder *binder, struct place place, const char *path,
                      struct bytes *ret)
{
    const char *resolved = resolve_path(binder, path);
    if (!resolved) {
        return false;
    }
    struct buf content = { .max = SECRET_FILE_MAX };
    int r = read_regular_file(binder->settings, resolved, &content);
    if (content.len > 0 && content.data[content.len - 1] == '\n') {
        content.data[--content.len] = 0;
    }
    struct bytes bytes = buf_take(&content);
    if (r == 0) {
        *ret = bytes;
        return true;
    }
    wipe_bytes(&bytes);
    if (r == -ENOMEM) {
        return binder_no_memory(binder);
    }
    problem_list_add(binder->problems, place, "missing_file",
                     "the secret file \"%s\" cannot be read: %s; create it or correct the path",
                     resolved, why_unreadable(r));
    return false;
}
