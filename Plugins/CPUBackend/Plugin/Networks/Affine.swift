import BackendAPI
import CPUKernelTypes

let affineClaims: [NetworkClaim] = []
