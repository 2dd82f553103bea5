// The operator OPERATOR of type DTYPE. A module of all operators would take a compiler ten seconds.
#include "loops.cuh"

namespace operators {
#include "operators.cuh"
}

typedef operators::OPERATOR function;
typedef operators::element element;

KERNEL packs(const ck_elementwise p) { by_packs<function::inputs, function, element, function::result>(p); }
KERNEL elements(const ck_elementwise p) { by_elements<function::inputs, function, element, function::result, 4>(p); }
