/* Random programs for the extension backplane.fusion/1, each compared to the bit with execute, called for one step
 * after the other; of which bits a NaN is, is open:
 *
 *     fusion PLUGIN SEED COUNT
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backplane_backend.h"

enum { MAX_RANK = 12, MAX_VALUES = BP_FUSION_INPUTS + BP_FUSION_STEPS };

static bp_plugin plugin;
static bp_stream stream;
static bp_error error = {.struct_size = sizeof(bp_error)};
static uint64_t state;

static void require(int condition, const char *what) {
  if (condition) return;
  printf("%s: %s\n", what, error.message);
  exit(2);
}

/* Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014. */
static uint64_t next(void) {
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}
static int below(int n) { return (int)(next() % (uint64_t)n); }

/* A tensor with memory of its own, of which every byte is known. */
typedef struct tensor {
  bp_tensor view;
  int64_t shape[MAX_RANK], strides[MAX_RANK];
  int64_t bytes;
  unsigned char *host;
} tensor;

/* Numbers of all sizes, and those that are none. */
static void put_value(int32_t type, unsigned char *at) {
  static const double special[] = {0, -0.0, 1, -1, 2, 0.5, 1e30, -1e30, 1e-40, 3e38, 65504};
  const int kind = below(8);
  double x = kind == 0 ? special[below(sizeof special / sizeof *special)] : (below(20001) - 10000) / 1024.0;
  if (kind == 1 && below(4) == 0) x = below(2) ? __builtin_inf() : __builtin_nan("");
  const float narrow = (float)x;
  uint32_t bits;
  memcpy(&bits, &narrow, 4);
  switch (type) {
  case BP_BOOL: *at = (unsigned char)(below(3) == 0 ? 0 : below(255) + 1); return;
  case BP_FLOAT16: {
    const uint16_t half = (uint16_t)((bits >> 16 & 0x8000) | (below(4) ? 0x3000 + below(0x1c00) : below(0x8000)));
    memcpy(at, &half, 2);
    return;
  }
  case BP_BFLOAT16: memcpy(at, (char *)&bits + 2, 2); return;
  case BP_FLOAT32:
  case BP_COMPLEX64: memcpy(at, &narrow, 4); break;
  case BP_FLOAT64:
  case BP_COMPLEX128: memcpy(at, &x, 8); break;
  default: {
    const int64_t n = kind == 0 ? (int64_t)next() : below(41) - 20;
    memcpy(at, &n, (size_t)bp_dtype_size(type));
    return;
  }
  }
  if (type >= BP_COMPLEX64) put_value(type == BP_COMPLEX64 ? BP_FLOAT32 : BP_FLOAT64, at + bp_dtype_size(type) / 2);
}

static void upload(const tensor *t) {
  require(!plugin.copy_from_host(plugin.context, 0, stream, t->view.buffer, 0, t->host, t->bytes, &error), "upload");
}

/* A tensor of random values. `freedom` 0: row-major; 1: axes in any order, with gaps; 2: axes that repeat one value or
 * run backwards as well. */
static tensor *make(int32_t type, int rank, const int64_t *shape, int freedom) {
  tensor *t = calloc(1, sizeof *t);
  const int64_t size = bp_dtype_size(type);
  int order[MAX_RANK];
  for (int i = 0; i < rank; i++) order[i] = i;
  if (freedom)
    for (int i = rank - 1; i > 0; i--) {
      const int j = below(i + 1), kept = order[i];
      order[i] = order[j], order[j] = kept;
    }
  int64_t step = 1, first = freedom && below(2) ? below(5) : 0;
  if (freedom && below(3) == 0) step = 2;
  for (int i = rank - 1; i >= 0; i--) {
    const int axis = order[i];
    t->shape[axis] = shape[axis];
    t->strides[axis] = step;
    if (freedom == 2 && below(4) == 0) {
      t->strides[axis] = 0;
    } else {
      if (freedom == 2 && below(6) == 0) {
        t->strides[axis] = -step;
        first += step * (shape[axis] - 1);
      }
      step *= shape[axis];
      if (freedom && below(4) == 0) step += below(4);
    }
  }
  t->bytes = (first + step) * size + 16;
  t->host = malloc((size_t)t->bytes);
  for (int64_t i = 0; i < t->bytes; i++) t->host[i] = 0xA5;
  for (int64_t i = 0; i + size <= t->bytes; i += size) put_value(type, t->host + i);
  t->view = (bp_tensor){
      .struct_size = sizeof(bp_tensor), .dtype = type, .rank = rank, .byte_offset = first * size, .shape = t->shape,
      .strides = t->strides};
  require(!plugin.alloc(plugin.context, 0, BP_MEMORY_DEVICE, t->bytes, 0, &t->view.buffer, &error), "alloc");
  upload(t);
  return t;
}

