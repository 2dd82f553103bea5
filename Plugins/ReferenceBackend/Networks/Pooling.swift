import BackendAPI

/// Section 6.22 of the header.
let poolingOperators: [Operator] = []
