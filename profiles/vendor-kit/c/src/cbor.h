/* CBOR (RFC 8949) as far as JSON goes, and SenML packs (RFC 8428) in both forms. */
#ifndef CBOR_H
#define CBOR_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint8_t *data;
  size_t size;
} Bytes;

/* The bytes of a value; `data` is the caller's. */
Bytes cbor_write(const cJSON *value);

/* The value in `size` bytes, or NULL: tags, byte strings and keys that are no text have no place here. */
cJSON *cbor_read(const uint8_t *data, size_t size);

/* Adds the record of one value to `pack`; what is neither boolean, number nor text has none, and false is returned. */
int senml_add(cJSON *pack, const char *base, const char *name, const cJSON *value, const char *unit);

/* The bytes of a pack in CBOR, where labels are numbers. */
Bytes senml_cbor(const cJSON *pack);

#endif
