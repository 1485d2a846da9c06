#include "description.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "light_td.h"

static uint64_t hash_of(const char *text, uint64_t seed) {
  uint64_t hash = 0xcbf29ce484222325u ^ seed;
  for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
  return hash;
}

/* A name by which this unit is told from others, the same at every start (RFC 9562, version 8: made from the id). */
static void uuid_of(const char *id, char *out, size_t size) {
  uint64_t one = hash_of(id, 1), other = hash_of(id, 2);
  snprintf(out, size, "%08lx-%04lx-8%03lx-%04lx-%012lx", (unsigned long)(one >> 32), (unsigned long)(one >> 16 & 0xFFFF),
           (unsigned long)(one & 0xFFF), (unsigned long)((other >> 48 & 0x3FFF) | 0x8000), (unsigned long)(other & 0xFFFFFFFFFFFF));
}

/* `text` with every `blank` replaced; `text` is freed. */
static char *filled(char *text, const char *blank, const char *value) {
  size_t size = strlen(text) + 1;
  for (const char *at = text; (at = strstr(at, blank)); at++) size += strlen(value);
  char *made = calloc(1, size), *out = made;
  if (!made) abort();
  const char *rest = text, *at;
  while ((at = strstr(rest, blank))) {
    out += sprintf(out, "%.*s%s", (int)(at - rest), rest, value);
    rest = at + strlen(blank);
  }
  strcpy(out, rest);
  free(text);
  return made;
}

Description description_of(const char *id, const char *title, const char *base) {
  Description description = {0};
  char uuid[40];
  uuid_of(id, uuid, sizeof uuid);
  cJSON *template = cJSON_Parse((const char *)light_td);
  char *text = template ? cJSON_PrintUnformatted(template) : NULL;
  cJSON_Delete(template);
  if (!text) abort();
  text = filled(text, "{{DEVICE_UUID}}", uuid);
  text = filled(text, "{{TITLE}}", title);
  text = filled(text, "{{BASE}}", base);
  description.text = text;
  description.parsed = cJSON_Parse(text);
  if (!description.parsed) abort();
  description.tag = hash_of(text, 0);
  snprintf(description.base, sizeof description.base, "urn:uuid:%s:", uuid);
  return description;
}

const cJSON *affordance(const Description *description, const char *section, const char *name) {
  return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(description->parsed, section), name);
}

void description_free(Description *description) {
  free(description->text);
  cJSON_Delete(description->parsed);
}
