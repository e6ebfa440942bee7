#pragma once
// Which addresses are public.

#include <stdbool.h>

struct sockaddr;

// Globally reachable unicast by IANA's special-purpose registries (RFC 6890), less the transition
// ranges that lead elsewhere (6to4, Teredo). IPv4 inside IPv6 (::ffff:0:0/96, 64:ff9b::/96) is
// judged as the IPv4 address it stands for. Anything that is not an IP address is not public.
bool address_is_public(const struct sockaddr *address);
