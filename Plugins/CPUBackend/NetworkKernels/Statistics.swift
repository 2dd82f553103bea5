import BackendAPI
import CPUKernelTypes
import CPULanes

var statisticsKernels: StatisticsKernels { StatisticsKernels() }
