// COPY between types, from FROM to TO.
#include "loops.cuh"
#include "moves.cuh"

typedef type_of<FROM>::element source;
typedef type_of<TO>::element target;

KERNEL packs(const ck_elementwise p) { by_packs<1, conversion<FROM, TO>, source, target>(p); }
KERNEL elements(const ck_elementwise p) { by_elements<1, conversion<FROM, TO>, source, target, 4>(p); }
