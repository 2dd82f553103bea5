import BackendAPI
import CUDATypes

let crossEntropyClaims: [NetworkClaim] = []
