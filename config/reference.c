// The option tables as Markdown for people.
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "bridge/model/failure.h"
#include "bridge/spi/settings.h"
#include "config/config.h"
#include "config/describe.h"
#include "config/kind.h"
#include "config/sections.h"

struct page { // keeps the first error; later calls do nothing
    struct buf *buf;
    int error;
    const struct option_table *written[64]; // tables with a section of their own
    size_t written_count;
};

static void put(struct page *page, const char *text)
{
    if (page->error == 0) {
        page->error = buf_append_str(page->buf, text);
    }
}

// Inside a table's cell.
static void write_cell(struct page *page, const char *text)
{
    for (const char *c = text; *c && page->error == 0; c++) {
        if (*c == '|') {
            put(page, "\\");
        }
        page->error = buf_append_char(page->buf, *c == '\n' ? ' ' : *c);
    }
}

static void write_code(struct page *page, const char *text)
{
    put(page, "`");
    write_cell(page, text);
    put(page, "`");
}

// clang-format off: a page, line by line.
static const char intro[] =
    "# Configuration reference\n"
    "\n"
    "<!-- Printed from the option tables by `pollbridge schema --reference`; edit those, not this. "
    "-->\n"
    "\n"
    "One YAML file says everything:\n"
    "\n"
    "```yaml\n"
    "sources:\n"
    "  orders:                                   # polled every minute\n"
    "    url: https://api.example.com/v1/orders\n"
    "    interval: 1m\n"
    "    items: .data[]                          # the items of a list …\n"
    "    key: .id                                # … are the same item by their id\n"
    "    ignore: [.updated_at]\n"
    "sinks:\n"
    "  app:                                      # gets a signed request for every change\n"
    "    url: https://app.example.com/hooks/orders\n"
    "    secret: ${WEBHOOK_SECRET}\n"
    "    types: [item.created, item.updated]\n"
    "```\n"
    "\n"
    "`pollbridge validate -c FILE` lists every problem of a file with line and column. An editor "
    "does\n"
    "the same while typing when the first line of the file names the schema:\n"
    "`# yaml-language-server: $schema=schema.json` ([schema.json](schema.json) lies beside this "
    "page,\n"
    "and `pollbridge schema` prints it). More files are in [examples](examples).\n"
    "\n"
    "## How values are written\n"
    "\n"
    "| type | how |\n"
    "| --- | --- |\n"
    "| duration | a number and a unit, several add up: `250ms` `10s` `5m` `1h30m` `7d` `2w` |\n"
    "| size | bytes, or with a unit: `4096` `512KiB` `10MiB` `1GB` |\n"
    "| percentage | `50%` |\n"
    "| statuses | `200`, `2xx` or `200-299`, alone or in a list |\n"
    "| expression | jq's syntax: `.data.items[]`, `.rates \\| keys` |\n"
    "| path | `.a.b`, `.items[].updated_at` (every element), `..etag` (at any depth) |\n"
    "| template | text with `{{ .path }}` places |\n"
    "| file | a path; a relative one starts at the folder of the configuration file |\n"
    "| secret | text; or the key with `_file` behind it and the path of a file that holds it |\n"
    "| any value | any YAML, which becomes JSON; what is no JSON number, `null`, `true` or `false` "
    "is text |\n"
    "\n"
    "- **Variables**: every value may hold `${VAR}`, `${VAR:-default}` (also used when the "
    "variable is\n"
    "  empty) and `${file:PATH}` (without its last line end). `$$` is a plain `$`. What they bring "
    "in\n"
    "  is always text.\n"
    "- **Secrets** are never printed: the texts of secret keys and of `${file:…}` are struck out "
    "of\n"
    "  logs and answers. When a file with one changes (looked at every two seconds), the "
    "configuration\n"
    "  is read anew as by SIGHUP; a file that cannot be used leaves the one in force. Certificates "
    "and\n"
    "  keys of `tls` are read with each new connection.\n"
    "- **Names** of sources, sinks and auths: 1 to 128 letters, digits, dots, dashes and "
    "underscores.\n"
    "- **Anchors, aliases and merge keys** (`<<`) of YAML work; sections whose name begins with "
    "`x-`\n"
    "  are ignored, so anchors can live there.\n"
    "- **Limits**: 64 MiB of text, 64 levels, 8 million values, 256 anchors, 4 million values "
    "through\n"
    "  aliases.\n";
// clang-format on

static void write_preset(struct page *page, const struct option *option)
{
    if (option->flags & OPTION_REQUIRED) {
        put(page, "*required*");
    } else if (option->preset) {
        write_code(page, option->preset);
    }
}

static void write_type(struct page *page, const struct option *option)
{
    put(page, describe_type(option));
    for (size_t i = 0; option->type == OPTION_ENUM && option->names[i]; i++) {
        put(page, i == 0 ? " " : ", ");
        write_code(page, option->names[i]);
    }
}

