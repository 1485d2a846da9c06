#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "json.h"

enum { MOST_TALKS = 8, LONGEST_LINE = 4096 };

static int door = -1;
static struct {
  int socket;
  char line[LONGEST_LINE];
  size_t size;
} talks[MOST_TALKS];

/* A socket file is simply replaced, so somebody may listen there still: whoever answers has it. */
static bool somebody_listens(const struct sockaddr_un *where) {
  int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool answered = probe >= 0 && connect(probe, (const struct sockaddr *)where, sizeof *where) == 0;
  if (probe >= 0) close(probe);
  return answered;
}

bool control_open(const char *path) {
  struct sockaddr_un where = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof where.sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  strcpy(where.sun_path, path);
  if (somebody_listens(&where)) {
    errno = EADDRINUSE;
    return false;
  }
  struct stat there;
  if (lstat(path, &there) == 0 && S_ISSOCK(there.st_mode)) unlink(path); /* of a light that ended */
  for (int index = 0; index < MOST_TALKS; index++) talks[index].socket = -1;
  door = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return door >= 0 && bind(door, (struct sockaddr *)&where, sizeof where) == 0 && chmod(path, 0600) == 0 && listen(door, MOST_TALKS) == 0;
}

static const char *text_of(const cJSON *request, const char *member) {
  const cJSON *found = cJSON_GetObjectItemCaseSensitive(request, member);
  return cJSON_IsString(found) ? found->valuestring : "";
}

static void power(Light *light, Orders *orders, bool on) {
  if (on == light->powered) return;
  if (!on) {
    light_off(light);
    orders_fail(orders);
    return;
  }
  light_start(light);
}

/* Does it and adds to `answer`; false for what this light cannot do. */
static bool do_it(const cJSON *request, cJSON *answer, Light *light, Orders *orders, const char *id) {
  static const char *const ABILITIES[] = {"abilities", "units", "truth", "power", "fault", "advance", "clock", "internet"};
  const char *what = text_of(request, "do");
  if (strcmp(what, "abilities") == 0) {
    cJSON_AddItemToObject(answer, "abilities", cJSON_CreateStringArray(ABILITIES, sizeof ABILITIES / sizeof *ABILITIES));
  } else if (strcmp(what, "units") == 0) {
    cJSON *units = cJSON_AddArrayToObject(answer, "units"), *unit = cJSON_CreateObject();
    cJSON_AddStringToObject(unit, "id", id);
    cJSON_AddStringToObject(unit, "kind", "light");
    cJSON_AddItemToArray(units, unit);
  } else if (strcmp(what, "truth") == 0) {
    cJSON *truth = cJSON_AddObjectToObject(answer, "truth");
    double bright = cJSON_IsTrue(light_value(light, "power")) ? light_value(light, "brightness")->valuedouble : 0;
    cJSON_AddBoolToObject(truth, "powered", light->powered);
    cJSON_AddNumberToObject(truth, "boot", light->boot);
    cJSON_AddArrayToObject(truth, "exercised"); /* a diagnosis moves nothing here */
    cJSON_AddNumberToObject(truth, "lumens", light->powered ? 8 * bright : 0);
  } else if (strcmp(what, "internet") == 0) {
    cJSON_AddStringToObject(answer, "internet", text_of(request, "state")); /* this light never goes there: nothing is to be cut */
  } else if (strcmp(what, "power") == 0) {
    power(light, orders, strcmp(text_of(request, "state"), "off") != 0);
  } else if (strcmp(what, "fault") == 0) {
    light_fault(light, text_of(request, "code"), cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(request, "clear")));
  } else if (strcmp(what, "advance") == 0 || strcmp(what, "clock") == 0) {
    const cJSON *seconds = cJSON_GetObjectItemCaseSensitive(request, "seconds");
    bool passes = strcmp(what, "advance") == 0;
    if (!cJSON_IsNumber(seconds) || (passes && seconds->valuedouble < 0)) return false;
    *(passes ? &light->ahead : &light->wrong) += seconds->valuedouble;
    if (light->powered) orders_elapse(orders);
  } else {
    return false;
  }
  return true;
}

static void answer_line(int socket, const char *line, size_t size, Light *light, Orders *orders, const char *id) {
  cJSON *request = json_read(line, size), *answer = cJSON_CreateObject();
  bool done = request && do_it(request, answer, light, orders, id);
  cJSON_AddBoolToObject(answer, "ok", done);
  if (!done) {
    Refusal refusal;
    refuse(&refusal, request ? "unknown" : "bad-syntax", NULL, "this light can do abilities, units, truth, power, fault, advance, clock, internet");
    cJSON_AddItemToObject(answer, "error", refusal_document(&refusal));
  }
  char *text = cJSON_PrintUnformatted(answer);
  if (dprintf(socket, "%s\n", text) < 0) perror("control");
  cJSON_free(text);
  cJSON_Delete(request);
  cJSON_Delete(answer);
}

static void listen_to(int index, Light *light, Orders *orders, const char *id) {
  ssize_t got = recv(talks[index].socket, talks[index].line + talks[index].size, LONGEST_LINE - talks[index].size, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  talks[index].size += got > 0 ? (size_t)got : 0;
  char *end;
  while (got > 0 && (end = memchr(talks[index].line, '\n', talks[index].size))) {
    size_t length = (size_t)(end - talks[index].line);
    answer_line(talks[index].socket, talks[index].line, length, light, orders, id);
    talks[index].size -= length + 1;
    memmove(talks[index].line, end + 1, talks[index].size);
  }
  if (got <= 0 || talks[index].size == LONGEST_LINE) {
    close(talks[index].socket);
    talks[index].socket = -1;
    talks[index].size = 0;
  }
}

void control_poll(Light *light, Orders *orders, const char *id) {
  if (door < 0) return;
  for (int index = 0; index < MOST_TALKS; index++) {
    if (talks[index].socket < 0) talks[index].socket = accept(door, NULL, NULL);
    if (talks[index].socket >= 0) listen_to(index, light, orders, id);
  }
}
