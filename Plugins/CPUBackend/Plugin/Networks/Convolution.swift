import BackendAPI
import CPUKernelTypes

let convolutionClaims: [NetworkClaim] = []
