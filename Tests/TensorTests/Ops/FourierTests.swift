import Backplane
import TestSupport
import Testing

@Suite struct FourierTests {
  @Test(arguments: testDevices) func values(_ device: Device) {
    let x = Tensor([1.0, 2, 3, 4], dtype: .float64, device: device)
    #expect(areClose(FFT.fft(x).viewAsReal().toArray(), [10, 0, -2, 2, -2, 0, -2, -2]))
    #expect(areClose(FFT.rfft(x).viewAsReal().toArray(), [10, 0, -2, 2, -2, 0]))
    #expect(areClose(FFT.irfft(FFT.rfft(x)).toArray(), [1, 2, 3, 4]))
    #expect(areClose(FFT.fft(x, norm: .ortho).real.toArray(), [5, -1, -1, -1]))
    #expect(areClose(FFT.fft(x, n: 2).real.toArray(), [3, -1]))
    #expect(areClose(FFT.hfft(FFT.ihfft(x)).toArray(), [1, 2, 3, 4]))
    #expect(FFT.fft(Tensor([1, 2], device: device)).dtype == .complex64)
    #expect(areClose(FFT.fftfreq(5, d: 0.5, device: device).toArray(), [0, 0.4, 0.8, -0.8, -0.4]))
    #expect(FFT.fftshift(Tensor.arange(5, device: device)).toArray(Int.self) == [3, 4, 0, 1, 2])
    #expect(FFT.ifftshift(Tensor.arange(5, device: device)).toArray(Int.self) == [2, 3, 4, 0, 1])
  }

  @Test(arguments: testDevices) func inversesUndoEveryLength(_ device: Device) {
    for n in [1, 2, 3, 5, 7, 12, 13, 17, 30, 64, 97, 100] {
      let x = Tensor.randn([3, n], dtype: .float64, device: device, generator: Generator(seed: 2))
      #expect(areClose(FFT.ifft(FFT.fft(x)).real.toArray(), x.toArray()), "length \(n)")
      #expect(areClose(FFT.irfft(FFT.rfft(x), n: n).toArray(), x.toArray()), "length \(n)")
    }
    let x = Tensor.randn([3, 4, 6], dtype: .float64, device: device, generator: Generator(seed: 4))
    #expect(areClose(FFT.irfftn(FFT.rfftn(x)).toArray(), x.toArray()))
    #expect(areClose(FFT.ifft2(FFT.fft2(x, norm: .forward), norm: .forward).real.toArray(), x.toArray()))
  }

  @Test(arguments: testDevices) func errors(_ device: Device) {
    let x = Tensor.ones([3], device: device)
    #expect(
      errorMessage { _ = FFT.fft(Tensor(1.0, device: device)) }
        == "Dimension specified as -1 but tensor has no dimensions")
    #expect(errorMessage { _ = FFT.fft(x, n: 0) } == "Invalid number of data points (0) specified")
    #expect(
      errorMessage { _ = try call("fft.fft", [.tensor(x)], ["norm": "none"]) } == "Invalid normalization mode: \"none\""
    )
    #expect(errorMessage { _ = FFT.fft(x.half()) } == "Unsupported dtype Half")
    #expect(errorMessage { _ = FFT.rfft(FFT.fft(x)) }.contains("expects a real input tensor"))
  }
}
