import BackendAPI
import CUDATypes

let recurrenceClaims: [NetworkClaim] = []
