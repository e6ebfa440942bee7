#include "bridge/poll/digest/noise.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "bridge/diff/table.h"
#include "bridge/model/json.h"

struct node {
    struct noise_entry entry;
    bool lost; // does not fit into the table
    UT_hash_handle hh;
};

struct noise {
    struct node *nodes; // by key, in the order they were made
    size_t n;
    int64_t told_at_ms;
};

int noise_new(struct noise **ret)
{
    *ret = calloc(1, sizeof(**ret));
    return *ret ? 0 : -ENOMEM;
}

static void drop(struct noise *noise, struct node *node)
{
    HASH_DEL(noise->nodes, node);
    noise->n--;
    free(node->entry.key);
    free(node);
}

static void drop_all(struct noise *noise)
{
    struct node *node;
    struct node *next;
    HASH_ITER(hh, noise->nodes, node, next)
    {
        drop(noise, node);
    }
}

struct noise *noise_free(struct noise *noise)
{
    if (noise) {
        drop_all(noise);
        free(noise);
    }
    return NULL;
}

static struct node *find(const struct noise *noise, const char *key)
{
    struct node *node;
    HASH_FIND(hh, noise->nodes, key, strlen(key), node);
    return node;
}

const struct noise_entry *noise_find(const struct noise *noise, const char *key)
{
    const struct node *node = find(noise, key ? key : "");
    return node ? &node->entry : NULL;
}

struct noise_entry *noise_enter(struct noise *noise, const char *key)
{
    struct node *node = find(noise, key ? key : "");
    if (node || noise->n >= NOISE_ENTRIES_MAX) {
        return node ? &node->entry : NULL;
    }
    node = calloc(1, sizeof(*node));
    if (node) {
        node->entry.key = strdup(key ? key : "");
    }
    if (!node || !node->entry.key) {
        free(node);
        return NULL;
    }
    HASH_ADD_KEYPTR(hh, noise->nodes, node->entry.key, strlen(node->entry.key), node);
    if (node->lost) {
        free(node->entry.key);
        free(node);
        return NULL;
    }
    noise->n++;
    return &node->entry;
}

int64_t noise_told_at_ms(const struct noise *noise)
{
    return noise->told_at_ms;
}

void noise_tell(struct noise *noise, int64_t now_ms)
{
    noise->told_at_ms = now_ms;
}

static void calm(struct noise_entry *entry)
{
    entry->sightings = 0;
    entry->seen = (struct hash128){ 0 };
    entry->waits = false;
}

void noise_settle(struct noise *noise)
{
    for (struct node *node = noise->nodes; node; node = node->hh.next) {
        if (!node->entry.touched) {
            calm(&node->entry);
        }
        node->entry.touched = false;
    }
}

void noise_forget(struct noise *noise, bool all)
{
    if (all) {
        drop_all(noise);
    }
    for (struct node *node = noise->nodes; node; node = node->hh.next) {
        calm(&node->entry);
        node->entry.state_count = 0;
    }
}

bool noise_waits(const struct noise *noise)
{
    const struct node *node = noise->nodes;
    while (node && !node->entry.waits) {
        node = node->hh.next;
    }
    return node;
}

// ---- as text ----
// {"told_at":0,"entries":[[key, told_at, sightings, waits, seen, state, …], …]}, hashes in hex.

#define HASH_TEXT_SIZE (2 * 16 + 1)

static void format_hash(struct hash128 hash, char ret[HASH_TEXT_SIZE])
{
    (void)snprintf(ret, HASH_TEXT_SIZE, "%016" PRIx64 "%016" PRIx64, hash.high, hash.low);
}

static struct hash128 parse_hash(struct json_object *value)
{
    struct hash128 hash = { 0 };
    const char *text = json_object_get_string(value);
    if (!text || sscanf(text, "%16" SCNx64 "%16" SCNx64, &hash.high, &hash.low) != 2) {
        return (struct hash128){ 0 };
    }
    return hash;
}

