#include "bridge/net/transfer-hooks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <openssl/ssl.h>

#include "bridge/net/address-policy.h"
#include "bridge/net/pool.h"
#include "bridge/net/pools.h"
#include "bridge/net/redirect.h"
#include "bridge/net/transfer.h"
#include "bridge/net/trust.h"

static size_t on_header(char *data, size_t size, size_t n, void *userdata)
{
    struct http_transfer *transfer = userdata;
    return answer_add_header_line(&transfer->answer, data, size * n) ? size * n : 0;
}

static bool is_followed(struct http_transfer *transfer)
{
    AUTO_FREE char *location = NULL;
    return transfer->request->max_redirects > 0 && redirect_is_status(transfer->answer.status) &&
           answer_dup_field(&transfer->answer, "Location", &location) == 0 && location;
}

static size_t on_body(char *data, size_t size, size_t n, void *userdata)
{
    struct http_transfer *transfer = userdata;
    curl_off_t announced = -1;
    if (!transfer->judged_body) {
        transfer->judged_body = true;
        transfer->discard_body = is_followed(transfer);
        (void)curl_easy_getinfo(transfer->options.easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
                                &announced);
    }
    // Anything but the length ends the transfer; 0 is a proper answer to 0 bytes.
    return answer_add_body(&transfer->answer, transfer->request, data, size * n, announced,
                           transfer->discard_body)
               ? size * n
               : CURL_WRITEFUNC_ERROR;
}

static void note_blocked(struct http_transfer *transfer, const struct sockaddr *address)
{
    char *text = transfer->blocked;
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof(v4));
        (void)inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(transfer->blocked));
    } else {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof(v6));
        (void)inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(transfer->blocked));
    }
}

// libcurl tries the next address of a name when one fails; a refusal stands for all of them. So
// that it does so in any order, the first round for an untrusted target opens nothing: libcurl
// shows all addresses of the name one after the other, and when none was refused the hop is done
// once more (transfer.c), with the same addresses out of libcurl's cache of names. Each is judged
// again then.
static bool may_open(struct http_transfer *transfer, const struct sockaddr *address)
{
    if (transfer->blocked[0] == '\0' &&
        !address_policy_allows(&transfer->shared->policy, address)) {
        note_blocked(transfer, address);
    }
    transfer->saw_address = true;
    if (transfer->hop.surveyed) {
        return transfer->blocked[0] == '\0';
    }
    // Without a socket to wait for, libcurl would show the third address when the connect of the
    // second would have timed out. The end of a pause makes it look at the transfer again at once.
    (void)curl_easy_pause(transfer->options.easy, CURLPAUSE_RECV);
    (void)curl_easy_pause(transfer->options.easy, CURLPAUSE_CONT);
    return false;
}

static curl_socket_t on_open_socket(void *userdata, curlsocktype purpose,
                                    struct curl_sockaddr *address)
{
    struct http_transfer *transfer = userdata;
    (void)purpose;
    if (!transfer->request->allow_private && !may_open(transfer, &address->addr)) {
        return CURL_SOCKET_BAD;
    }
    curl_socket_t fd = pool_open_socket(transfer->pool, address);
    // A family this machine does not have is no news: the next address is tried.
    if (fd == CURL_SOCKET_BAD && errno != EAFNOSUPPORT) {
        transfer->socket_errno = errno;
    }
    return fd;
}

static CURLcode on_tls_context(CURL *easy, void *context, void *userdata)
{
    struct http_transfer *transfer = userdata;
    (void)easy;
    // A proxy's certificate is always verified.
    if (!transfer->options.verify && !transfer->options.proxy) {
        return CURLE_OK;
    }
    int r = trust_apply(transfer->shared->trust, transfer->ca_file, context);
    if (r == 0) {
        return CURLE_OK;
    }
    if (r == TRUST_E_FILE) {
        transfer->failed_ca = transfer->ca_file ? transfer->ca_file : "the system's bundle";
        return CURLE_SSL_CACERT_BADFILE;
    }
    return CURLE_OUT_OF_MEMORY;
}

static bool speaks_http2(CURL *easy)
{
    struct curl_tlssessioninfo *info = NULL;
    const unsigned char *name = NULL;
    unsigned len = 0;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info) == CURLE_OK && info &&
        info->backend == CURLSSLBACKEND_OPENSSL && info->internals) {
        SSL_get0_alpn_selected(info->internals, &name, &len);
    }
    return len == 2 && memcmp(name, "h2", len) == 0;
}

// The connection stands and nothing has been sent.
static int on_connected(void *userdata, char *to_ip, char *from_ip, int to_port, int from_port)
{
    struct http_transfer *transfer = userdata;
    (void)to_ip;
    (void)from_ip;
    (void)to_port;
    (void)from_port;
    transfer->refused_version =
        transfer->request->version == HTTP_2 && !speaks_http2(transfer->options.easy);
    return transfer->refused_version ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

int transfer_hooks_set(struct http_transfer *transfer)
{
    CURL *easy = transfer->options.easy;
    const struct transfer_shared *shared = transfer->shared;
    long idle_s = (long)((shared->idle_close_ms + 999) / 1000);
    CURLcode codes[] = {
        curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer),
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->words),
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header),
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer),
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body),
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer),
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket),
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer),
        curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, pool_close_socket),
        curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, pools_sockets(shared->pools)),
        curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls_context),
        curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, transfer),
        curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected),
        curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer),
        curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, idle_s),
    };
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (codes[i] != CURLE_OK) {
            return -ENOMEM;
        }
    }
    return 0;
}
