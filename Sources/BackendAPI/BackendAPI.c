/* The ABI is a header; this file gives the target something to compile, and checks the header as C11. */
#include "backplane_backend.h"

_Static_assert(sizeof(bp_error) == 512, "bp_error is 512 bytes");
