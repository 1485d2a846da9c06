#include "resources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cbor.h"
#include "json.h"

enum { LINKS = 40, JSON = 50, MERGE_PATCH = 52, CBOR = 60, SENML_JSON = 110, SENML_CBOR = 112, TD = 432, NONE = -1 };
enum { STATE_AGE = 60, DESCRIPTION_AGE = 3600, MOST_PLACES = 64, MOST_NEWS = 512, MOST_CLIENTS = 64 };
static const double BURST = 400, STEADY = 200; /* requests at once, and a second, of one client */

typedef enum { CORE, DEVICES, DESCRIPTION, STATE, PROPERTY, ACTION, EVENT, ACK, RUN, NOTHING } Kind;

/* One resource. `shown`: the event or ack that is told, or was told last. */
typedef struct {
  Kind kind;
  char name[LONGEST_ID_BYTES];
  char *shown;
  coap_resource_t *resource;
} Place;

typedef struct {
  Place *place;
  char *text;
} News;

typedef struct {
  coap_address_t who;
  double held, at;
} Bucket;

struct Resources {
  coap_context_t *context;
  const char *id;
  const Description *description;
  Light *light;
  Orders *orders;
  Place *places[MOST_PLACES];
  int count;
  Place nothing, *alias;
  News news[MOST_NEWS];
  unsigned first, waiting;
  Bucket buckets[MOST_CLIENTS];
  int clients;
};

static Resources *ours; /* libcoap hands a handler its resource only */

/* Answering */

static void release(coap_session_t *session, void *data) {
  (void)session;
  free(data);
}

typedef struct {
  coap_resource_t *resource;
  coap_session_t *session;
  const coap_pdu_t *request;
  const coap_string_t *query;
  coap_pdu_t *response;
} Exchange;

/* `data` comes from malloc and is freed when it has been sent. */
static void answer(const Exchange *exchange, int code, int form, uint8_t *data, size_t size, int age, uint64_t tag) {
  uint8_t buffer[8];
  coap_pdu_set_code(exchange->response, (coap_pdu_code_t)code);
  /* libcoap 4.3.1 sends the tag it is given only with bodies of several blocks. */
  if (tag) coap_add_option(exchange->response, COAP_OPTION_ETAG, coap_encode_var_safe8(buffer, sizeof buffer, tag), buffer);
  coap_add_data_large_response(exchange->resource, exchange->session, exchange->request, exchange->response, exchange->query,
                               (uint16_t)form, age, tag, size, data, release, data);
}

static void answer_value(const Exchange *exchange, int code, const cJSON *value, int form, int age, uint64_t tag) {
  if (form == CBOR || form == SENML_CBOR) {
    Bytes bytes = form == CBOR ? cbor_write(value) : senml_cbor(value);
    answer(exchange, code, form, bytes.data, bytes.size, age, tag);
  } else {
    char *text = cJSON_PrintUnformatted(value);
    answer(exchange, code, form, (uint8_t *)text, strlen(text), age, tag);
  }
}

static void answer_text(const Exchange *exchange, const char *text, int form) {
  cJSON *value = form == CBOR ? cJSON_Parse(text) : NULL;
  if (value) {
    answer_value(exchange, COAP_RESPONSE_CODE_CONTENT, value, form, 0, 0);
    cJSON_Delete(value);
  } else {
    answer(exchange, COAP_RESPONSE_CODE_CONTENT, form, (uint8_t *)strdup(text), strlen(text), 0, 0);
  }
}

static void add_number(coap_pdu_t *response, coap_option_num_t option, unsigned number) {
  uint8_t buffer[4];
  coap_add_option(response, option, coap_encode_var_safe(buffer, sizeof buffer, number), buffer);
}

static void answer_error(const Exchange *exchange, const cJSON *error) {
  const char *code = cJSON_GetObjectItemCaseSensitive(error, "code")->valuestring;
  char *text = cJSON_PrintUnformatted(error);
  coap_pdu_set_code(exchange->response, (coap_pdu_code_t)coap_code_of(code));
  add_number(exchange->response, COAP_OPTION_CONTENT_FORMAT, JSON);
  if (strcmp(code, "rate") == 0) add_number(exchange->response, COAP_OPTION_MAXAGE, 1);
  coap_add_data(exchange->response, strlen(text), (const uint8_t *)text);
  cJSON_free(text);
}