static bool is_needed(const struct noise_entry *entry, int64_t now_ms, int64_t min_interval_ms)
{
    int64_t age_ms = now_ms - entry->told_at_ms;
    return entry->waits || entry->sightings > 0 ||
           (entry->told_at_ms != 0 && age_ms < min_interval_ms) ||
           (entry->state_count > 0 && age_ms < NOISE_HISTORY_MS);
}

static int write_entry(struct buf *text, const struct noise_entry *entry)
{
    char hash[HASH_TEXT_SIZE];
    int r = buf_append_char(text, '[');
    r = r ? r : json_write_string(text, entry->key, strlen(entry->key));
    format_hash(entry->seen, hash);
    r = r ? r
          : buf_printf(text, ",%" PRId64 ",%" PRId64 ",%d,\"%s\"", entry->told_at_ms,
                       entry->sightings, entry->waits, hash);
    for (size_t i = 0; r == 0 && i < entry->state_count; i++) {
        format_hash(entry->states[i], hash);
        r = buf_printf(text, ",\"%s\"", hash);
    }
    return r ? r : buf_append_char(text, ']');
}

int noise_write(struct noise *noise, int64_t now_ms, int64_t min_interval_ms, struct bytes *ret)
{
    AUTO_BUF struct buf text = { 0 };
    struct node *node;
    struct node *next;
    int r = buf_printf(&text, "{\"told_at\":%" PRId64 ",\"entries\":[", noise->told_at_ms);
    size_t head = text.len;
    HASH_ITER(hh, noise->nodes, node, next)
    {
        if (!is_needed(&node->entry, now_ms, min_interval_ms)) {
            drop(noise, node);
            continue;
        }
        r = r || text.len == head ? r : buf_append_char(&text, ',');
        r = r ? r : write_entry(&text, &node->entry);
    }
    r = r ? r : buf_append_str(&text, "]}");
    if (r == 0 && (noise->n > 0 || noise->told_at_ms != 0)) {
        *ret = buf_take(&text);
    }
    return r;
}

static int64_t number_at(struct json_object *row, size_t i)
{
    return json_object_get_int64(json_object_array_get_idx(row, i));
}

static int read_entry(struct noise *noise, struct json_object *row)
{
    const char *key = json_object_get_string(json_object_array_get_idx(row, 0));
    struct noise_entry *entry = key ? noise_enter(noise, key) : NULL;
    if (!entry) {
        return key && noise->n < NOISE_ENTRIES_MAX ? -ENOMEM : 0;
    }
    entry->told_at_ms = number_at(row, 1);
    entry->sightings = number_at(row, 2);
    entry->waits = number_at(row, 3) != 0;
    entry->seen = parse_hash(json_object_array_get_idx(row, 4));
    size_t n = json_object_array_length(row);
    for (size_t i = 5; i < n && entry->state_count < NOISE_STATES_MAX; i++) {
        entry->states[entry->state_count++] = parse_hash(json_object_array_get_idx(row, i));
    }
    return 0;
}

static int read_all(struct noise *noise, struct json_object *stored)
{
    struct json_object *told = NULL;
    struct json_object *entries = NULL;
    int r = 0;
    if (json_object_object_get_ex(stored, "told_at", &told)) {
        noise->told_at_ms = json_object_get_int64(told);
    }
    if (!json_object_object_get_ex(stored, "entries", &entries) ||
        !json_object_is_type(entries, json_type_array)) {
        return 0;
    }
    for (size_t i = 0; r == 0 && i < json_object_array_length(entries); i++) {
        struct json_object *row = json_object_array_get_idx(entries, i);
        r = json_object_is_type(row, json_type_array) ? read_entry(noise, row) : 0;
    }
    return r;
}

int noise_read(struct noise **ret, const struct bytes *text)
{
    CLEANUP(noise_freep) struct noise *noise = NULL;
    AUTO_JSON struct json_object *stored = NULL;
    int r = noise_new(&noise);
    if (r == 0 && text->len > 0) {
        r = json_read(&stored, text->data, text->len, NULL, NULL);
        r = r > 0 ? 0 : r;
    }
    if (r == 0 && json_object_is_type(stored, json_type_object)) {
        r = read_all(noise, stored);
    }
    if (r == 0) {
        *ret = STEAL(noise);
    }
    return r;
}
