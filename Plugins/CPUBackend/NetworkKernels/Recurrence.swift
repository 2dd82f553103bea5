import BackendAPI
import CPUKernelTypes
import CPULanes

var recurrenceKernels: RecurrenceKernels { RecurrenceKernels() }
