#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "bridge/spi/settings.h"

static struct settings *make_settings(const char *const names[], size_t n)
{
    struct settings *settings = calloc(1, sizeof(*settings));
    assert_non_null(settings);
    settings->refs = 1;
    settings->sources = calloc(n, sizeof(*settings->sources));
    settings->sinks = calloc(n, sizeof(*settings->sinks));
    assert_non_null(settings->sources);
    assert_non_null(settings->sinks);
    for (size_t i = 0; i < n; i++) {
        settings->sources[i].name = strdup(names[i]);
        settings->sinks[i].name = strdup(names[i]);
    }
    settings->source_count = n;
    settings->sink_count = n;
    return settings;
}

static void find_uses_the_order_of_names(void **state)
{
    (void)state;
    static const char *const names[] = { "a", "a.b", "b", "orders", "z" };
    struct settings *settings = make_settings(names, ARRAY_LEN(names));
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_ptr_equal(settings_find_source(settings, names[i]), &settings->sources[i]);
        assert_ptr_equal(settings_find_sink(settings, names[i]), &settings->sinks[i]);
    }
    assert_null(settings_find_source(settings, "order"));
    assert_null(settings_find_sink(settings, ""));
    assert_null(settings_unref(settings));
}

static void find_in_nothing_finds_nothing(void **state)
{
    (void)state;
    const struct settings settings = { 0 };
    assert_null(settings_find_source(&settings, "a"));
    assert_null(settings_find_sink(&settings, "a"));
}

static void the_last_unref_frees_and_drops_secrets(void **state)
{
    (void)state;
    struct settings *settings = calloc(1, sizeof(*settings));
    assert_non_null(settings);
    settings->refs = 1;
    settings->secrets = calloc(1, sizeof(struct secret));
    assert_non_null(settings->secrets);
    settings->secret_count = 1;
    assert_int_equal(secret_init(&settings->secrets[0], "very-secret", 11), 0);
    assert_int_equal(secret_register("very-secret", 11), 0);

    AUTO_BUF struct buf line = { 0 };
    assert_ptr_equal(settings_ref(settings), settings);
    assert_null(settings_unref(settings));
    assert_int_equal(buf_append_str(&line, "a very-secret word"), 0);
    secret_redact(&line, 0);
    assert_string_equal(buf_str(&line), "a *** word");

    assert_null(settings_unref(settings));
    buf_clear(&line);
    assert_int_equal(buf_append_str(&line, "a very-secret word"), 0);
    secret_redact(&line, 0);
    assert_string_equal(buf_str(&line), "a very-secret word");
    assert_null(settings_unref(NULL));
}

static const struct option_table *const tables[] = {
    &server_options, &store_options,  &default_options,
    &limit_options,  &source_options, &sink_options,
};

static void check_table(const struct option_table *table)
{
    assert_true(table->n <= 64); // the binder keeps one bit for each
    assert_non_null(table->doc);
    for (size_t i = 0; i < table->n; i++) {
        const struct option *option = &table->options[i];
        assert_ptr_equal(option_table_find(table, option->key), option); // no key twice
        assert_non_null(option->doc);
        assert_non_null(option->example);
        assert_true(option->offset < table->size);
        if (option->type == OPTION_TABLE) {
            check_table(option->table);
        }
    }
}

static void every_option_is_documented_and_has_an_example(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        check_table(tables[i]);
    }
}

// A source takes from `defaults` what it does not say: the two must not promise different things.
static void defaults_and_source_options_agree(void **state)
{
    (void)state;
    size_t shared = 0;
    for (size_t i = 0; i < default_options.n; i++) {
        const struct option *common = &default_options.options[i];
        const struct option *own = option_table_find(&source_options, common->key);
        if (own) {
            assert_int_equal(own->type, common->type);
            assert_string_equal(own->preset, common->preset);
            assert_int_equal(own->least, common->least);
            assert_int_equal(own->most, common->most);
            shared++;
        }
    }
    assert_int_equal(shared, 2); // interval and first_run; timeout is the http driver's
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(find_uses_the_order_of_names),
        cmocka_unit_test(find_in_nothing_finds_nothing),
        cmocka_unit_test(the_last_unref_frees_and_drops_secrets),
        cmocka_unit_test(every_option_is_documented_and_has_an_example),
        cmocka_unit_test(defaults_and_source_options_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
