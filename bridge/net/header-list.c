#include "bridge/net/header-list.h"

#include <errno.h>
#include <string.h>

#include "bridge/model/http.h"

#define KEEP_BYTES 16384 // a block larger than this is not kept for the next request

void header_list_deinit(struct header_list *list)
{
    if (list->block) {
        explicit_bzero(list->block, list->size);
        free(list->block);
    }
    *list = (struct header_list){ 0 };
}

// libcurl makes these itself from the body it is given.
static bool is_framing(const struct header *header)
{
    return header_is(header, "Content-Length") || header_is(header, "Transfer-Encoding") ||
           header_is(header, "Expect");
}

static bool is_origin_bound(const struct header *header)
{
    return header_is(header, "Authorization") || header_is(header, "Cookie") ||
           header_is(header, "Proxy-Authorization") || header_is(header, "Host");
}

static bool is_sent(const struct header *header, const struct header_rules *rules)
{
    if (is_framing(header) || (rules->left_origin && is_origin_bound(header))) {
        return false;
    }
    return !rules->dropped_body || strncasecmp(header->name, "content-", 8) != 0;
}

struct writer {
    struct curl_slist *nodes;
    size_t n;
    char *text;
};

static void write_line(struct writer *writer, const char *name, const char *mark, const char *value)
{
    struct curl_slist *node = &writer->nodes[writer->n];
    if (writer->n > 0) {
        writer->nodes[writer->n - 1].next = node;
    }
    writer->n++;
    node->data = writer->text;
    node->next = NULL;
    char *end = stpcpy(stpcpy(stpcpy(writer->text, name), mark), value);
    writer->text = end + 1;
}

static bool is_blank(const char *text)
{
    while (*text == ' ' || *text == '\t') {
        text++;
    }
    return *text == '\0';
}

static void write_fields(struct writer *writer, const struct headers *headers,
                         const struct header_rules *rules)
{
    for (size_t i = 0; i < headers->n; i++) {
        const struct header *header = &headers->v[i];
        if (is_sent(header, rules)) {
            // "Name;" is how libcurl is told to send a field without a value; "Name:" and blanks
            // would mean not to send it.
            bool empty = is_blank(header->value);
            write_line(writer, header->name, empty ? ";" : ": ", empty ? "" : header->value);
        }
    }
}

static bool has_field(const struct http_request *request, const struct header_rules *rules,
                      const char *name)
{
    return headers_get(&request->headers, name) ||
           (!rules->left_origin && headers_get(&request->secret_headers, name));
}

#define OWN_FIELDS_MAX 5

struct own_field {
    const char *name;
    const char *value; // NULL: libcurl is told to leave the field out
};

// Fields of our own making, where the request has none. Returns how many.
static size_t find_own_fields(const struct http_request *request, const struct header_rules *rules,
                              struct own_field ret[OWN_FIELDS_MAX])
{
    size_t n = 0;
    if (rules->host && (rules->left_origin || !has_field(request, rules, "Host"))) {
        ret[n++] = (struct own_field){ "Host", rules->host };
    }
    if (rules->user_agent && !has_field(request, rules, "User-Agent")) {
        ret[n++] = (struct own_field){ "User-Agent", rules->user_agent };
    }
    if (rules->accept_encoding && !has_field(request, rules, "Accept-Encoding")) {
        ret[n++] = (struct own_field){ "Accept-Encoding", rules->accept_encoding };
    }
    if (rules->has_body) {
        ret[n++] = (struct own_field){ "Expect", NULL };
        if (!has_field(request, rules, "Content-Type")) {
            ret[n++] = (struct own_field){ "Content-Type", NULL }; // else it says: a form
        }
    }
    return n;
}

static size_t texts_size(const struct headers *headers)
{
    size_t size = 0;
    for (size_t i = 0; i < headers->n; i++) {
        size += headers->v[i].name_len + strlen(headers->v[i].value) + 3;
    }
    return size;
}

static int make_room(struct header_list *list, size_t size)
{
    if (size <= list->size && (list->size <= KEEP_BYTES || size > KEEP_BYTES)) {
        return 0;
    }
    size_t rounded = size < 512 ? 512 : size;
    char *block = malloc(rounded);
    if (!block) {
        return -ENOMEM;
    }
    header_list_deinit(list);
    list->block = block;
    list->size = rounded;
    return 0;
}

int header_list_build(struct header_list *list, const struct http_request *request,
                      const struct header_rules *rules)
{
    struct own_field own[OWN_FIELDS_MAX];
    size_t n_own = find_own_fields(request, rules, own);
    size_t most = request->headers.n + request->secret_headers.n + n_own;
    size_t size = most * sizeof(struct curl_slist) + texts_size(&request->headers) +
                  texts_size(&request->secret_headers);
    list->first = NULL;
    if (most == 0) {
        return 0;
    }
    for (size_t i = 0; i < n_own; i++) {
        size += strlen(own[i].name) + 3 + (own[i].value ? strlen(own[i].value) : 0);
    }
    int r = make_room(list, size);
    if (r < 0) {
        return r;
    }
    struct writer writer = {
        .nodes = (struct curl_slist *)(void *)list->block,
        .text = list->block + most * sizeof(struct curl_slist),
    };
    write_fields(&writer, &request->headers, rules);
    if (!rules->left_origin) {
        write_fields(&writer, &request->secret_headers, rules);
    }
    for (size_t i = 0; i < n_own; i++) {
        const char *value = own[i].value;
        write_line(&writer, own[i].name, value ? ": " : ":", value ? value : "");
    }
    list->first = writer.n > 0 ? writer.nodes : NULL;
    return 0;
}
