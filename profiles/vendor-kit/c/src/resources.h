/* The CoAP resources of the light (the standard, "On the wire"). */
#ifndef RESOURCES_H
#define RESOURCES_H

#include <coap3/coap.h>

#include "description.h"
#include "light.h"
#include "orders.h"

typedef struct Resources Resources;

/* Puts every resource into `context`; the light and the orders tell their news to it from then on. */
Resources *resources_open(coap_context_t *context, const char *id, const Description *description, Light *light, Orders *orders);

/* Tells observers what is still to be told, one thing after another; to be called whenever the loop comes round. */
void resources_tell(Resources *resources);

/* Lets go of every resource; the orders were closed before, the context is freed after. */
void resources_close(Resources *resources);

#endif
