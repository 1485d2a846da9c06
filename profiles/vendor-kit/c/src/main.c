/* A light that speaks the Hulian profile over CoAP: an example to copy.

     hulian-light --id example-light-1 --address 127.0.0.9 --port 5683 [--title TEXT] [--state FILE] [--control SOCKET]
*/
#include <arpa/inet.h>
#include <coap3/coap.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "resources.h"

enum { TICK_MS = 50 };
static volatile sig_atomic_t stopped;

static void stop(int number) {
  (void)number;
  stopped = 1;
}

typedef struct {
  const char *id, *title, *address, *state, *control;
  int port;
} Options;

static void usage(void) {
  fprintf(stderr, "hulian-light --id ID --address IPV4 [--port 5683] [--title TEXT] [--state FILE] [--control SOCKET]\n");
  exit(2);
}

static Options options_of(int count, char **words) {
  Options options = {"example-light-1", "Example light", "127.0.0.1", NULL, NULL, COAP_DEFAULT_PORT};
  for (int index = 1; index + 1 < count; index += 2) {
    const char *word = words[index], *value = words[index + 1];
    if (strcmp(word, "--id") == 0) options.id = value;
    else if (strcmp(word, "--title") == 0) options.title = value;
    else if (strcmp(word, "--address") == 0) options.address = value;
    else if (strcmp(word, "--port") == 0) options.port = atoi(value);
    else if (strcmp(word, "--state") == 0) options.state = value;
    else if (strcmp(word, "--control") == 0) options.control = value;
    else usage();
  }
  if (count % 2 == 0) usage();
  return options;
}

static coap_endpoint_t *listening(coap_context_t *context, const Options *options) {
  coap_address_t where;
  coap_address_init(&where);
  where.size = sizeof where.addr.sin;
  where.addr.sin.sin_family = AF_INET;
  where.addr.sin.sin_port = htons((uint16_t)options->port);
  if (inet_pton(AF_INET, options->address, &where.addr.sin.sin_addr) != 1) usage();
  return coap_new_endpoint(context, &where, COAP_PROTO_UDP);
}

/* libcoap shares an address without a word (SO_REUSEADDR), and two lights there would answer by turns: so it is looked at first. */
static bool can_be_had(const Options *options) {
  struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
  if (options->port < 1 || options->port > 65535 || inet_pton(AF_INET, options->address, &where.sin_addr) != 1) usage();
  int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  bool had = probe >= 0 && bind(probe, (struct sockaddr *)&where, sizeof where) == 0;
  int why = errno;
  if (probe >= 0) close(probe);
  if (had) return true;
  if (why == EADDRINUSE)
    fprintf(stderr, "%s:%d is taken: another program listens there; `ss -lunp` shows which\n", options->address, options->port);
  else
    fprintf(stderr, "%s:%d cannot be had: %s\n", options->address, options->port, strerror(why));
  return false;
}

/* A light without power answers nobody; one that is back is a new start for everybody who observed it. */
static coap_endpoint_t *follow_power(coap_context_t *context, coap_endpoint_t *endpoint, const Options *options, const Light *light) {
  if (light->powered == (endpoint != NULL)) return endpoint;
  if (endpoint) {
    coap_free_endpoint(endpoint);
    return NULL;
  }
  return listening(context, options);
}

int main(int count, char **words) {
  Options options = options_of(count, words);
  if (!can_be_had(&options)) return 2;
  char base[64];
  if (options.port == COAP_DEFAULT_PORT) snprintf(base, sizeof base, "coap://%s", options.address);
  else snprintf(base, sizeof base, "coap://%s:%d", options.address, options.port);
  Description description = description_of(options.id, options.title, base);
  Light light = {.description = &description, .memory = options.state};
  Orders orders = {.light = &light};
  coap_startup();
  coap_set_log_level(LOG_ERR);
  coap_context_t *context = coap_new_context(NULL);
  coap_context_set_block_mode(context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  Resources *resources = resources_open(context, options.id, &description, &light, &orders);
  light_start(&light);
  coap_endpoint_t *endpoint = listening(context, &options);
  if (!endpoint) {
    fprintf(stderr, "%s:%d cannot be had\n", options.address, options.port);
    return 2;
  }
  if (options.control && !control_open(options.control)) {
    if (errno == EADDRINUSE)
      fprintf(stderr, "%s is taken: another program listens there (`ss -lxp` shows which), or a file has that name\n", options.control);
    else
      fprintf(stderr, "%s cannot be had: %s\n", options.control, strerror(errno));
    return 2;
  }
  signal(SIGINT, stop);
  signal(SIGTERM, stop);
  signal(SIGPIPE, SIG_IGN);
  printf("{\"ready\":{\"id\":\"%s\",\"kind\":\"light\",\"address\":\"%s\",\"port\":%d}}\n", options.id, options.address, options.port);
  fflush(stdout);
  while (!stopped) {
    coap_io_process(context, TICK_MS);
    control_poll(&light, &orders, options.id);
    endpoint = follow_power(context, endpoint, &options, &light);
    if (light.powered) orders_elapse(&orders);
    resources_tell(resources);
  }
  orders_close(&orders);
  resources_close(resources);
  coap_free_context(context);
  cJSON_Delete(light.values);
  description_free(&description);
  coap_cleanup();
  return 0;
}
