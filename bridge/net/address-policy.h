#pragma once
// Where a request of an untrusted target may connect to: the public internet, and what the
// configuration opens beside it. Judged on the address a socket is about to use, so every spelling
// of an address and every answer of a name server is covered.

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "bridge/model/address-range.h"

struct address_policy {
    struct address_ranges open;  // not public, and allowed all the same
    struct sockaddr_storage own; // where this process listens; never allowed. ss_family 0: nowhere
    uint64_t generation;         // counts the changes
};
void address_policy_deinit(struct address_policy *policy);

bool address_policy_allows(const struct address_policy *policy, const struct sockaddr *address);

// The one form addresses are compared in: 16 bytes, IPv4 (also inside 64:ff9b::/96) as
// ::ffff:0:0/96. False: it is no IP address.
#define ADDRESS_BYTES 16
bool address_normalize(const struct sockaddr *address, uint8_t ret[ADDRESS_BYTES]);
bool address_is_v4(const uint8_t *address); // of that form
