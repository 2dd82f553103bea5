import BackendAPI

/// Section 6.23 of the header.
let statisticsOperators: [Operator] = []
