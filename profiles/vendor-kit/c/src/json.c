#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const char *at, *end;
} Cursor;

static bool value(Cursor *cursor, int depth);

static void blank(Cursor *cursor) {
  while (cursor->at < cursor->end && strchr(" \t\r\n", *cursor->at) && *cursor->at) cursor->at++;
}

static bool take(Cursor *cursor, char wanted) {
  if (cursor->at >= cursor->end || *cursor->at != wanted) return false;
  cursor->at++;
  return true;
}

static int digits(Cursor *cursor) {
  int count = 0;
  for (; cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++) count++;
  return count;
}

static bool number(Cursor *cursor) {
  const char *begun = cursor->at;
  bool whole = true;
  take(cursor, '-');
  bool zero = cursor->at < cursor->end && *cursor->at == '0';
  int count = digits(cursor);
  if (count == 0 || (zero && count > 1)) return false;
  if (take(cursor, '.')) {
    whole = false;
    if (digits(cursor) == 0) return false;
  }
  if (take(cursor, 'e') || take(cursor, 'E')) {
    whole = false;
    if (!take(cursor, '+')) take(cursor, '-');
    if (digits(cursor) == 0) return false;
  }
  double read = strtod(begun, NULL); /* the text ends with a byte of nought */
  return isfinite(read) && (!whole || (read >= -0x1p63 && read < 0x1p64));
}

static bool utf8(Cursor *cursor) {
  unsigned char first = (unsigned char)*cursor->at++;
  if (first < 0x80) return first >= 0x20;
  int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  if (first < 0xC2 || first > 0xF4) return false;
  unsigned long point = first & (0x3Fu >> more);
  for (; more > 0; more--) {
    if (cursor->at >= cursor->end || ((unsigned char)*cursor->at & 0xC0) != 0x80) return false;
    point = point << 6 | ((unsigned char)*cursor->at++ & 0x3F);
  }
  return !(point >= 0xD800 && point < 0xE000) && point < 0x110000 && !(first == 0xE0 && point < 0x800) &&
         !(first == 0xF0 && point < 0x10000);
}

static bool escape(Cursor *cursor) {
  if (cursor->at >= cursor->end) return false;
  char kind = *cursor->at++;
  if (kind != 'u') return kind && strchr("\"\\/bfnrt", kind);
  for (int count = 0; count < 4; count++, cursor->at++)
    if (cursor->at >= cursor->end || !*cursor->at || !strchr("0123456789abcdefABCDEF", *cursor->at)) return false;
  return strncmp(cursor->at - 4, "0000", 4) != 0; /* a text in C ends at the first of these */
}

static bool string(Cursor *cursor) {
  if (!take(cursor, '"')) return false;
  while (cursor->at < cursor->end && *cursor->at != '"') {
    if (take(cursor, '\\') ? !escape(cursor) : !utf8(cursor)) return false;
  }
  return take(cursor, '"');
}

static bool members(Cursor *cursor, char close, int depth) {
  cursor->at++;
  blank(cursor);
  if (take(cursor, close)) return true;
  do {
    blank(cursor);
    if (close == '}') {
      if (!string(cursor)) return false;
      blank(cursor);
      if (!take(cursor, ':')) return false;
    }
    if (!value(cursor, depth + 1)) return false;
    blank(cursor);
  } while (take(cursor, ','));
  return take(cursor, close);
}

static bool word(Cursor *cursor, const char *text) {
  size_t length = strlen(text);
  if ((size_t)(cursor->end - cursor->at) < length || strncmp(cursor->at, text, length) != 0) return false;
  cursor->at += length;
  return true;
}

static bool value(Cursor *cursor, int depth) {
  blank(cursor);
  if (depth > DEEPEST || cursor->at >= cursor->end) return false;
  switch (*cursor->at) {
    case '{': return members(cursor, '}', depth);
    case '[': return members(cursor, ']', depth);
    case '"': return string(cursor);
    case 't': return word(cursor, "true");
    case 'f': return word(cursor, "false");
    case 'n': return word(cursor, "null");
    default: return number(cursor);
  }
}

bool json_is_sound(const char *text, size_t size) {
  Cursor cursor = {text, text + size};
  if (!value(&cursor, 0)) return false;
  blank(&cursor);
  return cursor.at == cursor.end;
}

cJSON *json_read(const char *text, size_t size) {
  char *copy = malloc(size + 1);
  if (!copy) return NULL;
  memcpy(copy, text, size);
  copy[size] = 0;
  cJSON *read = json_is_sound(copy, size) ? cJSON_Parse(copy) : NULL;
  free(copy);
  return read;
}
