import BackendAPI
import CPUKernelTypes

let poolingClaims: [NetworkClaim] = []
