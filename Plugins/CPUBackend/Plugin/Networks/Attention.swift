import BackendAPI
import CPUKernelTypes

let attentionClaims: [NetworkClaim] = []