static void answer_refusal(const Exchange *exchange, const Refusal *refusal) {
  cJSON *error = refusal_document(refusal);
  answer_error(exchange, error);
  cJSON_Delete(error);
}

/* What a request says */

static int number_option(const coap_pdu_t *request, coap_option_num_t option) {
  coap_opt_iterator_t iterator;
  const coap_opt_t *found = coap_check_option(request, option, &iterator);
  return found ? (int)coap_decode_var_bytes(coap_opt_value(found), coap_opt_length(found)) : NONE;
}

/* The first value of `?name=value`, cut to fit; false where there is none. */
static bool argument(const coap_pdu_t *request, const char *name, char *out, size_t size) {
  coap_opt_iterator_t iterator;
  coap_opt_filter_t filter;
  coap_option_filter_clear(&filter);
  coap_option_filter_set(&filter, COAP_OPTION_URI_QUERY);
  coap_option_iterator_init(request, &iterator, &filter);
  const coap_opt_t *option;
  size_t length = strlen(name);
  while ((option = coap_option_next(&iterator))) {
    const char *text = (const char *)coap_opt_value(option);
    size_t whole = coap_opt_length(option);
    if (whole <= length || strncmp(text, name, length) != 0 || text[length] != '=') continue;
    snprintf(out, size, "%.*s", (int)(whole - length - 1), text + length + 1);
    return true;
  }
  return false;
}

/* The format to answer in: the first of `offered` where nothing is asked for, NONE for one that is not offered. */
static int chosen(const coap_pdu_t *request, const int *offered) {
  int wanted = number_option(request, COAP_OPTION_ACCEPT);
  if (wanted == NONE) return offered[0];
  for (; *offered != NONE; offered++)
    if (*offered == wanted) return wanted;
  return NONE;
}

static bool names_tag(const coap_pdu_t *request, uint64_t tag) {
  coap_opt_iterator_t iterator;
  coap_opt_filter_t filter;
  coap_option_filter_clear(&filter);
  coap_option_filter_set(&filter, COAP_OPTION_ETAG);
  coap_option_iterator_init(request, &iterator, &filter);
  const coap_opt_t *option;
  while ((option = coap_option_next(&iterator)))
    if (coap_decode_var_bytes8(coap_opt_value(option), coap_opt_length(option)) == tag) return true;
  return false;
}

/* Showing */

static uint64_t state_tag(const Light *light) { return (uint64_t)light->boot << 32 | (light->seq & 0xFFFFFFFF); }

/* Answers with a value that has a tag: 2.03 for a client that has it already. */
static void show(const Exchange *exchange, const cJSON *value, int form, int age, uint64_t tag) {
  if (number_option(exchange->request, COAP_OPTION_OBSERVE) == NONE && names_tag(exchange->request, tag)) {
    uint8_t buffer[8];
    coap_pdu_set_code(exchange->response, COAP_RESPONSE_CODE_VALID);
    coap_add_option(exchange->response, COAP_OPTION_ETAG, coap_encode_var_safe8(buffer, sizeof buffer, tag), buffer);
    add_number(exchange->response, COAP_OPTION_MAXAGE, (unsigned)age);
    return;
  }
  answer_value(exchange, COAP_RESPONSE_CODE_CONTENT, value, form, age, tag);
}

static void pack_one(cJSON *pack, const cJSON *value, const char *name) {
  const cJSON *unit = cJSON_GetObjectItemCaseSensitive(affordance(ours->description, "properties", name), "unit");
  senml_add(pack, ours->description->base, name, value, cJSON_IsString(unit) ? unit->valuestring : NULL);
}

static void show_state(const Exchange *exchange, int form) {
  cJSON *state = light_state(ours->light), *pack = NULL;
  if (form == SENML_JSON || form == SENML_CBOR) {
    const cJSON *value;
    pack = cJSON_CreateArray();
    cJSON_ArrayForEach(value, state) pack_one(pack, value, value->string);
  }
  show(exchange, pack ? pack : state, form, STATE_AGE, state_tag(ours->light));
  cJSON_Delete(pack);
  cJSON_Delete(state);
}

