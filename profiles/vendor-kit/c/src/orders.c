#include "orders.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"

static const double KEPT = 600, QUICK = 6, FULL = 20;
enum { MOST_KEPT = 2048 };

bool order_id_is_sound(const char *id) {
  int letters = 0;
  for (const char *at = id; *at; at++) {
    if ((unsigned char)*at < ' ' || *at == 0x7F || strchr("/+#", *at)) return false;
    letters += ((unsigned char)*at & 0xC0) != 0x80;
  }
  return letters >= 1 && letters <= LONGEST_ID;
}

void order_make_id(Orders *orders, char out[LONGEST_ID_BYTES]) {
  snprintf(out, LONGEST_ID_BYTES, "own-%lu-%u", (unsigned long)orders->light->boot, ++orders->made);
}

Run *orders_find(Orders *orders, const char *id) {
  for (Run *run = orders->runs; run; run = run->next)
    if (strcmp(run->id, id) == 0 && !(run->ended > 0 && run->ended < light_passed(orders->light) - KEPT)) return run;
  return NULL;
}

static void drop(Orders *orders, Run **at) {
  Run *run = *at;
  *at = run->next;
  orders->forgotten(orders->who, run);
  cJSON_Delete(run->last);
  free(run);
  orders->count--;
}

static void forget(Orders *orders) {
  double horizon = light_passed(orders->light) - KEPT;
  for (Run **at = &orders->runs; *at;) {
    bool full = orders->count > MOST_KEPT && !(*at)->next;
    if ((*at)->ended > 0 && ((*at)->ended < horizon || full))
      drop(orders, at);
    else
      at = &(*at)->next;
  }
}

void orders_close(Orders *orders) {
  while (orders->runs) drop(orders, &orders->runs);
}

/* An ack with what every ack begins with. */
static cJSON *ack_of(const Run *run, const char *state) {
  cJSON *ack = cJSON_CreateObject();
  cJSON_AddStringToObject(ack, "id", run->id);
  cJSON_AddStringToObject(ack, "op", run->op);
  cJSON_AddStringToObject(ack, "name", run->name);
  cJSON_AddStringToObject(ack, "state", state);
  return ack;
}

static void tell(Orders *orders, Run *run, cJSON *ack) {
  char stamp[32];
  light_stamp(light_now(orders->light), stamp);
  cJSON_AddStringToObject(ack, "ts", stamp);
  cJSON_Delete(run->last);
  run->last = ack;
  orders->told(orders->who, run, ack);
}

static void complete(Orders *orders, Run *run, cJSON *out) {
  cJSON *ack = ack_of(run, "completed");
  cJSON_AddNumberToObject(ack, "seq", (double)orders->light->seq);
  cJSON_AddNumberToObject(ack, "boot", orders->light->boot);
  if (out) cJSON_AddItemToObject(ack, "out", out);
  run->ended = light_passed(orders->light);
  tell(orders, run, ack);
}

static void end_badly(Orders *orders, Run *run, const char *state, const Refusal *refusal) {
  cJSON *ack = ack_of(run, state);
  cJSON_AddItemToObject(ack, "error", refusal_document(refusal));
  run->ended = light_passed(orders->light);
  tell(orders, run, ack);
}

static void progress(Orders *orders, Run *run, double now) {
  double percent = fmin(fmax(100 * (now - run->begun) / (run->ends - run->begun), 0), 99);
  cJSON *ack = ack_of(run, "running");
  cJSON_AddStringToObject(ack, "phase", "checking");
  cJSON_AddNumberToObject(ack, "percent", round(percent));
  cJSON_AddNumberToObject(ack, "remaining", round((run->ends - now) * 10) / 10);
  run->next_word = now + 1;
  tell(orders, run, ack);
}

/* What is wrong now is what is suspected; a light has no part that would have to be moved to be tried. */
static cJSON *diagnosis(const Light *light) {
  cJSON *out = cJSON_CreateObject(), *checks = cJSON_AddArrayToObject(out, "checks"), *check = cJSON_CreateObject();
  cJSON *suspects = cJSON_AddArrayToObject(out, "suspects");
  const cJSON *faults = light_value(light, "faults"), *fault;
  cJSON_AddStringToObject(check, "name", "driver");
  cJSON_AddStringToObject(check, "result", cJSON_GetArraySize(faults) == 0 ? "pass" : "fail");
  cJSON_AddItemToArray(checks, check);
  cJSON_ArrayForEach(fault, faults) {
    cJSON *suspect = cJSON_CreateObject();
    cJSON_AddItemToObject(suspect, "component", cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(fault, "component"), 1));
    cJSON_AddItemToObject(suspect, "code", cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(fault, "code"), 1));
    if (cJSON_GetArraySize(suspects) < 8) cJSON_AddItemToArray(suspects, suspect);
    else cJSON_Delete(suspect);
  }
  return out;
}

