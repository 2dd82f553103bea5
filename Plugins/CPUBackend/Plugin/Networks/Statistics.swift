import BackendAPI
import CPUKernelTypes

let statisticsClaims: [NetworkClaim] = []
