import BackendAPI

/// PyTorch's name of a `BP_DTYPE`, such as `float32`; nil for a number that is none.
package func dtypeName(_ dtype: Int32) -> String? {
  bp_has_type(BP_TYPES_ALL, dtype) ? String(cString: bp_dtype_name(dtype)) : nil
}
