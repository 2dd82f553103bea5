// COPY between types, from FROM to TO: [BP-3.3]; and of bool to bool, which makes 0 or 1 of every byte.
#include "loops.cuh"

typedef type_of<FROM> from;
typedef type_of<TO> to;

struct conversion {
  __device__ static to::element apply(from::element element) {
    from::value x = from::load(element);
    if constexpr (to::kind == KIND_BOOL) {
      return to::store(x != 0);
    } else if constexpr (to::kind == KIND_INTEGER) {
      if constexpr (from::kind == KIND_FLOAT) {
        // What int64 cannot hold becomes its least value.
        i64 whole = x >= (from::value)-0x1p63 && x < (from::value)0x1p63 ? (i64)x : (i64)((u64)1 << 63);
        return to::store((to::value)whole);
      } else {
        return to::store((to::value)x);
      }
    } else if constexpr (from::kind == KIND_FLOAT) {
      if constexpr (sizeof(from::value) == 8) return to::store_wide(x);
      return to::store((to::value)x);
    } else if constexpr (sizeof(from::value) <= 2 || sizeof(to::element) >= 4) {
      return to::store((to::value)x);  // One rounding at most.
    } else {
      return to::store_wide(double_to_round_further((i64)x));
    }
  }
};

KERNEL packs(const ck_elementwise p) { by_packs<1, conversion, from::element, to::element>(p); }
KERNEL elements(const ck_elementwise p) { by_elements<1, conversion, from::element, to::element, 4>(p); }
