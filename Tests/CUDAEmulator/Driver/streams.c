/* Streams and events: work waits until somebody asks for it. */
#include <stdlib.h>
#include <string.h>

#include "emulator.h"

/* A stream that nobody waits for goes on by itself after this much, as a device would. */
enum { MAX_WAITING = 4096, MAX_STREAMS = 4096 };

static stream *streams[MAX_STREAMS];

stream *to_stream(cu_stream handle) {
  for (int i = 0; handle && i < MAX_STREAMS; i++)
    if (streams[i] == handle) return handle;
  return NULL;
}

int defer(stream *stream, int (*run)(device *, void *), void (*finish)(void *), void *data) {
  operation *made = malloc(sizeof *made);
  *made = (operation){.run = run, .finish = finish, .data = data};
  if (stream->last) stream->last->next = made;
  else stream->first = made;
  stream->last = made;
  stream->count++;
  if (emulator.is_eager || stream->count > MAX_WAITING) run_stream(stream, NULL);
  return CU_OK;
}

static void run_first(stream *stream) {
  operation *first = stream->first;
  stream->first = first->next;
  if (!stream->first) stream->last = NULL;
  stream->count--;
  device *device = stream->device;
  int code = device->error ? CU_OK : run_guarded(device, first);
  if (code && !device->error) device->error = code;
  if (first->finish) first->finish(first->data);
  free(first);
}

/* Runs a stream's work, up to a recorded event or to its end. */
int run_stream(stream *stream, const ticket *until) {
  while (stream->first && !(until && until->is_done)) run_first(stream);
  return stream->device->error;
}

void run_device(device *device) {
  for (int i = 0; i < MAX_STREAMS; i++)
    if (streams[i] && streams[i]->device == device) run_stream(streams[i], NULL);
}

int cuStreamCreate(cu_stream *handle, unsigned flags) {
  ENTER;
  if (flags > CU_STREAM_FLAG_NON_BLOCKING) return leave(INVALID_VALUE);
  for (int i = 0; i < MAX_STREAMS; i++) {
    if (streams[i]) continue;
    streams[i] = calloc(1, sizeof(stream));
    streams[i]->device = current;
    *handle = streams[i];
    return leave(CU_OK);
  }
  return leave(CU_OUT_OF_MEMORY);
}

int cuStreamDestroy_v2(cu_stream handle) {
  lock();
  stream *stream = to_stream(handle);
  if (!stream) return leave(INVALID_HANDLE);
  int code = run_stream(stream, NULL);
  drop_stream_blocks(stream);
  for (int i = 0; i < MAX_STREAMS; i++)
    if (streams[i] == stream) streams[i] = NULL;
  free(stream);
  return leave(code);
}

/* The first question after new work always hears "not ready", and every question moves the work on. */
int cuStreamQuery(cu_stream handle) {
  ENTER;
  stream *stream = to_stream(handle);
  if (!stream) return leave(INVALID_HANDLE);
  if (!stream->first) return leave(check_guards(stream->device));
  for (int i = (stream->count + 1) / 2; i > 0; i--) run_first(stream);
  return leave(stream->device->error ? stream->device->error : CU_NOT_READY);
}

int cuStreamSynchronize(cu_stream handle) {
  ENTER;
  stream *stream = to_stream(handle);
  if (!stream) return leave(INVALID_HANDLE);
  if (emulator.skips_synchronization) return leave(CU_OK);
  int code = run_stream(stream, NULL);
  return leave(code ? code : check_guards(stream->device));
}

/* Events. An event is a pointer to the ticket of its last record; waits keep the ticket that they found. */

typedef struct event {
  ticket *ticket;
} event;

static void drop_ticket(ticket *ticket) {
  if (ticket && --ticket->references == 0) free(ticket);
}

static int reach(device *device, void *data) {
  (void)device;
  (void)data;
  return CU_OK;
}

static void finish_record(void *data) {
  ticket *reached = data;
  reached->is_done = true;
  drop_ticket(reached);
}

/* Work of another stream goes first; its device may be another one, which gives and takes access for itself. */
static int wait_for(device *device, void *data) {
  ticket *awaited = data;
  if (awaited->is_done) return CU_OK;
  allow_access(device, false);
  run_stream(awaited->stream, awaited);
  allow_access(device, true);
  return CU_OK;
}

static void finish_wait(void *data) { drop_ticket(data); }

int cuEventCreate(cu_event *handle, unsigned flags) {
  ENTER;
  if (flags & ~3u) return leave(INVALID_VALUE);
  *handle = calloc(1, sizeof(event));
  return leave(CU_OK);
}

int cuEventDestroy_v2(cu_event handle) {
  lock();
  event *event = handle;
  if (!event) return leave(INVALID_HANDLE);
  drop_ticket(event->ticket);
  free(event);
  return leave(CU_OK);
}

int cuEventRecord(cu_event handle, cu_stream on) {
  ENTER;
  event *event = handle;
  stream *stream = to_stream(on);
  if (!event || !stream) return leave(INVALID_HANDLE);
  drop_ticket(event->ticket);
  event->ticket = malloc(sizeof(ticket));
  *event->ticket = (ticket){.references = 2, .stream = stream};
  return leave(defer(stream, reach, finish_record, event->ticket));
}

int cuStreamWaitEvent(cu_stream handle, cu_event awaited, unsigned flags) {
  ENTER;
  event *event = awaited;
  stream *stream = to_stream(handle);
  if (!event || !stream || flags) return leave(INVALID_HANDLE);
  if (!event->ticket || event->ticket->is_done) return leave(CU_OK);
  event->ticket->references++;
  return leave(defer(stream, wait_for, finish_wait, event->ticket));
}

int cuEventQuery(cu_event handle) {
  ENTER;
  event *event = handle;
  if (!event) return leave(INVALID_HANDLE);
  if (!event->ticket || event->ticket->is_done) return leave(CU_OK);
  stream *stream = event->ticket->stream;
  for (int i = (stream->count + 1) / 2; i > 0 && !event->ticket->is_done; i--) run_first(stream);
  return leave(stream->device->error ? stream->device->error : CU_NOT_READY);
}

int cuEventSynchronize(cu_event handle) {
  ENTER;
  event *event = handle;
  if (!event) return leave(INVALID_HANDLE);
  if (!event->ticket || event->ticket->is_done || emulator.skips_synchronization) return leave(CU_OK);
  stream *stream = event->ticket->stream;
  int code = run_stream(stream, event->ticket);
  return leave(code ? code : check_guards(stream->device));
}
