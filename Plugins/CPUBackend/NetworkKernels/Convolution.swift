import BackendAPI
import CPUKernelTypes
import CPULanes

var convolutionKernels: ConvolutionKernels { ConvolutionKernels() }
