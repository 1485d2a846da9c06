/* The light itself, without a wire: what it shows, what it takes, what it remembers. */
#ifndef LIGHT_H
#define LIGHT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "description.h"
#include "refusal.h"

typedef struct Light {
  const Description *description;
  const char *memory; /* the file that outlives a power cut, or NULL */
  cJSON *values;      /* every property, private ones too */
  uint32_t boot;      /* counts starts */
  uint64_t seq;       /* counts changes and events of this start */
  double moved;       /* when the state last moved, seconds since the epoch */
  double ahead;       /* what `advance` put on top of both times */
  double wrong;       /* what `clock` put on top of the wall's */
  bool powered;
  void (*changed)(void *who, const char *name); /* NULL: only the count moved */
  void (*happened)(void *who, const char *event, const cJSON *data);
  void *who;
} Light;

/* Comes up as after a power cut, with a new boot. */
void light_start(Light *light);
void light_off(Light *light);

/* The wall's time, seconds since the epoch: for stamps, and for what expires. It may jump. */
double light_now(const Light *light);
/* Seconds that only grow: for everything that takes a while. */
double light_passed(const Light *light);
/* A time as `ts` has it: UTC, milliseconds, Z. */
void light_stamp(double when, char out[32]);

/* The public state with its `$`; the caller owns it. */
cJSON *light_state(const Light *light);
/* One property's value, NULL for none of ours; it stays the light's. */
const cJSON *light_value(const Light *light, const char *name);
bool light_is_private(const Light *light, const char *name);

/* Writes all of `changes` or nothing, stores it, and tells what changed. False: see `refusal`. */
bool light_write(Light *light, const cJSON *changes, Refusal *refusal);

/* Something breaks, or is mended. */
void light_fault(Light *light, const char *code, bool clear);

#endif
