import BackendAPI
import CPUKernelTypes
import CPULanes

var activationKernels: ActivationKernels { ActivationKernels() }
