#pragma once
// Handlers of /healthz, /readyz and /metrics.

struct api_context;
struct evhttp_request;

void health_alive(const struct api_context *context, struct evhttp_request *request);
void health_ready(const struct api_context *context, struct evhttp_request *request);
void health_metrics(const struct api_context *context, struct evhttp_request *request);
