/* The header is found where CPPFLAGS says. */
#include <backplane_backend.h>
