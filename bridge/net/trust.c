#include "bridge/net/trust.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "bridge/base/clock.h"
#include "bridge/base/str.h"

// More CA files than this in one configuration are served, but read again now and then.
#define BUNDLES_MAX    32
#define CHECK_AGAIN_MS 60000

struct bundle {
    char *path; // NULL: the place is free
    X509_STORE *store;
    struct timespec modified;
    ino_t inode;
    int64_t checked_at_ms;
};

struct trust {
    struct bundle bundles[BUNDLES_MAX];
    size_t next_victim;
    char *system_path; // NULL: OpenSSL's own defaults
};

static const char *const system_bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",   // Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",             // openSUSE
    "/etc/ssl/cert.pem",
};

static void bundle_deinit(struct bundle *bundle)
{
    free(bundle->path);
    X509_STORE_free(bundle->store);
    *bundle = (struct bundle){ 0 };
}

static const char *find_system_bundle(void)
{
    const char *chosen = getenv("SSL_CERT_FILE");
    if (!str_is_empty(chosen)) {
        return chosen;
    }
    for (size_t i = 0; i < ARRAY_LEN(system_bundles); i++) {
        if (access(system_bundles[i], R_OK) == 0) {
            return system_bundles[i];
        }
    }
    return X509_get_default_cert_file();
}

int trust_new(struct trust **ret)
{
    CLEANUP(trust_freep) struct trust *trust = calloc(1, sizeof(*trust));
    if (!trust) {
        return -ENOMEM;
    }
    trust->system_path = strdup(find_system_bundle());
    if (!trust->system_path) {
        return -ENOMEM;
    }
    *ret = STEAL(trust);
    return 0;
}

struct trust *trust_free(struct trust *trust)
{
    if (trust) {
        for (size_t i = 0; i < BUNDLES_MAX; i++) {
            bundle_deinit(&trust->bundles[i]);
        }
        free(trust->system_path);
        free(trust);
    }
    return NULL;
}

static struct bundle *find_bundle(struct trust *trust, const char *path)
{
    struct bundle *vacant = NULL;
    for (size_t i = 0; i < BUNDLES_MAX; i++) {
        struct bundle *bundle = &trust->bundles[i];
        if (bundle->path && strcmp(bundle->path, path) == 0) {
            return bundle;
        }
        if (!bundle->path && !vacant) {
            vacant = bundle;
        }
    }
    if (!vacant) {
        vacant = &trust->bundles[trust->next_victim++ % BUNDLES_MAX];
        bundle_deinit(vacant);
    }
    return vacant;
}

// A replaced file that cannot be read leaves the old bundle in force.
static bool is_current(struct bundle *bundle, const char *path, int64_t now_ms)
{
    if (!bundle->store) {
        return false;
    }
    if (now_ms - bundle->checked_at_ms < CHECK_AGAIN_MS) {
        return true;
    }
    bundle->checked_at_ms = now_ms;
    struct stat st;
    return stat(path, &st) < 0 ||
           (st.st_ino == bundle->inode && st.st_mtim.tv_sec == bundle->modified.tv_sec &&
            st.st_mtim.tv_nsec == bundle->modified.tv_nsec);
}

// Partial chains are accepted: a ca_file may hold just an intermediate, or the server's own
// certificate.
static int read_bundle(struct bundle *bundle, const char *path, int64_t now_ms)
{
    struct stat st = { 0 };
    X509_STORE *store = X509_STORE_new();
    char *copy = strdup(path);
    if (!store || !copy) {
        X509_STORE_free(store);
        free(copy);
        return -ENOMEM;
    }
    if (stat(path, &st) < 0 || X509_STORE_load_file(store, path) != 1) {
        ERR_clear_error();
        X509_STORE_free(store);
        free(copy);
        return TRUST_E_FILE;
    }
    X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
    bundle_deinit(bundle);
    *bundle = (struct bundle){
        .path = copy,
        .store = store,
        .modified = st.st_mtim,
        .inode = st.st_ino,
        .checked_at_ms = now_ms,
    };
    return 0;
}

int trust_apply(struct trust *trust, const char *ca_file, struct ssl_ctx_st *context)
{
    const char *path = ca_file ? ca_file : trust->system_path;
    int64_t now_ms = clock_mono_ms(&clock_system);
    struct bundle *bundle = find_bundle(trust, path);
    if (!is_current(bundle, path, now_ms)) {
        int r = read_bundle(bundle, path, now_ms);
        if (r < 0 || (r > 0 && !bundle->store)) {
            return r;
        }
    }
    SSL_CTX_set1_cert_store(context, bundle->store);
    return 0;
}