static void show_property(const Exchange *exchange, const char *name, const cJSON *value, int form) {
  cJSON *pack = NULL;
  if (form == SENML_JSON || form == SENML_CBOR) pack_one(pack = cJSON_CreateArray(), value, name);
  show(exchange, pack ? pack : value, form, STATE_AGE, state_tag(ours->light));
  cJSON_Delete(pack);
}

static bool has_links(const Place *place) { return place->kind != CORE && place->kind != ACTION && place->kind != RUN && place->kind != NOTHING; }

static const char *path_of(const Place *place) {
  return (const char *)coap_resource_get_uri_path(place->resource)->s;
}

static void link_text(const Place *place, char *out, size_t size) {
  switch (place->kind) {
    case DEVICES: snprintf(out, size, "</d>;rt=\"hl.devices\";ct=\"50 60 40\""); break;
    case DESCRIPTION: snprintf(out, size, "</d/self/td>;rt=\"wot.thing\";ep=\"%s\";ct=\"432 50 60\"", ours->id); break;
    case STATE: snprintf(out, size, "</d/self/s>;rt=\"hl.state\";ct=\"50 60 110 112\";obs"); break;
    case ACK: snprintf(out, size, "</d/self/ack>;rt=\"hl.ack\";ct=\"50 60\";obs"); break;
    default: snprintf(out, size, "</%s>;rt=\"%s\";obs", path_of(place), place->kind == EVENT ? "hl.event" : "hl.property");
  }
}

/* Whether a link has what a client asks for, `name=value` (RFC 6690, 4.1): one word of it, or a beginning before `*`. */
static bool link_fits(const Place *place, const char *text, const char *query, size_t size) {
  const char *equals = memchr(query, '=', size);
  if (!equals) return true;
  char mark[64], held[256], wanted[128];
  snprintf(wanted, sizeof wanted, "%.*s", (int)(query + size - equals - 1), equals + 1);
  if (strncmp(query, "href=", 5) == 0) {
    snprintf(held, sizeof held, "/%s", path_of(place));
  } else {
    snprintf(mark, sizeof mark, ";%.*s=\"", (int)(equals - query), query);
    const char *at = strstr(text, mark);
    if (!at) return false;
    at += strlen(mark);
    snprintf(held, sizeof held, "%.*s", (int)strcspn(at, "\""), at);
  }
  size_t length = strlen(wanted);
  bool open = length > 0 && wanted[length - 1] == '*';
  for (char *rest = held, *one; (one = strtok_r(rest, " ", &rest));)
    if (open ? strncmp(one, wanted, length - 1) == 0 : strcmp(one, wanted) == 0) return true;
  return false;
}

static bool link_is_wanted(const Place *place, const char *text, const coap_pdu_t *request) {
  coap_opt_iterator_t iterator;
  coap_opt_filter_t filter;
  coap_option_filter_clear(&filter);
  coap_option_filter_set(&filter, COAP_OPTION_URI_QUERY);
  coap_option_iterator_init(request, &iterator, &filter);
  const coap_opt_t *option;
  while ((option = coap_option_next(&iterator)))
    if (!link_fits(place, text, (const char *)coap_opt_value(option), coap_opt_length(option))) return false;
  return true;
}

static void show_links(const Exchange *exchange) {
  size_t size = 0, room = 256u * (size_t)ours->count + 1;
  char *text = calloc(1, room), one[256];
  if (!text) abort();
  for (int index = 0; index < ours->count; index++) {
    if (!has_links(ours->places[index]) || light_is_private(ours->light, ours->places[index]->name)) continue;
    link_text(ours->places[index], one, sizeof one);
    if (!link_is_wanted(ours->places[index], one, exchange->request)) continue;
    size += (size_t)snprintf(text + size, room - size, "%s%s", size ? "," : "", one);
  }
  answer(exchange, COAP_RESPONSE_CODE_CONTENT, LINKS, (uint8_t *)text, size, STATE_AGE, 0);
}

