#include "bridge/net/target.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/hash.h"
#include "bridge/base/str.h"

// Sets of four places, each set a line of the processor's cache. A place goes to a newcomer only
// when its URL was not asked for since the last newcomer, so the URLs of a set do not keep throwing
// each other out.
#define SETS   4096
#define PLACES 4

struct place {
    uint64_t hash; // of the target
    struct target *target;
};

struct target_table {
    struct place sets[SETS][PLACES];
};

struct target *target_unref(struct target *target)
{
    if (target && --target->refs == 0) {
        free(target->url);
        free(target->server_name);
        free(target->connect_to.data);
        free(target->host);
        curl_url_cleanup(target->curlu);
        free(target);
    }
    return NULL;
}

static void target_unrefp(struct target **target)
{
    (void)target_unref(*target);
}

int target_table_new(struct target_table **ret)
{
    *ret = calloc(1, sizeof(**ret));
    return *ret ? 0 : -ENOMEM;
}

struct target_table *target_table_free(struct target_table *table)
{
    if (table) {
        for (size_t i = 0; i < SETS * PLACES; i++) {
            (void)target_unref(table->sets[i / PLACES][i % PLACES].target);
        }
        free(table);
    }
    return NULL;
}

struct url_parts {
    char *scheme;
    char *host;
    char *port; // always a number
};

static void url_parts_deinit(struct url_parts *parts)
{
    curl_free(parts->scheme);
    curl_free(parts->host);
    curl_free(parts->port);
}

static int get_parts(CURLU *curlu, struct url_parts *parts, const char **ret_words)
{
    CURLUcode code = curl_url_get(curlu, CURLUPART_SCHEME, &parts->scheme, 0);
    if (code == CURLUE_OK) {
        code = curl_url_get(curlu, CURLUPART_HOST, &parts->host, 0);
    }
    if (code == CURLUE_OK) {
        code = curl_url_get(curlu, CURLUPART_PORT, &parts->port, CURLU_DEFAULT_PORT);
    }
    if (code == CURLUE_OUT_OF_MEMORY) {
        return -ENOMEM;
    }
    if (code != CURLUE_OK) {
        *ret_words = curl_url_strerror(code);
        return TARGET_E_URL;
    }
    if (!str_eq_nocase(parts->scheme, "http") && !str_eq_nocase(parts->scheme, "https")) {
        *ret_words = "the URL must begin with http:// or https://";
        return TARGET_E_URL;
    }
    return 0;
}

static int set_server_name(struct target *target, const struct url_parts *parts,
                           const char *server_name, const char **ret_words)
{
    AUTO_FREE char *given_port = NULL;
    char *port = NULL;
    if (curl_url_get(target->curlu, CURLUPART_PORT, &port, 0) == CURLUE_OK) {
        given_port = str_printf(":%s", port);
        curl_free(port);
        if (!given_port) {
            return -ENOMEM;
        }
    }
    CURLUcode code = curl_url_set(target->curlu, CURLUPART_HOST, server_name, 0);
    if (code != CURLUE_OK) {
        *ret_words = "the TLS server name is not a host name";
        return code == CURLUE_OUT_OF_MEMORY ? -ENOMEM : TARGET_E_URL;
    }
    target->server_name = strdup(server_name);
    target->connect_to.data =
        str_printf("%s:%s:%s:%s", server_name, parts->port, parts->host, parts->port);
    target->host = str_printf("%s%s", parts->host, given_port ? given_port : "");
    return target->server_name && target->connect_to.data && target->host ? 0 : -ENOMEM;
}

static uint64_t origin_hash(const struct url_parts *parts)
{
    uint64_t hash = hash64_of_str(parts->scheme) * 31 + hash64_of_str(parts->port);
    for (char *c = parts->host; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z') {
            *c = (char)(*c - 'A' + 'a');
        }
    }
    return hash * 31 + hash64_of_str(parts->host);
}

static int target_new(struct target **ret, const char *url, const char *server_name,
                      const char **ret_words)
{
    CLEANUP(target_unrefp) struct target *target = calloc(1, sizeof(*target));
    if (!target) {
        return -ENOMEM;
    }
    target->refs = 1;
    target->url = strdup(url);
    target->curlu = curl_url();
    if (!target->url || !target->curlu) {
        return -ENOMEM;
    }
    CURLUcode code = curl_url_set(target->curlu, CURLUPART_URL, url, 0);
    if (code == CURLUE_OUT_OF_MEMORY) {
        return -ENOMEM;
    }
    if (code != CURLUE_OK) {
        *ret_words = curl_url_strerror(code);
        return TARGET_E_URL;
    }
    CLEANUP(url_parts_deinit) struct url_parts parts = { 0 };
    int r = get_parts(target->curlu, &parts, ret_words);
    if (r != 0) {
        return r;
    }
    target->https = str_eq_nocase(parts.scheme, "https");
    target->origin = origin_hash(&parts);
    if (server_name) {
        r = set_server_name(target, &parts, server_name, ret_words);
        if (r != 0) {
            return r;
        }
    }
    *ret = STEAL(target);
    return 0;
}

static struct target *find(const struct place *set, uint64_t hash, const char *url,
                           const char *server_name)
{
    for (size_t i = 0; i < PLACES; i++) {
        struct target *target = set[i].target;
        if (set[i].hash == hash && target && strcmp(target->url, url) == 0 &&
            str_eq(target->server_name, server_name)) {
            return target;
        }
    }
    return NULL;
}

// Without a place it lives as long as its request.
static void keep(struct place *set, uint64_t hash, struct target *target)
{
    for (size_t i = 0; i < PLACES; i++) {
        struct target *there = set[i].target;
        if (!there || !there->recent) {
            (void)target_unref(there);
            target->refs++;
            target->recent = true; // else the next newcomer would take this place, not a free one
            set[i] = (struct place){ hash, target };
            return;
        }
    }
    for (size_t i = 0; i < PLACES; i++) {
        set[i].target->recent = false;
    }
}

int target_get(struct target_table *table, const char *url, const char *server_name,
               struct target **ret, const char **ret_words)
{
    uint64_t hash = hash64_of_str(url);
    if (server_name) {
        hash = hash * 31 + hash64_of_str(server_name);
    }
    struct place *set = table->sets[hash % SETS];
    struct target *found = find(set, hash, url, server_name);
    if (found) {
        found->recent = true;
        found->refs++;
        *ret = found;
        return 0;
    }
    int r = target_new(ret, url, server_name, ret_words);
    if (r == 0) {
        keep(set, hash, *ret);
    }
    return r;
}
