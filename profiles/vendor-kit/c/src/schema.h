/* Whether a value fits the schema that stands in the Thing Description (the standard, "Values"). */
#ifndef SCHEMA_H
#define SCHEMA_H

#include <cjson/cJSON.h>

/* The term that a value we are asked for breaks, a wrong type first; NULL when it fits. */
const char *schema_broken(const cJSON *schema, const cJSON *value);

#endif
