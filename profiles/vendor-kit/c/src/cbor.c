#include "cbor.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

/* Writing */

static void append(Bytes *bytes, const void *data, size_t size) {
  uint8_t *grown = realloc(bytes->data, bytes->size + size + 1);
  if (!grown) abort();
  memcpy(grown + bytes->size, data, size);
  bytes->data = grown;
  bytes->size += size;
}

static void head(Bytes *bytes, int major, uint64_t number) {
  int width = number < 24 ? 0 : number < 1u << 8 ? 1 : number < 1u << 16 ? 2 : number < 1ull << 32 ? 4 : 8;
  static const uint8_t INFO[] = {0, 24, 25, 0, 26, 0, 0, 0, 27};
  uint8_t buffer[9] = {(uint8_t)(major << 5 | (width ? INFO[width] : (int)number))};
  for (int index = 0; index < width; index++) buffer[1 + index] = (uint8_t)(number >> 8 * (width - 1 - index));
  append(bytes, buffer, 1 + (size_t)width);
}

static void write_number(Bytes *bytes, double number) {
  if (number == floor(number) && fabs(number) < 0x1p53) {
    head(bytes, number < 0, (uint64_t)(number < 0 ? -1 - number : number));
    return;
  }
  uint64_t bits;
  memcpy(&bits, &number, sizeof bits);
  uint8_t buffer[9] = {0xFB};
  for (int index = 0; index < 8; index++) buffer[1 + index] = (uint8_t)(bits >> 8 * (7 - index));
  append(bytes, buffer, sizeof buffer);
}

static void write_text(Bytes *bytes, const char *text) {
  head(bytes, 3, strlen(text));
  append(bytes, text, strlen(text));
}

static void write_value(Bytes *bytes, const cJSON *value) {
  if (cJSON_IsNumber(value)) {
    write_number(bytes, value->valuedouble);
  } else if (cJSON_IsString(value)) {
    write_text(bytes, value->valuestring);
  } else if (cJSON_IsArray(value) || cJSON_IsObject(value)) {
    head(bytes, cJSON_IsArray(value) ? 4 : 5, (uint64_t)cJSON_GetArraySize(value));
    const cJSON *item;
    cJSON_ArrayForEach(item, value) {
      if (cJSON_IsObject(value)) write_text(bytes, item->string);
      write_value(bytes, item);
    }
  } else {
    append(bytes, cJSON_IsTrue(value) ? "\xF5" : cJSON_IsFalse(value) ? "\xF4" : "\xF6", 1);
  }
}

Bytes cbor_write(const cJSON *value) {
  Bytes bytes = {NULL, 0};
  write_value(&bytes, value);
  return bytes;
}

/* Reading */

typedef struct {
  const uint8_t *at, *end;
} Source;

static cJSON *read_value(Source *source, int depth);

static bool read_count(Source *source, int info, uint64_t *number) {
  if (info < 24) {
    *number = (uint64_t)info;
    return true;
  }
  if (info > 27 || source->end - source->at < 1 << (info - 24)) return false;
  *number = 0;
  for (int left = 1 << (info - 24); left > 0; left--) *number = *number << 8 | *source->at++;
  return true;
}

static cJSON *read_float(Source *source, int info) {
  uint64_t bits;
  if (!read_count(source, info, &bits)) return NULL;
  double number;
  if (info == 27) {
    memcpy(&number, &bits, sizeof number);
  } else if (info == 26) {
    uint32_t narrow = (uint32_t)bits;
    float single;
    memcpy(&single, &narrow, sizeof single);
    number = (double)single;
  } else {
    int exponent = (int)(bits >> 10 & 31), mantissa = (int)(bits & 1023);
    number = exponent == 0 ? ldexp(mantissa, -24) : exponent == 31 ? (double)INFINITY : ldexp(mantissa + 1024, exponent - 25);
    if (bits & 0x8000) number = -number;
  }
  return isfinite(number) ? cJSON_CreateNumber(number) : NULL;
}

static char *read_text(Source *source, uint64_t size) {
  if (size > (uint64_t)(source->end - source->at) || memchr(source->at, 0, (size_t)size)) return NULL;
  char *text = malloc((size_t)size + 1);
  if (!text) return NULL;
  memcpy(text, source->at, (size_t)size);
  text[size] = 0;
  source->at += size;
  return text;
}

