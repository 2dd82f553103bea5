// attention_mma.cu
