/// One pass of Stockham's algorithm, which leaves the numbers in order: with s numbers side by side and lengths
/// r · m still to do, y[q + s (r p + k)] = ω^(pk) Σ x[q + s (p + m j)] ωᵣ^(jk), ω of order r m.
struct StockhamPass<Real: BinaryFloatingPoint & BitwiseCopyable> {
  let n: Int
  let m: Int
  let stride: Int
  let xr: UnsafePointer<Real>
  let xi: UnsafePointer<Real>
  let yr: UnsafeMutablePointer<Real>
  let yi: UnsafeMutablePointer<Real>
  let cosines: UnsafePointer<Real>
  let sines: UnsafePointer<Real>

  @inline(__always)
  private func store(_ at: Int, _ re: Real, _ im: Real, _ c: Real, _ s: Real) {
    yr[at] = re * c - im * s
    yi[at] = re * s + im * c
  }

  func radix2() {
    for p in 0..<m {
      let (c, s) = (cosines[p &* stride], sines[p &* stride])
      let (x0, x1) = (p &* stride, (p &+ m) &* stride)
      let y0 = 2 &* p &* stride, y1 = y0 &+ stride
      for q in 0..<stride {
        let (ar, ai, br, bi) = (xr[x0 &+ q], xi[x0 &+ q], xr[x1 &+ q], xi[x1 &+ q])
        yr[y0 &+ q] = ar + br
        yi[y0 &+ q] = ai + bi
        store(y1 &+ q, ar - br, ai - bi, c, s)
      }
    }
  }

  func radix3() {
    let half = Real(0.5), root = Real(0.75).squareRoot()
    for p in 0..<m {
      let (c1, s1) = (cosines[p &* stride], sines[p &* stride])
      let (c2, s2) = (cosines[2 &* p &* stride], sines[2 &* p &* stride])
      let x0 = p &* stride, x1 = x0 &+ m &* stride, x2 = x1 &+ m &* stride
      let y0 = 3 &* p &* stride, y1 = y0 &+ stride, y2 = y1 &+ stride
      for q in 0..<stride {
        let (ar, ai) = (xr[x0 &+ q], xi[x0 &+ q])
        let (sr, si) = (xr[x1 &+ q] + xr[x2 &+ q], xi[x1 &+ q] + xi[x2 &+ q])
        let (dr, di) = (root * (xr[x1 &+ q] - xr[x2 &+ q]), root * (xi[x1 &+ q] - xi[x2 &+ q]))
        yr[y0 &+ q] = ar + sr
        yi[y0 &+ q] = ai + si
        let (tr, ti) = (ar - half * sr, ai - half * si)
        store(y1 &+ q, tr + di, ti - dr, c1, s1)
        store(y2 &+ q, tr - di, ti + dr, c2, s2)
      }
    }
  }

  func radix4() {
    for p in 0..<m {
      let k = p &* stride
      let (c1, s1, c2, s2) = (cosines[k], sines[k], cosines[2 &* k], sines[2 &* k])
      let (c3, s3) = (cosines[3 &* k], sines[3 &* k])
      let step = m &* stride
      let x0 = k, x1 = x0 &+ step, x2 = x1 &+ step, x3 = x2 &+ step
      let y0 = 4 &* k, y1 = y0 &+ stride, y2 = y1 &+ stride, y3 = y2 &+ stride
      for q in 0..<stride {
        let (ar, ai) = (xr[x0 &+ q] + xr[x2 &+ q], xi[x0 &+ q] + xi[x2 &+ q])
        let (br, bi) = (xr[x0 &+ q] - xr[x2 &+ q], xi[x0 &+ q] - xi[x2 &+ q])
        let (cr, ci) = (xr[x1 &+ q] + xr[x3 &+ q], xi[x1 &+ q] + xi[x3 &+ q])
        let (dr, di) = (xr[x1 &+ q] - xr[x3 &+ q], xi[x1 &+ q] - xi[x3 &+ q])
        yr[y0 &+ q] = ar + cr
        yi[y0 &+ q] = ai + ci
        store(y1 &+ q, br + di, bi - dr, c1, s1)
        store(y2 &+ q, ar - cr, ai - ci, c2, s2)
        store(y3 &+ q, br - di, bi + dr, c3, s3)
      }
    }
  }

  /// Any radix, by the definition of a transform.
  func radix(_ r: Int) {
    for p in 0..<m {
      for k in 0..<r {
        let (c, s) = (cosines[p &* k &* stride], sines[p &* k &* stride])
        let target = (r &* p &+ k) &* stride
        for q in 0..<stride {
          var re: Real = 0, im: Real = 0
          for j in 0..<r {
            let root = j &* k % r &* (n / r), at = (p &+ m &* j) &* stride &+ q
            re += xr[at] * cosines[root] - xi[at] * sines[root]
            im += xr[at] * sines[root] + xi[at] * cosines[root]
          }
          store(target &+ q, re, im, c, s)
        }
      }
    }
  }
}
