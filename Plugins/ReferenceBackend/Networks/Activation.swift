import BackendAPI

/// Section 6.17 of the header.
let activationOperators: [Operator] = []
