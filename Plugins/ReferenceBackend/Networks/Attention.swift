import BackendAPI

/// Section 6.24 of the header.
let attentionOperators: [Operator] = []
