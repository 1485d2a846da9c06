/* The Thing Description: its bytes as they travel, and what it says about each affordance. */
#ifndef DESCRIPTION_H
#define DESCRIPTION_H

#include <cjson/cJSON.h>
#include <stdint.h>

typedef struct {
  char *text;     /* the bytes that travel */
  cJSON *parsed;  /* the same, to look things up in */
  uint64_t tag;   /* of the bytes, for ETag */
  char base[64];  /* the name before each SenML record */
} Description;

/* Fills in what differs from unit to unit. `base`: such as coap://192.168.1.9; ends the program when the template is no JSON. */
Description description_of(const char *id, const char *title, const char *base);

void description_free(Description *description);

/* The schema of an affordance in `section` (properties, actions, events), NULL for none. */
const cJSON *affordance(const Description *description, const char *section, const char *name);

#endif