static tensor *make_immediate(int32_t type, int rank, const int64_t *shape) {
  tensor *t = calloc(1, sizeof *t);
  memcpy(t->shape, shape, (size_t)rank * sizeof *shape);
  t->view = (bp_tensor){
      .struct_size = sizeof(bp_tensor), .dtype = type, .rank = rank, .flags = BP_TENSOR_IMMEDIATE, .shape = t->shape,
      .strides = t->strides};
  put_value(type, (unsigned char *)t->view.immediate);
  return t;
}

static void drop(tensor *t) {
  if (t->view.buffer) plugin.free(plugin.context, 0, t->view.buffer);
  free(t->host);
  free(t);
}

static void download(tensor *t) {
  require(!plugin.copy_to_host(plugin.context, 0, stream, t->host, t->view.buffer, 0, t->bytes, &error), "download");
}

/* Where the element of a row-major index lies. */
static int64_t place(const tensor *t, int64_t index) {
  int64_t at = 0;
  for (int axis = t->view.rank - 1; axis >= 0; axis--) {
    at += index % t->shape[axis] * t->strides[axis];
    index /= t->shape[axis];
  }
  return t->view.byte_offset + at * bp_dtype_size(t->view.dtype);
}

static int is_nan(int32_t type, const unsigned char *at) {
  static const uint64_t infinity[] = {0x7c00, 0x7f80, 0x7f800000, 0x7ff0000000000000};
  if (type < BP_FLOAT16 || type > BP_FLOAT64) return 0;
  uint64_t bits = 0;
  memcpy(&bits, at, (size_t)bp_dtype_size(type));
  return (bits & ~((uint64_t)1 << (bp_dtype_size(type) * 8 - 1))) > infinity[type - BP_FLOAT16];
}

/* Compares values, and that nothing else of the memory of `result` was written: it was as `before`. */
static int is_alike(tensor *expected, tensor *result, const unsigned char *before, int64_t count) {
  const int64_t size = bp_dtype_size(result->view.dtype);
  unsigned char *untouched = malloc((size_t)result->bytes);
  memcpy(untouched, before, (size_t)result->bytes);
  download(expected);
  download(result);
  int is_right = 1;
  for (int64_t i = 0; i < count; i++) {
    const unsigned char *a = expected->host + place(expected, i), *b = result->host + place(result, i);
    const int32_t type = result->view.dtype;
    if (is_right && memcmp(a, b, (size_t)size) && !(is_nan(type, a) && is_nan(type, b))) {
      is_right = 0;
      uint64_t bits[2] = {0, 0};
      memcpy(bits, a, size < 8 ? (size_t)size : 8), memcpy(bits + 1, b, size < 8 ? (size_t)size : 8);
      printf("element %lld: %llx, not %llx\n", (long long)i, (unsigned long long)bits[1], (unsigned long long)bits[0]);
    }
    memcpy(untouched + place(result, i), b, (size_t)size);
  }
  if (memcmp(untouched, result->host, (size_t)result->bytes)) printf("memory of nobody's was written\n"), is_right = 0;
  free(untouched);
  return is_right;
}

/* A random step over the values that there are. False if the choice fits none, or the plugin does not claim it. */
static int make_step(bp_fusion_step *step, const int32_t *types, int values) {
  int32_t count;
  const bp_op_definition *definitions = bp_op_definitions(&count);
  const bp_op_definition *known = below(4) ? definitions + below(count) : bp_op_definition_of(BP_OP_COPY);
  if (below(6) == 0) known = bp_op_definition_of(BP_OP_WHERE);
  if (!(known->flags & BP_DEFINITION_ELEMENTWISE)) return 0;
  *step = (bp_fusion_step){sizeof *step, known->op, 0, {-1, -1, -1}};
  /* Late values more often: the program is to be deep. */
  int32_t type = types[below(2) ? values - 1 : below(values)];
  bp_tensor views[4];
  const bp_tensor *pointers[4] = {views, views + 1, views + 2, views + 3};
  int64_t shape = 2, stride = 1;
  for (int i = 0; i <= known->input_count; i++) {
    const char letter = i < known->input_count ? known->inputs[i] : known->outputs[0];
    const int32_t wanted = letter == 'b' ? BP_BOOL : type;
    if (i == known->input_count) {
      step->dtype = letter == 'A' ? 1 + below(12) : wanted;
    } else {
      int value = -1;
      for (int tries = 0; tries < 40 && value < 0; tries++) {
        const int chosen = below(2) ? values - 1 - below(values < 4 ? values : 4) : below(values);
        if (types[chosen] == wanted) value = chosen;
      }
      if (value < 0) return 0;
      step->inputs[i] = value;
    }
    const int place = i == known->input_count ? 3 : i;
    views[place] = (bp_tensor){
        .struct_size = sizeof(bp_tensor), .dtype = place == 3 ? step->dtype : wanted, .rank = 1, .shape = &shape,
        .strides = &stride, .buffer = 1};
  }
  bp_op op = {.struct_size = sizeof op, .op = known->op, .version = 1, .input_count = known->input_count,
      .output_count = 1, .inputs = pointers, .outputs = pointers + 3};
  bp_op_info info = {.struct_size = sizeof info};
  return !plugin.query_op(plugin.context, 0, &op, &info, &error) && info.supported;
}

