import BackendAPI
import CUDATypes

/// A convolution by cuDNN; false where it has none for the call.
func convolveByCUDNN(_ queue: Queue, _ form: Convolution) throws(Failure) -> Bool { false }
