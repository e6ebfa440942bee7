// The option tables as a JSON Schema (draft 2020-12), for editors and for checks before a deploy.
// Where a number, duration or choice is expected, text with ${…} in it is one as well.
#include <stdio.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "bridge/spi/settings.h"
#include "config/config.h"
#include "config/json-out.h"
#include "config/kind.h"
#include "config/schema-option.h"
#include "config/sections.h"

#define NAME_PATTERN "^[A-Za-z0-9._-]{1,128}$"
#define HOST_PATTERN "^(\\[[0-9a-f:.]+\\]|[a-z0-9._-]+)(:[0-9]{1,5})?$"
#define STATUS       "[1-5]([0-9]{2}(-[1-5][0-9]{2})?|[xX]{2})"
#define DURATION     "(0|([0-9]+(ms|s|m|h|d|w))+)"

// Kinds: what `type` picks -----------------------------------------------------------------------

static const char *driver_def(const struct kind *kind, const char *type, char ret[96])
{
    (void)snprintf(ret, 96, "%s-%s", kind->name, type);
    return ret;
}

static void write_driver(struct json_out *out, const struct kind *kind,
                         const struct kind_driver *driver)
{
    char name[96];
    const struct option_table *tables[2];
    size_t n = 0;
    if (kind->options) {
        tables[n++] = kind->options;
    }
    tables[n++] = driver->options;
    json_out_open(out, driver_def(kind, driver->name, name), '{');
    json_out_string(out, "title", name);
    json_out_string(out, "description", driver->doc);
    schema_write_members(out, tables, n, driver->name);
    json_out_close(out, '}');
}

// Without a `type` the condition of the default driver holds; the others ask for the key.
static void write_choice(struct json_out *out, const struct kind *kind,
                         const struct kind_driver *driver, bool is_default)
{
    char name[96];
    json_out_open(out, NULL, '{');
    json_out_open(out, "if", '{');
    json_out_open(out, "properties", '{');
    json_out_open(out, "type", '{');
    json_out_string(out, "const", driver->name);
    json_out_close(out, '}');
    json_out_close(out, '}');
    if (!is_default) {
        json_out_open(out, "required", '[');
        json_out_string(out, NULL, "type");
        json_out_close(out, ']');
    }
    json_out_close(out, '}');
    schema_write_ref(out, "then", driver_def(kind, driver->name, name));
    json_out_close(out, '}');
}

static void write_type_property(struct json_out *out, const struct drivers *drivers,
                                const struct kind *kind)
{
    struct kind_driver driver;
    json_out_open(out, "properties", '{');
    json_out_open(out, "type", '{');
    json_out_string(out, "description", "Which driver does it.");
    json_out_open(out, "enum", '[');
    for (size_t i = 0; kind->get_driver(drivers, i, &driver); i++) {
        json_out_string(out, NULL, driver.name);
    }
    json_out_close(out, ']');
    if (kind->get_driver(drivers, 0, &driver)) {
        json_out_string(out, "default", driver.name);
    }
    json_out_close(out, '}');
    json_out_close(out, '}');
}

// check_source in the words of the schema.
static void write_source_rules(struct json_out *out)
{
    json_out_open(out, "dependentRequired", '{');
    json_out_open(out, "items", '[');
    json_out_string(out, NULL, "key");
    json_out_close(out, ']');
    json_out_open(out, "key", '[');
    json_out_string(out, NULL, "items");
    json_out_close(out, ']');
    json_out_close(out, '}');
    json_out_open(out, "not", '{');
    json_out_open(out, "required", '[');
    json_out_string(out, NULL, "select");
    json_out_string(out, NULL, "items");
    json_out_close(out, ']');
    json_out_close(out, '}');
}

static void write_kind(struct json_out *out, const struct drivers *drivers, const struct kind *kind)
{
    struct kind_driver driver;
    json_out_open(out, kind->name, '{');
    json_out_string(out, "title", kind->name);
    json_out_string(out, "type", "object");
    write_type_property(out, drivers, kind);
    if (kind == &kind_source) {
        write_source_rules(out);
    }
    json_out_open(out, "allOf", '[');
    for (size_t i = 0; kind->get_driver(drivers, i, &driver); i++) {
        write_choice(out, kind, &driver, i == 0);
    }
    json_out_close(out, ']');
    json_out_close(out, '}');
    for (size_t i = 0; kind->get_driver(drivers, i, &driver); i++) {
        write_driver(out, kind, &driver);
    }
}

// Sections ---------------------------------------------------------------------------------------

