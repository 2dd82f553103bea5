import BackendAPI
import CUDATypes

let fourierClaims: [NetworkClaim] = []
