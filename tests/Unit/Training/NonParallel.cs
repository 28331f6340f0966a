namespace TurkishLlm.Tests.Unit.Training;

/// <summary>
/// Tests that train. libtorch has one number of threads and one random generator for the whole process, so nothing else
/// may run beside them.
/// </summary>
[CollectionDefinition(nameof(NonParallel), DisableParallelization = true)]
public sealed class NonParallel;