static bool get(const Exchange *exchange, const Place *place, Refusal *refusal) {
  static const int links[] = {LINKS, NONE}, plain[] = {JSON, CBOR, NONE}, all[] = {JSON, CBOR, SENML_JSON, SENML_CBOR, NONE};
  static const int described[] = {TD, JSON, CBOR, NONE}, devices[] = {JSON, CBOR, LINKS, NONE};
  const cJSON *value = place->kind == PROPERTY ? light_value(ours->light, place->name) : NULL;
  bool measured = value && !cJSON_IsArray(value) && !cJSON_IsObject(value);
  const int *offered = place->kind == CORE ? links : place->kind == DEVICES ? devices : place->kind == DESCRIPTION ? described
                       : place->kind == STATE || measured ? all : plain;
  int form = chosen(exchange->request, offered);
  if (form == NONE) return refuse(refusal, "not-acceptable", NULL, "it is not offered in this format");
  switch (place->kind) {
    case CORE: show_links(exchange); return true;
    case DEVICES:
      if (form == LINKS) show_links(exchange);
      else answer_text(exchange, "[\"self\"]", form);
      return true;
    case DESCRIPTION:
      if (form == CBOR) show(exchange, ours->description->parsed, form, DESCRIPTION_AGE, ours->description->tag);
      else if (names_tag(exchange->request, ours->description->tag)) show(exchange, ours->description->parsed, form, DESCRIPTION_AGE, ours->description->tag);
      else answer(exchange, COAP_RESPONSE_CODE_CONTENT, form, (uint8_t *)strdup(ours->description->text), strlen(ours->description->text),
                  DESCRIPTION_AGE, ours->description->tag);
      return true;
    case STATE: show_state(exchange, form); return true;
    case PROPERTY: show_property(exchange, place->name, value, form); return true;
    case EVENT:
    case ACK:
    case RUN: answer_text(exchange, place->shown ? place->shown : "null", form); return true;
    case ACTION: return refuse(refusal, "read-only", place->name, "an action is POSTed");
    default: return refuse(refusal, "unknown", NULL, "there is no such resource");
  }
}

/* Asking */

static bool read_time(const coap_pdu_t *request, Order *order, Refusal *refusal) {
  char text[48], rest[8] = "";
  struct tm parts = {0};
  if (argument(request, "ttl", text, sizeof text)) {
    char *end;
    double seconds = strtod(text, &end);
    if (*end || end == text) return refuse(refusal, "bad-syntax", NULL, "ttl is seconds");
    order->expires = light_now(ours->light) + seconds;
  }
  if (!argument(request, "exp", text, sizeof text)) return true;
  const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
  double fraction = 0, when;
  int hours = 0, minutes = 0;
  char *past = (char *)end;
  if (end && *end == '.') fraction = strtod(end, &past);
  if (end) snprintf(rest, sizeof rest, "%s", past);
  if (!end || (strcmp(rest, "Z") != 0 && sscanf(rest, "%3d:%2d", &hours, &minutes) != 2))
    return refuse(refusal, "bad-syntax", NULL, "exp is a time such as 2026-11-22T00:31:57Z");
  when = (double)timegm(&parts) + fraction - hours * 3600 - (rest[0] == '-' ? -minutes : minutes) * 60;
  order->expires = order->expires > 0 && order->expires < when ? order->expires : when > 1 ? when : 1;
  return true;
}

static bool read_conditions(const coap_pdu_t *request, Order *order, Refusal *refusal) {
  coap_opt_iterator_t iterator;
  coap_opt_filter_t filter;
  if (number_option(request, COAP_OPTION_IF_NONE_MATCH) != NONE) return refuse(refusal, "precondition", NULL, "it exists");
  coap_option_filter_clear(&filter);
  coap_option_filter_set(&filter, COAP_OPTION_IF_MATCH);
  coap_option_iterator_init(request, &iterator, &filter);
  const coap_opt_t *option;
  bool any = false;
  while ((option = coap_option_next(&iterator))) {
    any = any || coap_opt_length(option) == 0; /* "it exists" */
    order->conditional = true;
    if (order->tag_count < (int)(sizeof order->tags / sizeof *order->tags))
      order->tags[order->tag_count++] = coap_decode_var_bytes8(coap_opt_value(option), coap_opt_length(option));
  }
  if (any) order->conditional = false;
  return true;
}

