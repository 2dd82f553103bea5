import BackendAPI
import CUDATypes

let statisticsClaims: [NetworkClaim] = []
