// ARANGE of type DTYPE.
#include "common.cuh"

typedef type_of<DTYPE> type;

KERNEL arange(const ck_arange p) {
  for (i64 i = thread_index(); i < p.walk.count; i += thread_count()) {
    i64 at[1];
    locate<1>(p.walk, &p.out, i, at);
    type::wide value;
    if constexpr (type::kind == KIND_FLOAT) {
      value = p.start + (double)i * p.step;
    } else {
      value = (i64)((u64)p.integer_start + (u64)i * (u64)p.integer_step);
    }
    pointer<type::element>(p.out)[at[0]] = type::store_wide(value);
  }
}
