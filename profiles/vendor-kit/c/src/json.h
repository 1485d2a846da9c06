/* JSON as strangers write it: looked at before it is believed. */
#ifndef JSON_H
#define JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* Bytes of one payload that are read, and how deep values may be nested. */
enum { LARGEST_BODY = 16 * 1024, DEEPEST = 16 };

/* Whether `size` bytes are one JSON value by RFC 8259, in UTF-8, with numbers that are finite and at most 64 bits wide.
   cJSON alone takes more: numbers such as 01, control characters, half a surrogate. */
bool json_is_sound(const char *text, size_t size);

/* The value in `size` bytes, or NULL; the caller owns it. */
cJSON *json_read(const char *text, size_t size);

#endif
