import BackendAPI

// Families that have no kernels yet.

private func missing(_ queue: Queue) -> Failure { .unsupported("\(operatorName(queue.op)) has no kernel yet") }

func elementwise(_ queue: Queue, _ known: Operator, _ op: UnsafePointer<bp_op>) throws(Failure) { throw missing(queue) }
func copy(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) { throw missing(queue) }
func fill(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) { throw missing(queue) }
func arange(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) { throw missing(queue) }
func random(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) { throw missing(queue) }
func reduce(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) { throw missing(queue) }
func argReduce(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) { throw missing(queue) }
func matmul(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) { throw missing(queue) }
func gather(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) { throw missing(queue) }
func scatter(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) { throw missing(queue) }
func softmax(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) { throw missing(queue) }
func adam(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) { throw missing(queue) }
func sgd(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) { throw missing(queue) }
