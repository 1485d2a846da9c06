/* Why something is refused: the error object of the standard, and its number on CoAP. */
#ifndef REFUSAL_H
#define REFUSAL_H

#include <cjson/cJSON.h>
#include <stdbool.h>

typedef struct {
  const char *code;
  char detail[160];
  char property[64];
} Refusal;

/* Fills `refusal` in and returns false, so that a check can end with `return refuse(...)`. `property` may be NULL. */
bool refuse(Refusal *refusal, const char *code, const char *property, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The error object, `{"code", "title", "detail", "property"?}`; the caller owns it. */
cJSON *refusal_document(const Refusal *refusal);

/* Class and detail as CoAP writes them in one byte. */
int coap_code_of(const char *code);

#endif
