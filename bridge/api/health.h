#pragma once
// Handlers of /healthz, /readyz and /metrics.

struct api_call;

void health_alive(const struct api_call *call);
void health_ready(const struct api_call *call);
void health_metrics(const struct api_call *call);
