#include "config/schema-option.h"

#include <stdio.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "config/describe.h"
#include "config/json-out.h"
#include "config/schema-example.h"
#include "config/value.h"

void schema_write_ref(struct json_out *out, const char *key, const char *name)
{
    char ref[128];
    (void)snprintf(ref, sizeof(ref), "#/$defs/%s", name);
    json_out_open(out, key, '{');
    json_out_string(out, "$ref", ref);
    json_out_close(out, '}');
}

static void write_int(struct json_out *out, const struct option *option)
{
    json_out_open(out, "anyOf", '[');
    json_out_open(out, NULL, '{');
    json_out_string(out, "type", "integer");
    if (option->least != 0 || option->most != 0) {
        json_out_number(out, "minimum", option->least);
        json_out_number(out, "maximum", option->most);
    }
    json_out_close(out, '}');
    schema_write_ref(out, NULL, "variable");
    json_out_close(out, ']');
}

static void write_enum(struct json_out *out, const struct option *option)
{
    json_out_open(out, "anyOf", '[');
    json_out_open(out, NULL, '{');
    json_out_open(out, "enum", '[');
    for (const char *const *name = option->names; *name; name++) {
        json_out_string(out, NULL, *name);
        if (json_is_number(*name)) { // what YAML makes of it without quotes
            json_out_bare(out, NULL, *name);
        }
    }
    json_out_close(out, ']');
    json_out_close(out, '}');
    schema_write_ref(out, NULL, "variable");
    json_out_close(out, ']');
}

// One of `element`, or a list of them.
static void write_one_or_list(struct json_out *out, const char *element)
{
    json_out_open(out, "anyOf", '[');
    schema_write_ref(out, NULL, element);
    json_out_open(out, NULL, '{');
    json_out_string(out, "type", "array");
    schema_write_ref(out, "items", element);
    json_out_close(out, '}');
    json_out_close(out, ']');
}

static void write_auth(struct json_out *out)
{
    json_out_open(out, "anyOf", '[');
    schema_write_ref(out, NULL, "text");
    schema_write_ref(out, NULL, "auth");
    json_out_close(out, ']');
}

static void write_pairs(struct json_out *out)
{
    json_out_string(out, "type", "object");
    schema_write_ref(out, "additionalProperties", "text");
}

static void write_list_of_tables(struct json_out *out, const struct option *option)
{
    json_out_string(out, "type", "array");
    json_out_open(out, "items", '{');
    schema_write_members(out, &option->table, 1, NULL);
    json_out_close(out, '}');
}

static void write_table(struct json_out *out, const struct option *option)
{
    if ((option->flags & OPTION_LIST_ALONE) == 0) {
        schema_write_members(out, &option->table, 1, NULL);
        return;
    }
    json_out_open(out, "anyOf", '[');
    json_out_open(out, NULL, '{');
    json_out_string(out, "type", "array");
    json_out_close(out, '}');
    json_out_open(out, NULL, '{');
    schema_write_members(out, &option->table, 1, NULL);
    json_out_close(out, '}');
    json_out_close(out, ']');
}

static void write_value(struct json_out *out, const struct option *option)
{
    switch (option->type) {
    case OPTION_BOOL: json_out_string(out, "$ref", "#/$defs/boolean"); break;
    case OPTION_INT: write_int(out, option); break;
    case OPTION_DURATION: json_out_string(out, "$ref", "#/$defs/duration"); break;
    case OPTION_SIZE: json_out_string(out, "$ref", "#/$defs/size"); break;
    case OPTION_PERCENT: json_out_string(out, "$ref", "#/$defs/percentage"); break;
    case OPTION_ENUM: write_enum(out, option); break;
    case OPTION_URL: json_out_string(out, "$ref", "#/$defs/url"); break;
    case OPTION_STRING:
    case OPTION_FILE:
    case OPTION_SECRET:
    case OPTION_TEMPLATE:
    case OPTION_EXPR: json_out_string(out, "$ref", "#/$defs/text"); break;
    case OPTION_STRINGS:
    case OPTION_EXPRS:
    case OPTION_PATTERNS: write_one_or_list(out, "text"); break;
    case OPTION_STATUSES: write_one_or_list(out, "statuses"); break;
    case OPTION_DURATIONS: write_one_or_list(out, "durations"); break;
    case OPTION_NORMALIZE:
    case OPTION_DEADBAND:
    case OPTION_PAIRS:
    case OPTION_TEMPLATES: write_pairs(out); break;
    case OPTION_FILTER: json_out_string(out, "type", "object"); break;
    case OPTION_JSON: break; // anything
    case OPTION_CRON:
    case OPTION_ZONE: json_out_string(out, "$ref", "#/$defs/text"); break;
    case OPTION_WINDOWS: write_list_of_tables(out, option); break;
    case OPTION_TABLE: write_table(out, option); break;
    case OPTION_AUTH: write_auth(out); break;
    }
}

