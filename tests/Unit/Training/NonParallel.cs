namespace TurkishLlm.Tests.Unit.Training;

/// <summary>
/// Tests that train. libtorch has one thread count and one random generator per process, so no other tests may run at the same
/// time: <c>./run test</c> runs them in processes of their own.
/// </summary>
[Trait("Suite", "NonParallel")]
[CollectionDefinition(nameof(NonParallel), DisableParallelization = true)]
public sealed class NonParallel;
