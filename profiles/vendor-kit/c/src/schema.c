#include "schema.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static bool has_type(const char *type, const cJSON *value) {
  if (strcmp(type, "boolean") == 0) return cJSON_IsBool(value);
  if (strcmp(type, "integer") == 0) return cJSON_IsNumber(value) && value->valuedouble == floor(value->valuedouble);
  if (strcmp(type, "number") == 0) return cJSON_IsNumber(value);
  if (strcmp(type, "string") == 0) return cJSON_IsString(value);
  if (strcmp(type, "array") == 0) return cJSON_IsArray(value);
  return cJSON_IsObject(value);
}

static double number_of(const cJSON *schema, const char *term, double otherwise) {
  const cJSON *found = cJSON_GetObjectItemCaseSensitive(schema, term);
  return cJSON_IsNumber(found) ? found->valuedouble : otherwise;
}

static const char *number_broken(const cJSON *schema, double value) {
  double step = number_of(schema, "multipleOf", 0);
  if (value < number_of(schema, "minimum", value)) return "minimum";
  if (value > number_of(schema, "maximum", value)) return "maximum";
  return step > 0 && fmod(value, step) != 0 ? "multipleOf" : NULL;
}

/* Letters are counted as Unicode has them, not as bytes. */
static const char *text_broken(const cJSON *schema, const char *text) {
  double letters = 0;
  for (; *text; text++) letters += ((unsigned char)*text & 0xC0) != 0x80;
  return letters > number_of(schema, "maxLength", 1024) ? "maxLength" : NULL;
}

static const char *list_broken(const cJSON *schema, const cJSON *value) {
  const cJSON *items = cJSON_GetObjectItemCaseSensitive(schema, "items"), *item;
  if (cJSON_GetArraySize(value) > number_of(schema, "maxItems", 256)) return "maxItems";
  cJSON_ArrayForEach(item, value) {
    const char *term = items ? schema_broken(items, item) : NULL;
    if (term) return term;
  }
  return NULL;
}

static const char *object_broken(const cJSON *schema, const cJSON *value) {
  const cJSON *known = cJSON_GetObjectItemCaseSensitive(schema, "properties"), *item;
  cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(schema, "required")) {
    if (!cJSON_GetObjectItemCaseSensitive(value, item->valuestring)) return "required";
  }
  cJSON_ArrayForEach(item, value) {
    const cJSON *body = cJSON_GetObjectItemCaseSensitive(known, item->string);
    if (!body) return "additionalProperties"; /* a typing error must not pass for success */
    const char *term = schema_broken(body, item);
    if (term) return term;
  }
  return NULL;
}

const char *schema_broken(const cJSON *schema, const cJSON *value) {
  const cJSON *type = cJSON_GetObjectItemCaseSensitive(schema, "type"), *word;
  const cJSON *words = cJSON_GetObjectItemCaseSensitive(schema, "enum");
  if (cJSON_IsString(type) && !has_type(type->valuestring, value)) return "type";
  if (words) {
    bool listed = false;
    cJSON_ArrayForEach(word, words) listed = listed || cJSON_Compare(word, value, 1);
    if (!listed) return "enum";
  }
  if (cJSON_IsNumber(value)) return number_broken(schema, value->valuedouble);
  if (cJSON_IsString(value)) return text_broken(schema, value->valuestring);
  if (cJSON_IsArray(value)) return list_broken(schema, value);
  return cJSON_IsObject(value) ? object_broken(schema, value) : NULL;
}
