#include "light.h"


#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "schema.h"

static const char FACTORY[] =
    "{\"power\":false,\"brightness\":100,\"colourTemperature\":4000,\"transition\":0,"
    "\"faults\":[],\"safeUse\":{\"state\":\"unknown\"},\"life\":{},\"claims\":[],"
    "\"identity\":{\"maker\":\"Example Works\",\"brand\":\"Example\",\"model\":\"EX-L1\",\"hw\":\"A\",\"sw\":\"1.0.0\",\"made\":\"2026-10-01\",\"serialHash\":\"made-at-the-line\"}}"; /* the last one is the unit's own, see the factory chapter of the guide */
static const double EPOCH_2020 = 1577836800;

double light_now(const Light *light) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9 + light->ahead + light->wrong;
}

double light_passed(const Light *light) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9 + light->ahead;
}

void light_stamp(double when, char out[32]) {
  time_t whole = (time_t)floor(when);
  struct tm parts;
  gmtime_r(&whole, &parts);
  char seconds[24];
  strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &parts);
  snprintf(out, 32, "%s.%03dZ", seconds, (int)((when - floor(when)) * 1000));
}

static bool is_setting(const Light *light, const char *name) {
  const cJSON *schema = affordance(light->description, "properties", name);
  return schema && !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(schema, "readOnly"));
}

bool light_is_private(const Light *light, const char *name) {
  const cJSON *schema = affordance(light->description, "properties", name);
  return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(schema, "hl:private"));
}

/* Settings and the count of starts go into a new file that takes the old one's place: a power cut leaves one or the other. */
static void store(const Light *light) {
  if (!light->memory) return;
  cJSON *kept = cJSON_CreateObject();
  cJSON_AddNumberToObject(kept, "boot", light->boot);
  const cJSON *value;
  cJSON_ArrayForEach(value, light->values) {
    if (is_setting(light, value->string)) cJSON_AddItemToObject(kept, value->string, cJSON_Duplicate(value, 1));
  }
  char *text = cJSON_PrintUnformatted(kept), beside[512];
  cJSON_Delete(kept);
  snprintf(beside, sizeof beside, "%s.new", light->memory);
  FILE *file = fopen(beside, "w");
  if (!file || fputs(text, file) < 0 || fflush(file) != 0 || fsync(fileno(file)) != 0) perror(beside);
  if (file && (fclose(file) != 0 || rename(beside, light->memory) != 0)) perror(light->memory);
  cJSON_free(text);
}

static void recall(Light *light) {
  FILE *file = light->memory ? fopen(light->memory, "r") : NULL;
  if (!file) return;
  char text[4096];
  text[fread(text, 1, sizeof text - 1, file)] = 0;
  fclose(file);
  cJSON *kept = cJSON_Parse(text);
  const cJSON *value;
  cJSON_ArrayForEach(value, kept) {
    if (strcmp(value->string, "boot") == 0) light->boot = (uint32_t)value->valuedouble;
    if (is_setting(light, value->string))
      cJSON_ReplaceItemInObjectCaseSensitive(light->values, value->string, cJSON_Duplicate(value, 1));
  }
  cJSON_Delete(kept);
}

void light_start(Light *light) {
  if (!light->values) {
    light->values = cJSON_Parse(FACTORY);
    if (!light->memory) light->boot = (uint32_t)(light_now(light) - EPOCH_2020); /* a count that grows, without a file */
    recall(light);
  }
  light->boot++;
  light->seq = 1;
  light->moved = light_now(light);
  light->powered = true;
  store(light);
}

void light_off(Light *light) { light->powered = false; }

cJSON *light_state(const Light *light) {
  cJSON *state = cJSON_CreateObject();
  const cJSON *value;
  cJSON_ArrayForEach(value, light->values) {
    if (!light_is_private(light, value->string)) cJSON_AddItemToObject(state, value->string, cJSON_Duplicate(value, 1));
  }
  char stamp[32];
  light_stamp(light->moved, stamp);
  cJSON *head = cJSON_AddObjectToObject(state, "$");
  cJSON_AddNumberToObject(head, "boot", light->boot);
  cJSON_AddNumberToObject(head, "seq", (double)light->seq);
  cJSON_AddStringToObject(head, "ts", stamp);
  return state;
}

const cJSON *light_value(const Light *light, const char *name) { return cJSON_GetObjectItemCaseSensitive(light->values, name); }

static bool fits(const Light *light, const cJSON *change, Refusal *refusal) {
  const cJSON *schema = affordance(light->description, "properties", change->string);
  if (!schema) return refuse(refusal, "unknown", change->string, "there is no property %.60s", change->string);
  if (!is_setting(light, change->string)) return refuse(refusal, "read-only", change->string, "it can only be read");
  const char *term = schema_broken(schema, change);
  return !term || refuse(refusal, "schema", change->string, "the value does not fit (%s)", term);
}

