import BackendAPI
import CUDATypes

let attentionClaims: [NetworkClaim] = []
