#include "bridge/spi/settings.h"

#include <string.h>

#include "bridge/spi/auth.h"
#include "bridge/spi/sink.h"
#include "bridge/spi/source.h"

struct settings *settings_ref(struct settings *settings)
{
    (void)__atomic_add_fetch(&settings->refs, 1, __ATOMIC_RELAXED);
    return settings;
}

static void driver_settings_free(const struct option_table *table, void *driver_settings)
{
    if (driver_settings) {
        option_table_deinit(table, driver_settings);
        free(driver_settings);
    }
}

static void auth_deinit(struct auth_settings *auth)
{
    if (auth->driver) {
        driver_settings_free(auth->driver->options, auth->driver_settings);
    }
    free(auth->name);
}

static void source_deinit(struct source_settings *source)
{
    instance_list_deinit(&source->instances);
    if (source->driver) {
        driver_settings_free(source->driver->options, source->driver_settings);
    }
    free(source->name);
    option_table_deinit(&source_options, source);
}

static void sink_deinit(struct sink_settings *sink)
{
    if (sink->driver) {
        driver_settings_free(sink->driver->options, sink->driver_settings);
    }
    free(sink->name);
    option_table_deinit(&sink_options, sink);
}

static void api_token_deinit(struct token_settings *token)
{
    free(token->name);
    option_table_deinit(&token_options, token);
}

static void limit_deinit(struct limit_settings *limit)
{
    free(limit->host);
    option_table_deinit(&limit_options, limit);
}

#define DEINIT_EACH(deinit, array, n)                                                              \
    do {                                                                                           \
        for (size_t i_ = 0; i_ < (n); i_++) {                                                      \
            deinit(&(array)[i_]);                                                                  \
        }                                                                                          \
        free(array);                                                                               \
    } while (0)

static void drop_secret(struct secret *secret)
{
    secret_unregister(secret->data, secret->len);
    secret_deinit(secret);
}

static void composed_free(struct settings *settings)
{
    for (size_t i = 0; i < settings->part_count; i++) {
        (void)settings_unref(settings->parts[i]);
    }
    free(settings->parts);
    free(settings->sinks);
    free(settings);
}

static void settings_free(struct settings *settings)
{
    if (settings->parts) {
        composed_free(settings);
        return;
    }
    DEINIT_EACH(sink_deinit, settings->sinks, settings->sink_count);
    DEINIT_EACH(source_deinit, settings->sources, settings->source_count);
    DEINIT_EACH(auth_deinit, settings->auths, settings->auth_count);
    DEINIT_EACH(limit_deinit, settings->limits, settings->limit_count);
    DEINIT_EACH(api_token_deinit, settings->tokens, settings->token_count);
    option_table_deinit(&default_options, &settings->defaults);
    address_ranges_deinit(&settings->egress.open);
    option_table_deinit(&egress_options, &settings->egress);
    option_table_deinit(&store_options, &settings->store);
    option_table_deinit(&server_options, &settings->server);
    DEINIT_EACH(drop_secret, settings->secrets, settings->secret_count);
    for (size_t i = 0; i < settings->secret_file_count; i++) {
        free(settings->secret_files[i].path);
    }
    free(settings->secret_files);
    free(settings->file);
    free(settings);
}

struct settings *settings_unref(struct settings *settings)
{
    if (settings && __atomic_sub_fetch(&settings->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        settings_free(settings);
    }
    return NULL;
}

bool settings_has_token(const struct settings *settings)
{
    return settings && (settings->server.token.len > 0 || settings->token_count > 0);
}

// All named structs begin with their name.
_Static_assert(offsetof(struct source_settings, name) == 0, "searched by its first member");
_Static_assert(offsetof(struct sink_settings, name) == 0, "searched by its first member");

static int compare_name(const void *key, const void *element)
{
    return strcmp(key, *(const char *const *)element);
}

const struct source_settings *settings_find_source(const struct settings *settings,
                                                   const char *name)
{
    if (settings->source_count == 0) {
        return NULL;
    }
    return bsearch(name, settings->sources, settings->source_count, sizeof(*settings->sources),
                   compare_name);
}

const struct sink_settings *settings_find_sink(const struct settings *settings, const char *name)
{
    if (settings->sink_count == 0) {
        return NULL;
    }
    return bsearch(name, settings->sinks, settings->sink_count, sizeof(*settings->sinks),
                   compare_name);
}
