import BackendAPI

/// PyTorch's name of an element's type, such as `float32`, by the type's number in the ABI.
package func dtypeName(_ dtype: Int32) -> String { String(cString: bp_dtype_name(dtype)) }
