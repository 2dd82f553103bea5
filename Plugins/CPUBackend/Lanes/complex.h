/* The C library's complex functions, of which Swift imports none: numbers as pairs of float64. */
#ifndef BACKPLANE_CPU_COMPLEX_H
#define BACKPLANE_CPU_COMPLEX_H

#include <complex.h>

typedef struct complex_f64 {
  double real, imaginary;
} complex_f64;

static inline double _Complex complex_from(complex_f64 z) { return __builtin_complex(z.real, z.imaginary); }

#define COMPLEX_FUNCTION(name)                                   \
  static inline complex_f64 complex_##name(complex_f64 z) {      \
    double _Complex w = name(complex_from(z));                   \
    return (complex_f64){creal(w), cimag(w)};                    \
  }

COMPLEX_FUNCTION(csqrt)
COMPLEX_FUNCTION(cexp)
COMPLEX_FUNCTION(clog)
COMPLEX_FUNCTION(csin)
COMPLEX_FUNCTION(ccos)
COMPLEX_FUNCTION(ctan)
COMPLEX_FUNCTION(casin)
COMPLEX_FUNCTION(cacos)
COMPLEX_FUNCTION(catan)
COMPLEX_FUNCTION(csinh)
COMPLEX_FUNCTION(ccosh)
COMPLEX_FUNCTION(ctanh)
COMPLEX_FUNCTION(casinh)
COMPLEX_FUNCTION(cacosh)
COMPLEX_FUNCTION(catanh)

#undef COMPLEX_FUNCTION
#endif