static void write_map_section(struct json_out *out, const struct section *section)
{
    static const struct kind *const kinds[] = { &kind_source, &kind_sink, &kind_auth };
    json_out_string(out, "type", "object");
    json_out_open(out, "patternProperties", '{');
    if (section->table) {
        json_out_open(out, HOST_PATTERN, '{');
        schema_write_members(out, &section->table, 1, NULL);
        json_out_close(out, '}');
    }
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (str_eq(kinds[i]->section, section->key)) {
            schema_write_ref(out, NAME_PATTERN, kinds[i]->name);
        }
    }
    json_out_close(out, '}');
    json_out_bool(out, "additionalProperties", false);
    if (str_eq(section->key, kind_source.section)) {
        json_out_number(out, "minProperties", 1);
    }
}

static void write_sections(struct json_out *out)
{
    json_out_open(out, "properties", '{');
    for (size_t i = 0; i < section_count; i++) {
        json_out_open(out, sections[i].key, '{');
        json_out_string(out, "title", sections[i].key);
        json_out_string(out, "description", sections[i].doc);
        if (sections[i].is_map) {
            write_map_section(out, &sections[i]);
        } else {
            schema_write_members(out, &sections[i].table, 1, NULL);
        }
        json_out_close(out, '}');
    }
    json_out_close(out, '}');
    json_out_open(out, "patternProperties", '{');
    json_out_bool(out, "^x-", true);
    json_out_close(out, '}');
    json_out_bool(out, "additionalProperties", false);
    json_out_open(out, "required", '[');
    json_out_string(out, NULL, kind_source.section);
    json_out_close(out, ']');
}

// Scalars that several options share -------------------------------------------------------------

static void write_text_def(struct json_out *out)
{
    json_out_open(out, "text", '{');
    json_out_open(out, "type", '[');
    json_out_string(out, NULL, "string");
    json_out_string(out, NULL, "number");
    json_out_string(out, NULL, "boolean");
    json_out_close(out, ']');
    json_out_close(out, '}');
}

static void write_variable_def(struct json_out *out)
{
    json_out_open(out, "variable", '{');
    json_out_string(out, "description",
                    "Text with a ${VAR}, ${VAR:-default} or ${file:PATH} in it.");
    json_out_string(out, "type", "string");
    json_out_string(out, "pattern", "\\$\\{[^}]+\\}");
    json_out_close(out, '}');
}

static void write_integer(struct json_out *out)
{
    json_out_string(out, "type", "integer");
}

static void write_boolean(struct json_out *out)
{
    json_out_string(out, "type", "boolean");
}

static void write_zero(struct json_out *out) // the one duration without a unit
{
    json_out_number(out, "const", 0);
}

// Text of that pattern, or what YAML makes of it without quotes, or text with ${…}.
static void write_def(struct json_out *out, const char *name, const char *pattern,
                      void (*write_bare)(struct json_out *out))
{
    json_out_open(out, name, '{');
    json_out_open(out, "anyOf", '[');
    if (write_bare) {
        json_out_open(out, NULL, '{');
        write_bare(out);
        json_out_close(out, '}');
    }
    json_out_open(out, NULL, '{');
    json_out_string(out, "type", "string");
    json_out_string(out, "pattern", pattern);
    json_out_close(out, '}');
    schema_write_ref(out, NULL, "variable");
    json_out_close(out, ']');
    json_out_close(out, '}');
}

static void write_scalar_defs(struct json_out *out)
{
    write_text_def(out);
    write_variable_def(out);
    write_def(out, "boolean", "^(true|false)$", write_boolean);
    write_def(out, "duration", "^" DURATION "$", write_zero);
    write_def(out, "durations", "^" DURATION "([ ,]+" DURATION ")*$", write_zero);
    write_def(out, "size", "^[0-9]+ *(B|KB|MB|GB|KiB|MiB|GiB)?$", write_integer);
    write_def(out, "percentage", "^[0-9]+([.][0-9]+)?%$", NULL);
    write_def(out, "statuses", "^" STATUS "([ ,]+" STATUS ")*$", write_integer);
    write_def(out, "url", "^[hH][tT][tT][pP][sS]?://[^\\s@/?#]+([/?#]\\S*)?$", NULL);
}

int config_write_schema(const struct drivers *drivers, struct buf *ret)
{
    struct json_out out = { .buf = ret };
    json_out_open(&out, NULL, '{');
    json_out_string(&out, "$schema", "https://json-schema.org/draft/2020-12/schema");
    json_out_string(&out, "title", "pollbridge configuration");
    json_out_string(&out, "type", "object");
    write_sections(&out);
    json_out_open(&out, "$defs", '{');
    write_scalar_defs(&out);
    write_kind(&out, drivers, &kind_source);
    write_kind(&out, drivers, &kind_sink);
    write_kind(&out, drivers, &kind_auth);
    json_out_close(&out, '}');
    json_out_close(&out, '}');
    return out.error;
}
