#pragma once
// Reads CSV (RFC 4180) row by row.
//
// Lines end with CRLF, LF or CR; a quoted field may hold line ends and doubled quotes. A quote
// inside an unquoted field is itself. Empty lines are skipped.

#include <stddef.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"

struct problem;

struct csv_field {
    size_t start; // into the reader's scratch
    size_t len;
};

struct csv_reader {
    const char *at;
    const char *end;
    char delimiter;
    unsigned line;     // of `at`, from 1
    unsigned row_line; // where the row of the moment begins
    struct buf scratch;
    struct csv_field *fields; // of the row; owned, reused
    size_t n;
    size_t cap;
};

void csv_reader_deinit(struct csv_reader *reader);

enum { CSV_ROW, CSV_E_BAD, CSV_END };
// CSV_ROW, CSV_E_BAD ("csv_syntax"), CSV_END, -ENOMEM.
int csv_reader_next(struct csv_reader *reader, struct problem **reterr) MUST_CHECK;
// A field of the row, until the next one is read.
const char *csv_reader_text(const struct csv_reader *reader, size_t field);