static void move(Light *light) {
  light->seq++;
  light->moved = light_now(light);
}

bool light_write(Light *light, const cJSON *changes, Refusal *refusal) {
  const cJSON *change;
  if (!changes->child) return refuse(refusal, "schema", NULL, "a write of nothing");
  cJSON_ArrayForEach(change, changes) {
    if (!fits(light, change, refusal)) return false;
  }
  bool moved = false;
  cJSON_ArrayForEach(change, changes) {
    const cJSON *held = light_value(light, change->string);
    if (cJSON_Compare(held, change, 1)) continue;
    cJSON_ReplaceItemInObjectCaseSensitive(light->values, change->string, cJSON_Duplicate(change, 1));
    if (!moved) move(light);
    moved = true;
    light->changed(light->who, change->string);
  }
  if (moved) store(light);
  return true;
}

static void happen(Light *light, const char *event, const cJSON *data) {
  move(light);
  char stamp[32];
  light_stamp(light->moved, stamp);
  cJSON *told = cJSON_Duplicate(data, 1);
  cJSON_AddNumberToObject(told, "seq", (double)light->seq);
  cJSON_AddNumberToObject(told, "boot", light->boot);
  cJSON_AddStringToObject(told, "ts", stamp);
  light->changed(light->who, NULL);
  light->happened(light->who, event, told);
  cJSON_Delete(told);
}

/* Whether the part before the first dot is one of those the standard has; any other code is ours alone. */
static bool is_common(const char *code) {
  static const char WORDS[] = " MAINS WATER GAS THERMAL REFRIG MOTION DOOR SENSOR HEATER FAN PUMP DISPLAY COMM CONSUMABLE BATTERY SAFETY SOFTWARE LIFE CLAIM VENDOR ";
  const char *dot = strchr(code, '.');
  char word[32];
  if (!dot || !dot[1]) return false;
  snprintf(word, sizeof word, " %.*s ", (int)(dot - code), code);
  return strstr(WORDS, word) != NULL;
}

/* What can be wrong with a light, of the common codes; of any other we know that it is an error. */
static const struct {
  const char *code, *own, *severity, *component;
} KNOWN[] = {
    {"MAINS.UNDERVOLTAGE", "L-01", "warning", "supply"},    {"MAINS.OVERVOLTAGE", "L-02", "error", "supply"},
    {"THERMAL.LAMP-HOT", "L-03", "warning", "led-module"},  {"SOFTWARE.RESTARTED", "L-04", "info", "controller"},
    {"LIFE.TERM-OVER", "L-05", "warning", "appliance"},
};

static void describe_fault(cJSON *fault, const char *code) {
  const char *own = code, *severity = strncmp(code, "SAFETY.", 7) == 0 ? "critical" : "error", *component = "unknown";
  for (size_t row = 0; row < sizeof KNOWN / sizeof *KNOWN; row++) {
    if (strcmp(KNOWN[row].code, code) != 0) continue;
    own = KNOWN[row].own;
    severity = KNOWN[row].severity;
    component = KNOWN[row].component;
  }
  cJSON_AddStringToObject(fault, "code", is_common(code) ? code : "VENDOR.UNKNOWN");
  cJSON_AddStringToObject(fault, "vendor", own); /* the maker's own code always travels beside the common one */
  cJSON_AddStringToObject(fault, "severity", severity);
  cJSON_AddStringToObject(fault, "component", component);
  cJSON_AddBoolToObject(fault, "latched", strcmp(severity, "critical") == 0);
}

static int fault_index(const cJSON *faults, const char *code) {
  const cJSON *fault;
  int index = 0;
  cJSON_ArrayForEach(fault, faults) {
    const char *held = cJSON_GetObjectItemCaseSensitive(fault, is_common(code) ? "code" : "vendor")->valuestring;
    if (strcmp(held, code) == 0) return index;
    index++;
  }
  return -1;
}

void light_fault(Light *light, const char *code, bool clear) {
  cJSON *faults = cJSON_GetObjectItemCaseSensitive(light->values, "faults");
  int index = fault_index(faults, code);
  if (clear == (index < 0)) return;
  cJSON *fault;
  if (clear) {
    fault = cJSON_DetachItemFromArray(faults, index);
  } else {
    char stamp[32];
    light_stamp(light_now(light), stamp);
    fault = cJSON_CreateObject();
    describe_fault(fault, code);
    cJSON_AddStringToObject(fault, "since", stamp);
    cJSON_AddItemToArray(faults, cJSON_Duplicate(fault, 1));
  }
  move(light);
  light->changed(light->who, "faults");
  happen(light, clear ? "faultCleared" : "faultRaised", fault);
  cJSON_Delete(fault);
}