/* A program on its way to a handle. */
typedef struct preparation {
  const bp_fusion *fusion;
  const bp_fusion_program *program;
  uint64_t handle;
  int32_t code;
} preparation;

static void *prepare(void *data) {
  preparation *work = data;
  bp_error why = {.struct_size = sizeof why};
  work->code = work->fusion->prepare(plugin.context, 0, work->program, &work->handle, &why);
  if (work->code) printf("prepare: %s\n", why.message);
  return NULL;
}

static int run(const bp_fusion *fusion, uint64_t seed) {
  state = seed * 1000003;
  /* One in eight is as large as a program may be, one in eight has as many axes. */
  const int is_large = seed % 8 == 3, is_deep = seed % 8 == 5, is_plain = seed % 4 == 0;
  const int rank = is_deep ? MAX_RANK : below(5);
  int64_t shape[MAX_RANK], count = 1;
  for (int i = 0; i < rank; i++) {
    shape[i] = is_deep ? 1 + below(2) + (i == 0) : 1 + below(rank == 1 ? 3000 : rank == 2 ? 60 : 9);
    if (!is_deep && below(3) == 0) shape[i] = (shape[i] + 15) / 16 * 16;
    count *= shape[i];
  }
  if (seed % 16 == 7 && rank) shape[below(rank)] = 0, count = 0;

  int32_t types[MAX_VALUES], outputs[BP_FUSION_OUTPUTS];
  tensor *values[MAX_VALUES], *results[BP_FUSION_OUTPUTS];
  const int inputs = is_large ? BP_FUSION_INPUTS : 1 + below(5), steps = is_large ? BP_FUSION_STEPS : 1 + below(16);
  for (int i = 0; i < inputs; i++) {
    types[i] = below(2) ? BP_FLOAT32 : 1 + below(12);
    values[i] = below(6) == 0 ? make_immediate(types[i], rank, shape)
                              : make(types[i], rank, shape, is_plain ? 0 : below(3));
  }
  bp_fusion_step list[BP_FUSION_STEPS];
  for (int i = 0; i < steps; i++) {
    while (!make_step(&list[i], types, inputs + i)) continue;
    types[inputs + i] = list[i].dtype;
  }
  int output_count = 0;
  for (int i = steps - 1; i >= 0 && output_count < BP_FUSION_OUTPUTS; i--)
    if (i == steps - 1 || below(is_large ? 2 : 5) == 0) outputs[output_count++] = inputs + i;

  for (int i = 0; i < steps; i++) {
    const bp_op_definition *known = bp_op_definition_of(list[i].op);
    tensor *out = values[inputs + i] = make(list[i].dtype, rank, shape, 0);
    const bp_tensor *operands[4] = {NULL, NULL, NULL, &out->view};
    for (int k = 0; k < known->input_count; k++) operands[k] = &values[list[i].inputs[k]]->view;
    bp_op op = {.struct_size = sizeof op, .op = list[i].op, .version = 1, .input_count = known->input_count,
        .output_count = 1, .inputs = operands, .outputs = operands + 3};
    require(!plugin.execute(plugin.context, 0, stream, &op, &error), known->name);
  }

  bp_fusion_program program = {sizeof program, inputs, steps, output_count, types, list, outputs, 0, 0};
  /* Twice at once, on other threads. */
  preparation both[2] = {{fusion, &program, 0, 0}, {fusion, &program, 0, 0}};
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) require(!pthread_create(&threads[i], NULL, prepare, &both[i]), "a thread");
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < 2; i++) require(!both[i].code && both[i].handle, "prepare");
  fusion->release(plugin.context, 0, both[1].handle);
  const uint64_t handle = both[0].handle;
  int is_right = 1;
  /* First into memory of their own, then where inputs lie, each of which is the place of one output at most. */
  for (int pass = 0; pass < 2; pass++) {
    const bp_tensor *reads[BP_FUSION_INPUTS], *writes[BP_FUSION_OUTPUTS];
    unsigned char *before[BP_FUSION_OUTPUTS];
    int is_taken[BP_FUSION_INPUTS] = {0};
    for (int i = 0; i < inputs; i++) reads[i] = &values[i]->view;
    for (int i = 0; i < output_count; i++) {
      int place = -1;
      for (int k = 0; k < inputs && pass && place < 0; k++) {
        int is_open = !is_taken[k] && types[k] == types[outputs[i]] && !(values[k]->view.flags & BP_TENSOR_IMMEDIATE);
        for (int axis = 0; axis < rank; axis++) is_open = is_open && values[k]->strides[axis] > 0;
        if (is_open) place = k, is_taken[k] = 1;
      }
      results[i] = place < 0 ? make(types[outputs[i]], rank, shape, is_plain ? 0 : below(2)) : values[place];
      writes[i] = &results[i]->view;
      before[i] = malloc((size_t)results[i]->bytes);
      memcpy(before[i], results[i]->host, (size_t)results[i]->bytes);
    }
    require(!fusion->execute(plugin.context, 0, stream, handle, reads, writes, &error), "execute");
    for (int i = 0; i < output_count; i++) {
      if (!is_alike(values[outputs[i]], results[i], before[i], count)) {
        printf("seed %llu, output %d of %d inputs, %d steps, %s, pass %d\n", (unsigned long long)seed, i, inputs, steps,
            bp_dtype_name(types[outputs[i]]), pass);
        is_right = 0;
      }
      free(before[i]);
      int is_input = 0;
      for (int k = 0; k < inputs; k++) is_input = is_input || results[i] == values[k];
      if (!is_input) drop(results[i]);
    }
  }
  require(!plugin.stream_synchronize(plugin.context, 0, stream, &error), "synchronize");
  fusion->release(plugin.context, 0, handle);
  if (!is_right)
    for (int i = 0; i < steps; i++)
      printf("  v%d = %s(v%d, v%d, v%d): %s\n", inputs + i, bp_op_name(list[i].op), (int)list[i].inputs[0],
          (int)list[i].inputs[1], (int)list[i].inputs[2], bp_dtype_name(list[i].dtype));
  for (int i = 0; i < inputs + steps; i++) drop(values[i]);
  return is_right;
}

