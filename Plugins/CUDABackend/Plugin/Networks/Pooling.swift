import BackendAPI
import CUDATypes

let poolingClaims: [NetworkClaim] = []
