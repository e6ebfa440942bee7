#pragma once
// An option's example, which is a line of YAML, as JSON. Used by schema-option.c only.

struct json_out;

// The member "examples" with the one example; nothing when it is no YAML.
void schema_write_example(struct json_out *out, const char *example);
