#include "bridge/net/broker-target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/str.h"
#include "bridge/model/message.h"

static int copy_text(char **ret, const char *from)
{
    *ret = from ? strdup(from) : NULL;
    return *ret || !from ? 0 : -ENOMEM;
}

static int copy_secret(struct secret *ret, const struct secret *from)
{
    return from->data ? secret_init(ret, from->data, from->len) : 0;
}

static int copy_tls(struct tls_settings *ret, const struct tls_settings *from)
{
    ret->min_version = from->min_version;
    ret->insecure_skip_verify = from->insecure_skip_verify;
    int r = copy_text(&ret->ca_file, from->ca_file);
    r = r ? r : copy_text(&ret->cert_file, from->cert_file);
    r = r ? r : copy_text(&ret->key_file, from->key_file);
    return r ? r : copy_text(&ret->server_name, from->server_name);
}

static int copy_parts(struct broker_target *ret, const struct broker_target *from)
{
    int r = copy_text(&ret->username, from->username);
    r = r ? r : copy_secret(&ret->password, &from->password);
    r = r ? r : copy_secret(&ret->token, &from->token);
    r = r ? r : copy_text(&ret->credentials_file, from->credentials_file);
    r = r ? r : copy_text(&ret->client_id, from->client_id);
    for (size_t i = 0; r == 0 && i < from->servers.n; i++) {
        r = string_list_add(&ret->servers, from->servers.v[i]);
    }
    return r ? r : copy_tls(&ret->tls, &from->tls);
}

int broker_target_copy(struct broker_target *ret, const struct broker_target *from)
{
    CLEANUP(broker_target_deinit)
    struct broker_target copy = {
        .connect_timeout_ms = from->connect_timeout_ms,
    };
    int r = copy_parts(&copy, from);
    if (r == 0) {
        *ret = copy;
        copy = (struct broker_target){ 0 };
    }
    return r;
}

void broker_target_deinit(struct broker_target *target)
{
    string_list_deinit(&target->servers);
    free(target->username);
    secret_deinit(&target->password);
    secret_deinit(&target->token);
    free(target->credentials_file);
    free(target->client_id);
    free(target->tls.ca_file);
    free(target->tls.cert_file);
    free(target->tls.key_file);
    free(target->tls.server_name);
    *target = (struct broker_target){ 0 };
}

static bool same_secret(const struct secret *a, const struct secret *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static bool same_servers(const struct string_list *a, const struct string_list *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++) {
        same = strcmp(a->v[i], b->v[i]) == 0;
    }
    return same;
}

static bool same_tls(const struct tls_settings *a, const struct tls_settings *b)
{
    return a->min_version == b->min_version && a->insecure_skip_verify == b->insecure_skip_verify &&
           str_eq(a->ca_file, b->ca_file) && str_eq(a->cert_file, b->cert_file) &&
           str_eq(a->key_file, b->key_file) && str_eq(a->server_name, b->server_name);
}

bool broker_target_equal(const struct broker_target *a, const struct broker_target *b)
{
    return a->connect_timeout_ms == b->connect_timeout_ms &&
           same_servers(&a->servers, &b->servers) && str_eq(a->username, b->username) &&
           same_secret(&a->password, &b->password) && same_secret(&a->token, &b->token) &&
           str_eq(a->credentials_file, b->credentials_file) && str_eq(a->client_id, b->client_id) &&
           same_tls(&a->tls, &b->tls);
}
