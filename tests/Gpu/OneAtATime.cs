// Generators of random numbers and the memory of a device belong to the process, so a test that looks at them has it for itself.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