static void write_default(struct json_out *out, const struct option *option)
{
    int64_t number = 0;
    if (!option->preset) {
        return;
    }
    if (option->type == OPTION_BOOL) {
        json_out_bool(out, "default", str_eq(option->preset, "true"));
    } else if (option->type == OPTION_INT && str_to_i64(option->preset, &number)) {
        json_out_number(out, "default", number);
    } else {
        json_out_string(out, "default", option->preset);
    }
}

static void write_description(struct json_out *out, const struct option *option)
{
    AUTO_BUF struct buf text = { 0 };
    AUTO_BUF struct buf bounds = { 0 };
    int r = describe_bounds(option, &bounds);
    if (r == 0) {
        r = buf_printf(&text, "%s%s%s", option->doc, bounds.len ? " " : "", buf_str(&bounds));
    }
    out->error = out->error ? out->error : r;
    json_out_string(out, "description", buf_str(&text));
}

static void write_option(struct json_out *out, const struct option *option)
{
    json_out_open(out, option->key, '{');
    write_description(out, option);
    write_default(out, option);
    if (option->example) {
        schema_write_example(out, option->example);
    }
    write_value(out, option);
    json_out_close(out, '}');
    if (option->type == OPTION_SECRET) {
        char key[96];
        (void)snprintf(key, sizeof(key), "%s_file", option->key);
        json_out_open(out, key, '{');
        json_out_string(out, "description",
                        "A file that holds the value; instead of the key itself.");
        json_out_string(out, "type", "string");
        json_out_close(out, '}');
    }
}

static void write_required(struct json_out *out, const struct option_table *table)
{
    for (size_t i = 0; i < table->n; i++) {
        const struct option *option = &table->options[i];
        if ((option->flags & OPTION_REQUIRED) && option->type != OPTION_SECRET) {
            json_out_string(out, NULL, option->key);
        }
    }
}

static void write_required_key(struct json_out *out, const char *key, const char *suffix)
{
    char name[96];
    (void)snprintf(name, sizeof(name), "%s%s", key, suffix);
    json_out_open(out, NULL, '{');
    json_out_open(out, "required", '[');
    json_out_string(out, NULL, name);
    json_out_close(out, ']');
    json_out_close(out, '}');
}

// KEY and KEY_file: exactly one of them when the secret is required, else not both.
static void write_secret_rules(struct json_out *out, const struct option_table *table)
{
    for (size_t i = 0; i < table->n; i++) {
        const struct option *option = &table->options[i];
        if (option->type != OPTION_SECRET) {
            continue;
        }
        bool required = option->flags & OPTION_REQUIRED;
        json_out_open(out, NULL, '{');
        if (!required) {
            json_out_open(out, "not", '{');
        }
        json_out_open(out, required ? "oneOf" : "allOf", '[');
        write_required_key(out, option->key, "");
        write_required_key(out, option->key, "_file");
        json_out_close(out, ']');
        if (!required) {
            json_out_close(out, '}');
        }
        json_out_close(out, '}');
    }
}

static bool has_options(const struct option_table *const tables[], size_t n,
                        bool (*wanted)(const struct option *option))
{
    for (size_t t = 0; t < n; t++) {
        for (size_t i = 0; i < tables[t]->n; i++) {
            if (wanted(&tables[t]->options[i])) {
                return true;
            }
        }
    }
    return false;
}

static bool is_required_value(const struct option *option)
{
    return (option->flags & OPTION_REQUIRED) && option->type != OPTION_SECRET;
}

static bool is_secret(const struct option *option)
{
    return option->type == OPTION_SECRET;
}

void schema_write_members(struct json_out *out, const struct option_table *const tables[], size_t n,
                          const char *type)
{
    json_out_string(out, "type", "object");
    json_out_open(out, "properties", '{');
    if (type) {
        json_out_open(out, "type", '{');
        json_out_string(out, "const", type);
        json_out_close(out, '}');
    }
    for (size_t t = 0; t < n; t++) {
        for (size_t i = 0; i < tables[t]->n; i++) {
            write_option(out, &tables[t]->options[i]);
        }
    }
    json_out_close(out, '}');
    json_out_bool(out, "additionalProperties", false);
    if (has_options(tables, n, is_required_value)) {
        json_out_open(out, "required", '[');
        for (size_t t = 0; t < n; t++) {
            write_required(out, tables[t]);
        }
        json_out_close(out, ']');
    }
    if (has_options(tables, n, is_secret)) {
        json_out_open(out, "allOf", '[');
        for (size_t t = 0; t < n; t++) {
            write_secret_rules(out, tables[t]);
        }
        json_out_close(out, ']');
    }
}
