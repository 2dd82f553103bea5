// order.cu
