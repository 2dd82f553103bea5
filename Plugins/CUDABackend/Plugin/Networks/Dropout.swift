import BackendAPI
import CUDATypes

let dropoutClaims: [NetworkClaim] = []
