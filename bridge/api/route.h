#pragma once
// What the HTTP API answers, as tables: a new endpoint is a row and a function.
//
//   static const struct api_parameter since[] = { { "since", API_TIME, NULL, "Not before this" } };
//   static const struct api_route rows[] = {
//       { .method = EVHTTP_REQ_POST, .path = "/v1/sinks/{name}/recover", .scope = API_WRITE,
//         .handle = recover, .query = since, .query_count = 1, .body = "Recover",
//         .answer = "Recovered", .status = 202, .doc = "Sends again what failed." },
//   };
//   const struct api_routes sink_routes = { rows, ARRAY_LEN(rows) };   // named in routes.c
//
// Before the function runs, the path, the token and its scope, the method, every parameter of the
// query and the body's type and syntax are checked; what is wrong is answered as {code, detail}.
// /openapi.json is written from the same rows.

#include <stdbool.h>
#include <stddef.h>

struct api_answer;
struct api_call;
struct api_question;
struct worker;

// What a token must be good for. Each includes those before it.
enum api_scope {
    API_OPEN, // no token is asked for
    API_READ,
    API_WRITE, // something happens: a poll, a delivery sent again
    API_ADMIN, // sinks come and go, secrets change
};

enum api_type {
    API_TEXT,
    API_NUMBER, // int64, from 0
    API_TIME,   // RFC 3339, or a duration: so long ago
    API_FLAG,   // true or false
    API_CHOICE, // one of `choices`
    API_TEXTS,  // of a body only: a list of texts, or one
};

struct api_parameter { // of the query
    const char *name;
    enum api_type type;
    const char *const *choices; // NULL-terminated
    const char *doc;
};

// Of every list; see question_limit.
#define API_PAGE_PARAMETERS                                                                        \
    { "limit", API_NUMBER, NULL, "How many at most, 1 to 250; 50 unless said otherwise." },        \
    {                                                                                              \
        "iterator", API_TEXT, NULL, "Where the page before ended: its `iterator`."                 \
    }

struct api_route {
    unsigned method;  // one EVHTTP_REQ_… bit; HEAD comes with GET
    const char *path; // "/v1/sources/{name}/poll"
    enum api_scope scope;
    // One of them: on the loop, ends the call now or later;
    void (*handle)(struct api_call *call);
    // or on a worker, writes the answer (api-answer.h) from what the store has. 0 or -errno.
    // Commands that look at the store of a daemon that does not run ask the same functions.
    int (*read)(const struct api_question *question, const struct worker *worker,
                struct api_answer *ret);
    const struct api_parameter *query; // what else is asked for is refused
    size_t query_count;
    const char *body;   // name of the schema of the JSON body it takes; NULL: none is read
    bool body_optional; // it may be missing
    const char *answer; // name of the schema of what it answers; NULL: see `type`
    const char *type;   // content type, when it is no JSON
    int status;         // of a good answer; 0: 200
    const char *doc;    // one sentence
};

struct api_routes {
    const struct api_route *v;
    size_t n;
};
