import BackendAPI
import CPUKernelTypes

let recurrenceClaims: [NetworkClaim] = []
