import BackendAPI
import CPUKernelTypes

let activationClaims: [NetworkClaim] = []
