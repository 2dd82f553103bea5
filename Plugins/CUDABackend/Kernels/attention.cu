// attention.cu
