import BackendAPI

/// Section 6.25 of the header.
let crossEntropyOperators: [Operator] = []
