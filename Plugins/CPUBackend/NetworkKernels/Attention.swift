import BackendAPI
import CPUKernelTypes
import CPULanes

var attentionKernels: AttentionKernels { AttentionKernels() }
