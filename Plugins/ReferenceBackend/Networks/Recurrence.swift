import BackendAPI

/// Section 6.26 of the header.
let recurrenceOperators: [Operator] = []
