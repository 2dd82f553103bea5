import BackendAPI
import CUDATypes

let scanClaims: [NetworkClaim] = []
