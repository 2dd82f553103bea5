import BackendAPI
import CPUKernelTypes
import CPULanes

var poolingKernels: PoolingKernels { PoolingKernels() }
