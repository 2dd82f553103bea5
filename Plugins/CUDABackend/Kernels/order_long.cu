// order_long.cu
