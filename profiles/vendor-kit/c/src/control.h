/* The control interface of laboratory firmware: what the judge's hands do, one JSON object a line over a unix socket. */
#ifndef CONTROL_H
#define CONTROL_H

#include "light.h"
#include "orders.h"

/* Listens on `path`; false when it cannot. */
bool control_open(const char *path);

/* Carries out what has come in since; to be called whenever the loop comes round. */
void control_poll(Light *light, Orders *orders, const char *id);

#endif
