import BackendAPI
import CUDATypes

let affineClaims: [NetworkClaim] = []
