import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func fourierTransforms() throws {
    let table = try SpellingTable("Fourier transforms")
    let x = Tensor([1.0, 2, 3, 4])
    let m = Tensor([[1.0, 2], [3, 5]])
    table.row("tensor([10.+0.j, -2.+2.j, -2.+0.j, -2.-2.j])") { FFT.fft(x) }
    table.row("tensor([1., 2., 3., 4.])") { FFT.ifft(FFT.fft(x)).real }
    table.row("tensor([10.+0.j, -2.+2.j, -2.+0.j])") { FFT.rfft(x) }
    table.row("tensor([1., 2., 3., 4.])") { FFT.irfft(FFT.rfft(x)) }
    table.row("tensor([[11., -3.],\n        [-5.,  1.]])") { FFT.fft2(m).real }
    table.row("tensor([[11., -3.],\n        [-5.,  1.]])") { FFT.fftn(m).real }
    table.row("tensor([3., 4., 1., 2.])") { FFT.fftshift(x) }
    table.row("tensor([3., 4., 1., 2.])") { FFT.ifftshift(x) }
    table.row("tensor([ 0.0000,  0.2500, -0.5000, -0.2500])") { FFT.fftfreq(4) }
    table.row("tensor([[ 3.,  5.,  7.],\n        [-1., -1., -1.]])") { x.stft(2, hopLength: 1, center: false).real }
    table.row("tensor([1., 2., 3., 4.])") { x.stft(2, hopLength: 1).istft(2, hopLength: 1) }
    table.matchesTheArticle()
  }
}
