#include "zlib_abi.h"
