#pragma once
// Dates as feeds write them.

#include <stdbool.h>

#define FEED_DATE_SIZE 32

// RFC 822 with four-digit years too (RSS) or RFC 3339, also without a time or a zone, which then
// is UTC (Atom, Dublin Core) to "2006-01-02T15:04:05Z"; false when it is neither. Fractions of a
// second are dropped.
bool feed_date_normalise(const char *text, char ret[FEED_DATE_SIZE]);