static char *read_string(Source *source) {
  uint64_t size;
  if (source->at >= source->end || *source->at >> 5 != 3) return NULL;
  int info = *source->at++ & 31;
  return read_count(source, info, &size) ? read_text(source, size) : NULL;
}

static bool read_members(Source *source, cJSON *into, uint64_t count, bool open, int depth) {
  for (uint64_t index = 0; open || index < count; index++) {
    if (open && source->at < source->end && *source->at == 0xFF) {
      source->at++;
      return true;
    }
    char *name = cJSON_IsObject(into) ? read_string(source) : NULL;
    if (cJSON_IsObject(into) && !name) return false;
    cJSON *item = read_value(source, depth + 1);
    if (item && name)
      cJSON_AddItemToObject(into, name, item);
    else if (item)
      cJSON_AddItemToArray(into, item);
    free(name);
    if (!item) return false;
  }
  return true;
}

static cJSON *read_many(Source *source, int major, int info, int depth) {
  uint64_t count = 0;
  bool open = info == 31;
  if (!open && (!read_count(source, info, &count) || count > (uint64_t)(source->end - source->at))) return NULL;
  cJSON *into = major == 4 ? cJSON_CreateArray() : cJSON_CreateObject();
  if (read_members(source, into, count, open, depth)) return into;
  cJSON_Delete(into);
  return NULL;
}

static cJSON *read_value(Source *source, int depth) {
  if (depth > DEEPEST || source->at >= source->end) return NULL;
  int major = *source->at >> 5, info = *source->at & 31;
  if (major == 3) {
    char *text = read_string(source);
    cJSON *read = text ? cJSON_CreateString(text) : NULL;
    free(text);
    return read;
  }
  source->at++;
  uint64_t number;
  switch (major) {
    case 0:
    case 1:
      if (!read_count(source, info, &number)) return NULL;
      return cJSON_CreateNumber(major ? -1.0 - (double)number : (double)number);
    case 4:
    case 5: return read_many(source, major, info, depth);
    case 7:
      if (info >= 25 && info <= 27) return read_float(source, info);
      return info == 20 ? cJSON_CreateFalse() : info == 21 ? cJSON_CreateTrue() : info == 22 ? cJSON_CreateNull() : NULL;
    default: return NULL;
  }
}

/* Whether every text is UTF-8: the printed value is looked at as if a stranger had sent it. */
static bool texts_are_sound(const cJSON *value) {
  char *printed = cJSON_PrintUnformatted(value);
  bool sound = printed && json_is_sound(printed, strlen(printed));
  cJSON_free(printed);
  return sound;
}

cJSON *cbor_read(const uint8_t *data, size_t size) {
  Source source = {data, data + size};
  cJSON *read = read_value(&source, 0);
  if (read && (source.at != source.end || !texts_are_sound(read))) {
    cJSON_Delete(read);
    return NULL;
  }
  return read;
}

/* SenML */

int senml_add(cJSON *pack, const char *base, const char *name, const cJSON *value, const char *unit) {
  const char *label = cJSON_IsBool(value) ? "vb" : cJSON_IsNumber(value) ? "v" : cJSON_IsString(value) ? "vs" : NULL;
  if (!label) return 0;
  cJSON *record = cJSON_CreateObject();
  if (cJSON_GetArraySize(pack) == 0) cJSON_AddStringToObject(record, "bn", base);
  cJSON_AddStringToObject(record, "n", name);
  if (unit) cJSON_AddStringToObject(record, "u", unit);
  cJSON_AddItemToObject(record, label, cJSON_Duplicate(value, 1));
  cJSON_AddItemToArray(pack, record);
  return 1;
}

Bytes senml_cbor(const cJSON *pack) {
  static const struct {
    const char *label;
    uint8_t key;
  } LABELS[] = {{"bn", 0x21}, {"n", 0}, {"u", 1}, {"v", 2}, {"vs", 3}, {"vb", 4}};
  Bytes bytes = {NULL, 0};
  head(&bytes, 4, (uint64_t)cJSON_GetArraySize(pack));
  const cJSON *record, *item;
  cJSON_ArrayForEach(record, pack) {
    head(&bytes, 5, (uint64_t)cJSON_GetArraySize(record));
    cJSON_ArrayForEach(item, record) {
      for (size_t row = 0; row < sizeof LABELS / sizeof *LABELS; row++)
        if (strcmp(LABELS[row].label, item->string) == 0) append(&bytes, &LABELS[row].key, 1);
      write_value(&bytes, item);
    }
  }
  return bytes;
}