/* The value in the payload; NULL with `refusal` filled in, or with nothing there where that may be. */
static bool read_body(const coap_pdu_t *request, const int *understood, bool may_be_empty, cJSON **value, Refusal *refusal) {
  const uint8_t *data = (const uint8_t *)"";
  size_t size = 0, offset, total;
  int form = number_option(request, COAP_OPTION_CONTENT_FORMAT);
  coap_get_data_large(request, &size, &data, &offset, &total);
  *value = NULL;
  if (size == 0 && may_be_empty) return true;
  for (const int *one = understood; form != NONE; one++) {
    if (*one == NONE) return refuse(refusal, "bad-format", NULL, "format %d is not understood", form);
    if (*one == form) break;
  }
  if (size > LARGEST_BODY || total > LARGEST_BODY) return refuse(refusal, "too-large", NULL, "at most %d bytes", LARGEST_BODY);
  *value = form == CBOR ? cbor_read(data, size) : json_read((const char *)data, size);
  return *value != NULL || refuse(refusal, "bad-syntax", NULL, "the payload cannot be read");
}

static void answer_run(const Exchange *exchange, Run *run, int form) {
  const cJSON *error = cJSON_GetObjectItemCaseSensitive(run->last, "error"), *out = cJSON_GetObjectItemCaseSensitive(run->last, "out");
  coap_pdu_code_t method = coap_pdu_get_code(exchange->request);
  if (run->ended == 0) {
    static const char *const WHERE[] = {"d", "self", "run"};
    coap_pdu_set_code(exchange->response, COAP_RESPONSE_CODE_CREATED);
    for (int index = 0; index < 3; index++)
      coap_add_option(exchange->response, COAP_OPTION_LOCATION_PATH, strlen(WHERE[index]), (const uint8_t *)WHERE[index]);
    coap_add_option(exchange->response, COAP_OPTION_LOCATION_PATH, strlen(run->id), (const uint8_t *)run->id);
  } else if (error) {
    answer_error(exchange, error);
  } else if (method == COAP_REQUEST_CODE_POST) {
    answer_value(exchange, COAP_RESPONSE_CODE_CHANGED, out ? out : run->last, form, -1, 0);
  } else {
    coap_pdu_set_code(exchange->response, method == COAP_REQUEST_CODE_DELETE ? COAP_RESPONSE_CODE_DELETED : COAP_RESPONSE_CODE_CHANGED);
  }
}

static bool order(const Exchange *exchange, const char *op, const char *name, const int *understood, bool may_be_empty, Refusal *refusal) {
  static const int answers[] = {JSON, CBOR, NONE};
  Order asked = {.op = op, .name = name};
  cJSON *input = NULL;
  int form = chosen(exchange->request, answers);
  if (form == NONE) return refuse(refusal, "not-acceptable", NULL, "answers are JSON or CBOR");
  if (!argument(exchange->request, "id", asked.id, sizeof asked.id)) order_make_id(ours->orders, asked.id);
  if (!order_id_is_sound(asked.id)) return refuse(refusal, "bad-syntax", NULL, "an id has 1 to 128 characters, none of / + #");
  if (!read_time(exchange->request, &asked, refusal) || !read_conditions(exchange->request, &asked, refusal)) return false;
  if (!read_body(exchange->request, understood, may_be_empty, &input, refusal)) return false;
  asked.input = input;
  answer_run(exchange, orders_submit(ours->orders, &asked), form);
  cJSON_Delete(input);
  return true;
}

static bool act(const Exchange *exchange, const Place *place, Refusal *refusal) {
  static const int plain[] = {JSON, CBOR, NONE}, patches[] = {MERGE_PATCH, JSON, NONE};
  coap_pdu_code_t method = coap_pdu_get_code(exchange->request);
  if (method == COAP_REQUEST_CODE_GET) return get(exchange, place, refusal);
  if (place->kind == NOTHING) return refuse(refusal, "unknown", NULL, "there is no such resource");
  if (place->kind == PROPERTY && method == COAP_REQUEST_CODE_PUT) return order(exchange, "writeproperty", place->name, plain, false, refusal);
  if (place->kind == STATE && method == COAP_REQUEST_CODE_IPATCH) return order(exchange, "writemultipleproperties", "", patches, false, refusal);
  if (place->kind == ACTION && method == COAP_REQUEST_CODE_POST) return order(exchange, "invokeaction", place->name, plain, true, refusal);
  if (place->kind == RUN && method == COAP_REQUEST_CODE_DELETE) return order(exchange, "cancelaction", place->name, plain, true, refusal);
  return refuse(refusal, "read-only", NULL, "this cannot be done here");
}

