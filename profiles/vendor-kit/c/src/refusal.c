#include "refusal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CODE(class, detail) ((class) << 5 | (detail))

static const struct {
  const char *code;
  int coap;
  const char *title;
} TABLE[] = {
    {"bad-syntax", CODE(4, 0), "This cannot be read"},
    {"unknown", CODE(4, 4), "There is no such thing"},
    {"read-only", CODE(4, 5), "This can only be read"},
    {"not-acceptable", CODE(4, 6), "Not offered in this format"},
    {"state-conflict", CODE(4, 9), "Not in this state"},
    {"expired", CODE(4, 9), "It came too late"},
    {"cancelled", CODE(4, 9), "It was stopped"},
    {"precondition", CODE(4, 12), "The state has moved on"},
    {"too-large", CODE(4, 13), "More than fits in here"},
    {"bad-format", CODE(4, 15), "This format is not understood"},
    {"schema", CODE(4, 22), "The value does not fit"},
    {"rate", CODE(4, 29), "Too many requests"},
    {"device-error", CODE(5, 2), "The appliance could not do it"},
};

bool refuse(Refusal *refusal, const char *code, const char *property, const char *format, ...) {
  refusal->code = code;
  snprintf(refusal->property, sizeof refusal->property, "%s", property ? property : "");
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(refusal->detail, sizeof refusal->detail, format, arguments);
  va_end(arguments);
  return false;
}

static int row_of(const char *code) {
  for (int row = 0; row < (int)(sizeof TABLE / sizeof *TABLE); row++)
    if (strcmp(TABLE[row].code, code) == 0) return row;
  return (int)(sizeof TABLE / sizeof *TABLE) - 1;
}

cJSON *refusal_document(const Refusal *refusal) {
  cJSON *body = cJSON_CreateObject();
  cJSON_AddStringToObject(body, "code", refusal->code);
  cJSON_AddStringToObject(body, "title", TABLE[row_of(refusal->code)].title);
  cJSON_AddStringToObject(body, "detail", refusal->detail);
  if (refusal->property[0]) cJSON_AddStringToObject(body, "property", refusal->property);
  return body;
}

int coap_code_of(const char *code) { return TABLE[row_of(code)].coap; }
