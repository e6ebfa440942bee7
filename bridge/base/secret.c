// Secrets and the list of texts to strike out. The list is kept longest first, so that a secret
// that holds a shorter one is struck out whole.

#include "bridge/base/secret.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <openssl/sha.h>

#include "bridge/base/buf.h"

enum { REGISTER_LEAST = 6 };

struct registered {
    struct secret secret;
    size_t count;
};

static struct {
    pthread_mutex_t lock;
    struct registered *v;
    size_t n;
    size_t cap;
} registry = { .lock = PTHREAD_MUTEX_INITIALIZER };

int secret_init(struct secret *ret, const char *data, size_t len)
{
    char *copy = malloc(len + 1);
    if (!copy) {
        return -ENOMEM;
    }
    if (len > 0) {
        memcpy(copy, data, len);
    }
    copy[len] = '\0';
    *ret = (struct secret){ .data = copy, .len = len };
    return 0;
}

void secret_deinit(struct secret *secret)
{
    if (secret->data) {
        explicit_bzero(secret->data, secret->len);
        free(secret->data);
    }
    *secret = (struct secret){ 0 };
}

void secret_digest(const struct secret *secret, unsigned char ret[SECRET_DIGEST_SIZE])
{
    (void)SHA256((const unsigned char *)(secret->data ? secret->data : ""), secret->len, ret);
}

static struct registered *find(const char *data, size_t len)
{
    for (size_t i = 0; i < registry.n; i++) {
        struct registered *entry = &registry.v[i];
        if (entry->secret.len == len && memcmp(entry->secret.data, data, len) == 0) {
            return entry;
        }
    }
    return NULL;
}

static int insert(const char *data, size_t len)
{
    if (registry.n == registry.cap) {
        size_t cap = registry.cap ? registry.cap * 2 : 16;
        struct registered *v = reallocarray(registry.v, cap, sizeof(*v));
        if (!v) {
            return -ENOMEM;
        }
        registry.v = v;
        registry.cap = cap;
    }
    struct registered entry = { .count = 1 };
    int error = secret_init(&entry.secret, data, len);
    if (error) {
        return error;
    }
    size_t at = 0;
    while (at < registry.n && registry.v[at].secret.len >= len) {
        at++;
    }
    memmove(registry.v + at + 1, registry.v + at, (registry.n - at) * sizeof(*registry.v));
    registry.v[at] = entry;
    registry.n++;
    return 0;
}

int secret_register(const char *data, size_t len)
{
    if (len < REGISTER_LEAST) {
        return 0;
    }
    int error = 0;
    (void)pthread_mutex_lock(&registry.lock);
    struct registered *entry = find(data, len);
    if (entry) {
        entry->count++;
    } else {
        error = insert(data, len);
    }
    (void)pthread_mutex_unlock(&registry.lock);
    return error;
}

static void drop(struct registered *entry)
{
    entry->count--;
    if (entry->count > 0) {
        return;
    }
    secret_deinit(&entry->secret);
    size_t at = (size_t)(entry - registry.v);
    registry.n--;
    memmove(entry, entry + 1, (registry.n - at) * sizeof(*entry));
    if (registry.n == 0) { // nothing is left for a leak checker to find at exit
        free(registry.v);
        registry.v = NULL;
        registry.cap = 0;
    }
}

void secret_unregister(const char *data, size_t len)
{
    if (len < REGISTER_LEAST) {
        return;
    }
    (void)pthread_mutex_lock(&registry.lock);
    struct registered *entry = find(data, len);
    if (entry) {
        drop(entry);
    }
    (void)pthread_mutex_unlock(&registry.lock);
}

// "***" is never longer than what it replaces, so the text only shrinks and no memory is needed.
static void strike_out(struct buf *buf, size_t from, const struct secret *secret)
{
    static const char stars[] = { '*', '*', '*' };
    char *read = buf->data + from;
    char *write = read;
    char *end = buf->data + buf->len;
    char *found;
    while ((found = memmem(read, (size_t)(end - read), secret->data, secret->len))) {
        size_t before = (size_t)(found - read);
        memmove(write, read, before);
        memcpy(write + before, stars, sizeof(stars));
        write += before + sizeof(stars);
        read = found + secret->len;
    }
    if (read == write) {
        return;
    }
    size_t rest = (size_t)(end - read);
    memmove(write, read, rest);
    buf->len = (size_t)(write - buf->data) + rest;
    buf->data[buf->len] = '\0';
}

void secret_redact(struct buf *buf, size_t from)
{
    if (buf->len < from + REGISTER_LEAST) {
        return;
    }
    (void)pthread_mutex_lock(&registry.lock);
    for (size_t i = 0; i < registry.n; i++) {
        strike_out(buf, from, &registry.v[i].secret);
    }
    (void)pthread_mutex_unlock(&registry.lock);
}