/* How much one client may ask: a bucket of tokens each; above it the answer is 4.29, and everybody else is served as ever. */
static bool may_ask(const coap_address_t *who) {
  struct timespec moment;
  clock_gettime(CLOCK_MONOTONIC, &moment);
  double now = (double)moment.tv_sec + (double)moment.tv_nsec / 1e9;
  Bucket *bucket = NULL, *oldest = &ours->buckets[0];
  for (int index = 0; index < ours->clients; index++) {
    if (coap_address_equals(&ours->buckets[index].who, who)) bucket = &ours->buckets[index];
    if (ours->buckets[index].at < oldest->at) oldest = &ours->buckets[index];
  }
  if (!bucket) {
    bucket = ours->clients < MOST_CLIENTS ? &ours->buckets[ours->clients++] : oldest;
    *bucket = (Bucket){.who = *who, .held = BURST, .at = now};
  }
  bucket->held += (now - bucket->at) * STEADY;
  if (bucket->held > BURST) bucket->held = BURST;
  bucket->at = now;
  if (bucket->held < 1) return false;
  bucket->held -= 1;
  return true;
}

/* libcoap calls the handler for a notification, too: its answer is no acknowledgement, and nobody asked just now. */
static bool is_notification(const coap_pdu_t *request, const coap_pdu_t *response) {
  return number_option(request, COAP_OPTION_OBSERVE) == 0 && coap_pdu_get_type(response) != COAP_MESSAGE_ACK;
}

static void handle(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
                   coap_pdu_t *response) {
  Exchange exchange = {resource, session, request, query, response};
  Place *place = coap_resource_get_userdata(resource);
  Refusal refusal;
  bool asked = !is_notification(request, response);
  if (asked && !may_ask(coap_session_get_addr_remote(session))) {
    refuse(&refusal, "rate", NULL, "try again in a second");
    answer_refusal(&exchange, &refusal);
  } else if (!act(&exchange, place ? place : &ours->nothing, &refusal)) {
    answer_refusal(&exchange, &refusal);
  }
}

/* The places */

static void take_all_methods(coap_resource_t *resource) {
  for (int method = COAP_REQUEST_GET; method <= COAP_REQUEST_IPATCH; method++)
    coap_register_handler(resource, (coap_request_t)method, handle);
}

static Place *add(Kind kind, const char *path, const char *name) {
  Place *place = calloc(1, sizeof *place);
  if (!place) abort();
  coap_str_const_t *uri = coap_new_str_const((const uint8_t *)path, strlen(path));
  bool reliable = kind == EVENT || kind == ACK || kind == RUN;
  place->kind = kind;
  snprintf(place->name, sizeof place->name, "%s", name);
  place->resource = coap_resource_init(uri, COAP_RESOURCE_FLAGS_RELEASE_URI | (reliable ? COAP_RESOURCE_FLAGS_NOTIFY_CON : 0));
  coap_resource_set_userdata(place->resource, place);
  take_all_methods(place->resource);
  bool observed = reliable || kind == STATE || (kind == PROPERTY && !light_is_private(ours->light, name));
  coap_resource_set_get_observable(place->resource, observed);
  coap_add_resource(ours->context, place->resource);
  if (kind != RUN && ours->count < MOST_PLACES) ours->places[ours->count++] = place;
  return place;
}

static Place *find(Kind kind, const char *name) {
  for (int index = 0; index < ours->count; index++)
    if (ours->places[index]->kind == kind && strcmp(ours->places[index]->name, name) == 0) return ours->places[index];
  return NULL;
}

/* A path as libcoap compares it: what is not plain is written with percent signs. */
static void run_path(const char *id, char *out, size_t size) {
  size_t used = (size_t)snprintf(out, size, "d/self/run/");
  for (; *id && used + 4 < size; id++) {
    bool plain = strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$'()*+,;=:@&", *id) != NULL;
    used += (size_t)snprintf(out + used, size - used, plain ? "%c" : "%%%02X", (unsigned char)*id);
  }
}

