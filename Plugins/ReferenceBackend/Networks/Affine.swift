import BackendAPI

/// Section 6.20 of the header.
let affineOperators: [Operator] = []
