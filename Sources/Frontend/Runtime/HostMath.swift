import Glibc

// C's functions, beside which the tensor's methods of the same name would be taken.

func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

/// log(1 − p).
func logOfOneMinus(_ p: Double) -> Double { log1p(-p) }

func cosine(_ x: Double) -> Double { cos(x) }

/// The natural logarithm.
func logarithm(_ x: Double) -> Double { log(x) }
