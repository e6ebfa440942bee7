#pragma once
// Dates and times as APIs write them, in one form. Pure.

#include <stdbool.h>
#include <stddef.h>

#define DATE_TEXT_SIZE 48

// Reads a date and time with a zone (RFC 3339, also with a blank for the T or +hhmm; an HTTP date)
// and writes it in UTC: "2026-01-01T00:00:00.125Z", with the digits of the second it was given but
// for zeros at the end. False: it is nothing of the kind, or not within the years 0000 to 9999.
bool date_text_normalize(const char *text, size_t len, char ret[DATE_TEXT_SIZE]);