static void write_meaning(struct page *page, const struct option *option)
{
    AUTO_BUF struct buf bounds = { 0 };
    write_cell(page, option->doc);
    if (page->error == 0) {
        page->error = describe_bounds(option, &bounds);
    }
    if (bounds.len > 0) {
        put(page, " ");
        write_cell(page, buf_str(&bounds));
    }
    if (option->type == OPTION_SECRET) {
        put(page, " Or as ");
        AUTO_FREE char *key = str_printf("%s_file", option->key);
        write_code(page, key ? key : "");
        put(page, ".");
    }
}

// The words of a row that stand for another table lead to its section.
static void write_link(struct page *page, const struct option *option)
{
    const struct option_table *table = option->table;
    put(page, describe_type(option));
    put(page, ", [`");
    put(page, table->name);
    put(page, "`](#");
    for (const char *c = table->name; *c && page->error == 0; c++) {
        if (*c != '.') { // as Markdown makes anchors of headings
            page->error = buf_append_char(page->buf, *c == ' ' ? '-' : *c);
        }
    }
    put(page, ")");
}

static void write_row(struct page *page, const struct option *option)
{
    put(page, "| ");
    write_code(page, option->key);
    put(page, " | ");
    if (option->table) {
        write_link(page, option);
    } else {
        write_type(page, option);
    }
    put(page, " | ");
    write_preset(page, option);
    put(page, " | ");
    write_meaning(page, option);
    put(page, " | ");
    if (option->example) {
        write_code(page, option->example);
    }
    put(page, " |\n");
}

static void write_rows(struct page *page, const struct option_table *table)
{
    if (table->n == 0) {
        put(page, "It has no keys of its own.\n");
        return;
    }
    put(page, "| key | type | default | meaning | example |\n"
              "| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < table->n; i++) {
        write_row(page, &table->options[i]);
    }
}

static void write_heading(struct page *page, const char *marks, const char *title, const char *doc)
{
    put(page, "\n");
    put(page, marks);
    put(page, " ");
    put(page, title);
    put(page, "\n\n");
    put(page, doc);
    put(page, "\n\n");
}

// True once for each table: `tls` belongs to several.
static bool is_new(struct page *page, const struct option_table *table)
{
    for (size_t i = 0; i < page->written_count; i++) {
        if (page->written[i] == table) {
            return false;
        }
    }
    if (page->written_count < ARRAY_LEN(page->written)) {
        page->written[page->written_count++] = table;
    }
    return true;
}

// The rows of a table, then a section, with these marks, for each table inside it.
static void write_table(struct page *page, const char *marks, const struct option_table *table)
{
    write_rows(page, table);
    for (size_t i = 0; i < table->n; i++) {
        const struct option_table *inner = table->options[i].table;
        if (inner && is_new(page, inner)) {
            AUTO_FREE char *title = str_printf("`%s`", inner->name);
            write_heading(page, marks, title ? title : inner->name, inner->doc);
            write_table(page, marks, inner);
        }
    }
}

static void write_driver(struct page *page, const struct kind_driver *driver, bool is_default)
{
    AUTO_FREE char *title =
        str_printf("`type: %s`%s", driver->name, is_default ? " (the default)" : "");
    write_heading(page, "###", title ? title : driver->name, driver->doc);
    write_table(page, "####", driver->options);
}

static void write_kind(struct page *page, const struct drivers *drivers, const struct kind *kind)
{
    struct kind_driver driver;
    if (kind->options) {
        put(page, kind->options->doc);
        put(page, kind->takes_defaults ? " Keys of every type; what is not written is taken from "
                                         "`defaults`, where that section has it:\n\n"
                                       : " Keys of every type:\n\n");
        write_table(page, "###", kind->options);
    } else {
        put(page, "`type` picks how it is done.\n");
    }
    for (size_t i = 0; kind->get_driver(drivers, i, &driver); i++) {
        write_driver(page, &driver, i == 0);
    }
}

static void write_section(struct page *page, const struct drivers *drivers,
                          const struct section *section)
{
    static const struct kind *const kinds[] = { &kind_source, &kind_sink, &kind_auth };
    AUTO_FREE char *title = str_printf("`%s`", section->key);
    write_heading(page, "##", title ? title : section->key,
                  section->table ? section->table->doc : section->doc);
    if (section->table) {
        write_table(page, "###", section->table);
    }
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (str_eq(kinds[i]->section, section->key)) {
            write_kind(page, drivers, kinds[i]);
        }
    }
}

static void write_failures(struct page *page)
{
    write_heading(page, "##", "Failure codes",
                  "What source.failing and source.held, the log, `pollbridge test` and `explain` "
                  "name, and what to do about it.");
    put(page, "| code | what it means | what to do |\n| --- | --- | --- |\n");
    for (size_t i = 0; i < failure_count; i++) {
        put(page, "| ");
        write_code(page, failures[i].code);
        put(page, " | ");
        write_cell(page, failures[i].meaning);
        put(page, " | ");
        write_cell(page, failures[i].advice);
        put(page, " |\n");
    }
}

int config_write_reference(const struct drivers *drivers, struct buf *ret)
{
    struct page page = { .buf = ret };
    put(&page, intro);
    for (size_t i = 0; i < section_count; i++) {
        write_section(&page, drivers, &sections[i]);
    }
    write_failures(&page);
    return page.error;
}
