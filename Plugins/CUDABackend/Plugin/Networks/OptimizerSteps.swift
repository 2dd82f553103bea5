import BackendAPI
import CUDATypes

let optimizerClaims: [NetworkClaim] = []
