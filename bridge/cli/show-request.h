#pragma once
// A request as it goes out, for the person who configured it: all of it but what is a credential,
// or may be one by its name or its looks (model/credential.h).

struct http_request;

void show_request(const struct http_request *request); // on standard output
