import BackendAPI
import CUDATypes

let orderClaims: [NetworkClaim] = []
