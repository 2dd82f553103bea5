// order.cuh
