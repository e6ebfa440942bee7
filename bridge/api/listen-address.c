#include "bridge/api/listen-address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"

#define BACKLOG 128

static int bad(struct problem **reterr, const char *text, const char *why)
{
    return problem_set(reterr, -EINVAL, "listen_address",
                       "\"%s\" is no address to listen on: %s; write it like 127.0.0.1:8080 or "
                       "[::1]:8080",
                       text, why);
}

static void set_v4(struct listen_address *ret, in_addr_t address)
{
    ret->at.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = { htonl(address) } };
    ret->len = sizeof(ret->at.v4);
}

static bool parse_host(struct listen_address *ret, const char *host)
{
    if (str_is_empty(host) || str_eq_nocase(host, "localhost")) {
        set_v4(ret, INADDR_LOOPBACK);
        return true;
    }
    if (str_eq(host, "*")) {
        set_v4(ret, INADDR_ANY);
        return true;
    }
    set_v4(ret, INADDR_ANY);
    return inet_pton(AF_INET, host, &ret->at.v4.sin_addr) == 1;
}

static bool parse_host6(struct listen_address *ret, const char *host)
{
    ret->at.v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
    ret->len = sizeof(ret->at.v6);
    return inet_pton(AF_INET6, host, &ret->at.v6.sin6_addr) == 1;
}

int listen_address_parse(struct listen_address *ret, const char *text, struct problem **reterr)
{
    const char *colon = strrchr(text, ':');
    const char *port_text = colon ? colon + 1 : text;
    size_t host_len = colon ? (size_t)(colon - text) : 0;
    char host[LISTEN_ADDRESS_TEXT_SIZE];
    if (host_len >= sizeof(host)) {
        return bad(reterr, text, "the address is too long");
    }
    memcpy(host, text, host_len);
    host[host_len] = '\0';

    uint64_t port;
    if (!str_to_u64(port_text, &port) || port > UINT16_MAX) {
        return bad(reterr, text, "the port must be a number from 0 to 65535");
    }
    struct listen_address address = { 0 };
    if (host[0] == '[') {
        if (host[host_len - 1] != ']') {
            return bad(reterr, text, "the closing ] is missing");
        }
        host[host_len - 1] = '\0';
        if (!parse_host6(&address, host + 1)) {
            return bad(reterr, text, "what stands in [] is no IPv6 address");
        }
        address.at.v6.sin6_port = htons((uint16_t)port);
    } else if (strchr(host, ':')) {
        return bad(reterr, text, "an IPv6 address needs [] around it");
    } else if (!parse_host(&address, host)) {
        return bad(reterr, text, "names are not looked up, an IP address is needed");
    } else {
        address.at.v4.sin_port = htons((uint16_t)port);
    }
    *ret = address;
    return 0;
}

void listen_address_format(const struct listen_address *address, char ret[LISTEN_ADDRESS_TEXT_SIZE])
{
    char host[INET6_ADDRSTRLEN] = "";
    if (address->at.any.sa_family == AF_INET6) {
        (void)inet_ntop(AF_INET6, &address->at.v6.sin6_addr, host, sizeof(host));
        (void)snprintf(ret, LISTEN_ADDRESS_TEXT_SIZE, "[%s]:%u", host,
                       ntohs(address->at.v6.sin6_port));
    } else {
        (void)inet_ntop(AF_INET, &address->at.v4.sin_addr, host, sizeof(host));
        (void)snprintf(ret, LISTEN_ADDRESS_TEXT_SIZE, "%s:%u", host,
                       ntohs(address->at.v4.sin_port));
    }
}

static int failed(struct problem **reterr, const struct listen_address *address, int error)
{
    char text[LISTEN_ADDRESS_TEXT_SIZE];
    listen_address_format(address, text);
    const char *advice = "";
    switch (error) {
    case EADDRINUSE:
        advice = "; another process uses this port: stop it or choose another one";
        break;
    case EADDRNOTAVAIL: advice = "; this machine does not have that address"; break;
    case EACCES: advice = "; ports below 1024 need a permission, choose a higher one"; break;
    case EAFNOSUPPORT: advice = "; this machine has no IPv6"; break;
    default: break;
    }
    return problem_set(reterr, -error, "listen_failed", "cannot listen on %s: %s%s", text,
                       strerror(error), advice);
}

static int open_at(int fd, struct listen_address *address)
{
    const int on = 1;
    const int off = 0;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0) {
        return -errno;
    }
    // "[::]" is everybody, also those who come by IPv4.
    if (address->at.any.sa_family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0) {
        return -errno;
    }
    if (bind(fd, &address->at.any, address->len) < 0 || listen(fd, BACKLOG) < 0) {
        return -errno;
    }
    return getsockname(fd, &address->at.any, &address->len) < 0 ? -errno : 0;
}

int listen_address_open(struct listen_address *address, int *ret_fd, struct problem **reterr)
{
    AUTO_CLOSE int fd =
        socket(address->at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int r = fd < 0 ? -errno : open_at(fd, address);
    if (r < 0) {
        return failed(reterr, address, -r);
    }
    *ret_fd = fd;
    fd = -1;
    return 0;
}