/* What the extension must not take. */
static void refuse(const bp_fusion *fusion) {
  const int32_t type = BP_COMPLEX64, output = 1, input = 0;
  bp_fusion_step step = {sizeof step, BP_OP_EXP, BP_COMPLEX64, {0, -1, -1}};
  bp_fusion_program program = {sizeof program, 1, 1, 1, &type, &step, &output, 0, 0};
  uint64_t handle = 0;
  require(fusion->prepare(plugin.context, 0, &program, &handle, &error) == BP_ERROR_UNSUPPORTED, "an unclaimed type");
  step.op = BP_OP_COPY, program.outputs = &input;
  require(fusion->prepare(plugin.context, 0, &program, &handle, &error) == BP_ERROR_INVALID_ARGUMENT, "no result");
  require(!handle, "a handle");
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  void *library = dlopen(arguments[1], RTLD_NOW);
  if (!library) return fprintf(stderr, "%s\n", dlerror()), 2;
  int32_t (*open)(const bp_host *, bp_plugin *, bp_error *) =
      (int32_t (*)(const bp_host *, bp_plugin *, bp_error *))dlsym(library, "bp_plugin_open_v1");
  static const bp_host host = {
      .struct_size = sizeof host, .abi_major = BP_ABI_MAJOR, .abi_minor = BP_ABI_MINOR, .name = "fusion",
      .version = "1"};
  plugin.struct_size = sizeof plugin;
  require(open && !open(&host, &plugin, &error) && plugin.device_count > 0, "open");
  const bp_fusion *fusion = plugin.get_extension(plugin.context, BP_EXTENSION_FUSION);
  require(fusion != NULL, "no extension");
  require(!plugin.stream_create(plugin.context, 0, &stream, &error), "stream");
  refuse(fusion);
  const uint64_t first = strtoull(arguments[2], NULL, 10), programs = strtoull(arguments[3], NULL, 10);
  int failures = 0;
  for (uint64_t seed = first; seed < first + programs; seed++) failures += !run(fusion, seed);
  if (!failures) puts("passed");
  return failures != 0;
}