static bool invoke(Orders *orders, Run *run, const Order *order, Refusal *refusal) {
  const cJSON *schema = affordance(orders->light->description, "actions", order->name);
  if (!schema) return refuse(refusal, "unknown", order->name, "there is no action %.60s", order->name);
  const cJSON *wanted = cJSON_GetObjectItemCaseSensitive(schema, "input");
  const char *term = wanted && order->input ? schema_broken(wanted, order->input) : !wanted && order->input ? "input" : NULL;
  if (term) return refuse(refusal, "schema", order->name, "the input does not fit (%s)", term);
  bool is_long = cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(schema, "synchronous"));
  for (Run *other = is_long ? orders->runs : NULL; other; other = other->next)
    if (other != run && other->is_long && other->ended == 0 && strcmp(other->name, run->name) == 0)
      return refuse(refusal, "state-conflict", order->name, "it is running already");
  tell(orders, run, ack_of(run, "accepted"));
  run->is_long = is_long;
  if (!is_long) {
    complete(orders, run, NULL);
    return true;
  }
  const cJSON *level = cJSON_GetObjectItemCaseSensitive(order->input, "level");
  run->begun = light_passed(orders->light);
  run->ends = run->begun + (cJSON_IsString(level) && strcmp(level->valuestring, "full") == 0 ? FULL : QUICK);
  progress(orders, run, run->begun);
  return true;
}

static bool cancel(Orders *orders, Run *run, const Order *order, Refusal *refusal) {
  Run *target = orders_find(orders, order->name);
  if (!target) return refuse(refusal, "unknown", NULL, "there is no such run");
  if (target->ended > 0 || !target->is_long) return refuse(refusal, "state-conflict", NULL, "it is over");
  tell(orders, run, ack_of(run, "accepted"));
  Refusal stopped;
  refuse(&stopped, "cancelled", NULL, "somebody stopped it");
  end_badly(orders, target, "cancelled", &stopped);
  complete(orders, run, NULL);
  return true;
}

static bool write_values(Orders *orders, Run *run, const cJSON *changes, Refusal *refusal) {
  if (!cJSON_IsObject(changes)) return refuse(refusal, "schema", NULL, "several properties are written as an object");
  if (!light_write(orders->light, changes, refusal)) return false;
  tell(orders, run, ack_of(run, "accepted"));
  complete(orders, run, NULL);
  return true;
}

static bool is_current(const Orders *orders, const Order *order) {
  unsigned long long now = (unsigned long long)orders->light->boot << 32 | (orders->light->seq & 0xFFFFFFFF);
  for (int index = 0; index < order->tag_count; index++)
    if (order->tags[index] == now) return true;
  return !order->conditional;
}

static bool begin(Orders *orders, Run *run, const Order *order, Refusal *refusal) {
  if (order->expires > 0 && order->expires <= light_now(orders->light)) return refuse(refusal, "expired", NULL, "its time had passed");
  if (!is_current(orders, order)) return refuse(refusal, "precondition", NULL, "the state is at seq %lu", (unsigned long)orders->light->seq);
  if (strcmp(order->op, "invokeaction") == 0) return invoke(orders, run, order, refusal);
  if (strcmp(order->op, "cancelaction") == 0) return cancel(orders, run, order, refusal);
  if (strcmp(order->op, "writemultipleproperties") == 0) return write_values(orders, run, order->input, refusal);
  cJSON *changes = cJSON_CreateObject();
  cJSON_AddItemToObject(changes, order->name, cJSON_Duplicate(order->input, 1));
  bool done = write_values(orders, run, changes, refusal);
  cJSON_Delete(changes);
  return done;
}

Run *orders_submit(Orders *orders, const Order *order) {
  forget(orders);
  Run *run = orders_find(orders, order->id);
  if (run) return run;
  run = calloc(1, sizeof *run);
  if (!run) abort();
  snprintf(run->id, sizeof run->id, "%s", order->id);
  snprintf(run->op, sizeof run->op, "%s", order->op);
  snprintf(run->name, sizeof run->name, "%s", order->name);
  run->next = orders->runs;
  orders->runs = run;
  orders->count++;
  Refusal refusal;
  if (!begin(orders, run, order, &refusal))
    end_badly(orders, run, strcmp(refusal.code, "expired") == 0 ? "expired" : "rejected", &refusal);
  return run;
}

void orders_elapse(Orders *orders) {
  double now = light_passed(orders->light);
  for (Run *run = orders->runs; run; run = run->next) {
    if (!run->is_long || run->ended > 0) continue;
    if (now >= run->ends)
      complete(orders, run, diagnosis(orders->light));
    else if (now >= run->next_word)
      progress(orders, run, now);
  }
}

void orders_fail(Orders *orders) {
  Refusal refusal;
  refuse(&refusal, "device-error", NULL, "the power went");
  for (Run *run = orders->runs; run; run = run->next)
    if (run->ended == 0) end_badly(orders, run, "failed", &refusal);
}
