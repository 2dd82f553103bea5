import BackendAPI
import CPUKernelTypes
import CPULanes

var crossEntropyKernels: CrossEntropyKernels { CrossEntropyKernels() }
