"""Our benchmarks beside the peers': how they are run, put together and shown."""
