import Backplane
import Glibc

extension Workload {
  static var fourier: [Workload] {
    [
      Workload(name: "fft_1M") { device in
        let count = 1 << 20
        let re = Values.normal(count, seed: 61), im = Values.normal(count, seed: 62)
        let x = complex(Tensor(re, device: device), Tensor(im, device: device))
        var result = x
        return Job {
          result = x
          result = FFT.fft(x)
        } check: {
          let found = result.viewAsReal().floats
          guard found.count == 2 * count else { throw Complaint("\(found.count / 2) elements instead of \(count)") }
          // Parseval sees every element, sums of their own some of them.
          func energy(_ x: some Sequence<Float>) -> Double { x.reduce(0) { $0 + Double($1) * Double($1) } }
          let (before, after) = (energy(re) + energy(im), energy(found) / Double(count))
          guard (after - before).magnitude <= 1e-6 * before else {
            throw Complaint("wrong result: energy \(after), should be \(before)")
          }
          for k in [0, 1, 2, 3, 5, 1000, 4097, 1 << 19, (1 << 19) + 1, 777_777, count - 1] {
            var (sumRe, sumIm) = (0.0, 0.0)
            for i in 0..<count {
              let angle = -2 * Double.pi * Double(i * k % count) / Double(count)
              let (c, s) = (cos(angle), sin(angle))
              sumRe += c * Double(re[i]) - s * Double(im[i])
              sumIm += s * Double(re[i]) + c * Double(im[i])
            }
            let error = hypot(Double(found[2 * k]) - sumRe, Double(found[2 * k + 1]) - sumIm)
            guard error <= 1e-5 * Double(count).squareRoot() else {
              throw Complaint("wrong result: element \(k) is off by \(error)")
            }
          }
        }
      }
    ]
  }
}
