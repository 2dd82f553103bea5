// attention.cuh
