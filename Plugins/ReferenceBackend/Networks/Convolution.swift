import BackendAPI

/// Section 6.21 of the header.
let convolutionOperators: [Operator] = []
