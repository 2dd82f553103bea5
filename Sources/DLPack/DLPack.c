#include "dlpack_abi.h"