static Place *run_place(const Run *run, bool make) {
  char path[3 * LONGEST_ID_BYTES + 16];
  run_path(run->id, path, sizeof path);
  coap_str_const_t uri = {strlen(path), (const uint8_t *)path};
  coap_resource_t *resource = coap_get_resource_from_uri_path(ours->context, &uri);
  if (resource && coap_resource_get_userdata(resource)) return coap_resource_get_userdata(resource);
  return make ? add(RUN, path, run->id) : NULL;
}

/* News */

static void put(Place *place, const cJSON *body) {
  if (!place) return;
  if (ours->waiting == MOST_NEWS) { /* the oldest gives way: an observer sees the latest, in the end */
    free(ours->news[ours->first].text);
    ours->first = (ours->first + 1) % MOST_NEWS;
    ours->waiting--;
  }
  News *news = &ours->news[(ours->first + ours->waiting++) % MOST_NEWS];
  *news = (News){place, cJSON_PrintUnformatted(body)};
}

static void say(Place *place, char *text) {
  free(place->shown);
  place->shown = text;
  coap_resource_notify_observers(place->resource, NULL);
}

void resources_tell(Resources *resources) {
  while (resources->waiting) {
    News news = resources->news[resources->first];
    resources->first = (resources->first + 1) % MOST_NEWS;
    resources->waiting--;
    say(news.place, news.text);
    coap_io_process(resources->context, COAP_IO_NO_WAIT);
  }
}

static void changed(void *who, const char *name) {
  (void)who;
  Place *place = name ? find(PROPERTY, name) : NULL;
  if (place) coap_resource_notify_observers(place->resource, NULL);
  coap_resource_notify_observers(find(STATE, "")->resource, NULL);
}

static void happened(void *who, const char *event, const cJSON *data) {
  (void)who;
  put(find(EVENT, event), data);
}

static void told(void *who, Run *run, const cJSON *ack) {
  (void)who;
  Place *place = run_place(run, true);
  char *now = cJSON_PrintUnformatted(ack);
  say(place, now);
  put(find(ACK, ""), ack);
}

static void take_away(Place *place) {
  coap_delete_resource(ours->context, place->resource);
  free(place->shown);
  free(place);
}

static void forgotten(void *who, Run *run) {
  (void)who;
  Place *place = run_place(run, false);
  if (place) take_away(place);
}

void resources_close(Resources *resources) {
  for (int index = 0; index < resources->count; index++) take_away(resources->places[index]);
  take_away(resources->alias);
  for (; resources->waiting; resources->waiting--) {
    free(resources->news[resources->first].text);
    resources->first = (resources->first + 1) % MOST_NEWS;
  }
  free(resources);
}

Resources *resources_open(coap_context_t *context, const char *id, const Description *description, Light *light, Orders *orders) {
  static const char *const SECTIONS[] = {"properties", "actions", "events"};
  static const Kind KINDS[] = {PROPERTY, ACTION, EVENT};
  static const char LETTERS[] = "pae";
  ours = calloc(1, sizeof *ours);
  if (!ours) abort();
  *ours = (Resources){.context = context, .id = id, .description = description, .light = light, .orders = orders, .nothing = {.kind = NOTHING}};
  light->changed = changed;
  light->happened = happened;
  orders->told = told;
  orders->forgotten = forgotten;
  add(CORE, ".well-known/core", "");
  ours->alias = add(DESCRIPTION, ".well-known/wot", "");
  ours->count--; /* the same description: it is listed once, under /d/self/td */
  add(DEVICES, "d", "");
  add(DESCRIPTION, "d/self/td", "");
  add(STATE, "d/self/s", "");
  add(ACK, "d/self/ack", "");
  for (int section = 0; section < 3; section++) {
    const cJSON *one;
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(description->parsed, SECTIONS[section])) {
      char path[96];
      snprintf(path, sizeof path, "d/self/%c/%s", LETTERS[section], one->string);
      if (strcmp(one->string, "commandAck") != 0) add(KINDS[section], path, one->string);
    }
  }
  coap_resource_t *unknown = coap_resource_unknown_init(handle);
  take_all_methods(unknown);
  coap_add_resource(context, unknown);
  return ours;
}
