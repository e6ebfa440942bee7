#pragma once
// Where to listen, as people write it: "127.0.0.1:8080", "[::1]:0", "localhost:8080", and with the
// port alone (":8080", "8080") on the loopback. `*` is every IPv4 address. No names are resolved.

#include <netinet/in.h>
#include <sys/socket.h>

#include "bridge/base/cleanup.h"

struct problem;

struct listen_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at;
    socklen_t len;
};

// "[0123:4567:89ab:cdef:0123:4567:89ab:cdef]:65535"
#define LISTEN_ADDRESS_TEXT_SIZE 64

// 0 or -EINVAL with words.
int listen_address_parse(struct listen_address *ret, const char *text,
                         struct problem **reterr) MUST_CHECK;
void listen_address_format(const struct listen_address *address,
                           char ret[LISTEN_ADDRESS_TEXT_SIZE]);

// A bound, listening, non-blocking socket; `address` then has the port in use.
// 0 and *ret_fd, or -errno with words.
int listen_address_open(struct listen_address *address, int *ret_fd,
                        struct problem **reterr) MUST_CHECK;
