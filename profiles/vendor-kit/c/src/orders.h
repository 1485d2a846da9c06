/* The life of commands: one id acts once, and every command ends with exactly one terminal ack. */
#ifndef ORDERS_H
#define ORDERS_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "light.h"
#include "refusal.h"

enum { LONGEST_ID = 128, LONGEST_ID_BYTES = 4 * LONGEST_ID + 1 };

/* One request. `input` may be NULL. `tag`: the state it is for (boot << 32 | seq); `expires`: seconds since the epoch, 0 for never. */
typedef struct {
  char id[LONGEST_ID_BYTES];
  const char *op;
  const char *name;
  const cJSON *input;
  bool conditional;
  unsigned long long tags[8];
  int tag_count;
  double expires;
} Order;

/* What became of an order. `last`: its latest ack. */
typedef struct Run {
  char id[LONGEST_ID_BYTES];
  char op[32];
  char name[LONGEST_ID_BYTES];
  cJSON *last;
  bool is_long;
  bool full;
  double begun, ends, next_word, ended; /* `ended` 0: it goes on */
  struct Run *next;
} Run;

typedef struct {
  Light *light;
  Run *runs; /* newest first */
  int count;
  unsigned made; /* ids made up so far */
  void (*told)(void *who, Run *run, const cJSON *ack);
  void (*forgotten)(void *who, Run *run);
  void *who;
} Orders;

/* Whether an id can stand in a topic and a path; what makes one up writes it into `out`. */
bool order_id_is_sound(const char *id);
void order_make_id(Orders *orders, char out[LONGEST_ID_BYTES]);

/* Takes an order, or finds what became of the first with its id. */
Run *orders_submit(Orders *orders, const Order *order);
/* NULL where there was none in the last ten minutes. */
Run *orders_find(Orders *orders, const char *id);
/* Lets long actions go on: to be called every second, and after an advance. */
void orders_elapse(Orders *orders);
/* The power went: what was under way has failed. */
void orders_fail(Orders *orders);
/* Lets go of everything that is remembered. */
void orders_close(Orders *orders);

#endif
