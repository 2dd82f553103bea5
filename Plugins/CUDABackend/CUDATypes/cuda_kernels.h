/* The parameters of the kernels, as the host fills them in and the kernels read them: C for Swift, for NVRTC and for the
 * host's compiler alike, with nothing included. Every kernel takes one struct by value. Strides count elements; device
 * addresses are integers, so that both sides have the same layout.
 */
#ifndef BACKPLANE_CUDA_KERNELS_H
#define BACKPLANE_CUDA_KERNELS_H

#define CK_MAX_RANK 16
#define CK_MAX_INPUTS 3

typedef unsigned long long ck_address;
typedef long long ck_int;

/* An operand: where its first element lies, and how to go on. An immediate has no address and strides of zero. */
typedef struct ck_operand {
  ck_address data;
  ck_address immediate[2];
  ck_int is_immediate;
  ck_int stride[CK_MAX_RANK];
} ck_operand;

/* What went wrong within a kernel: the first that finds `op` zero fills it in. It lies in memory that the host reads. */
typedef struct ck_fault {
  int op; /* the operator's id, 0 for no fault */
  int ready;
  ck_int index;
  ck_int extent;
} ck_fault;

#endif
