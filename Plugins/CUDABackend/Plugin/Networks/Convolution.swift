import BackendAPI
import CUDATypes

let convolutionClaims: [NetworkClaim] = []
