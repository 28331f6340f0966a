namespace TurkishLlm.Tests.LlamaCpp;

/// <summary>
/// Tests that train: they draw from generators that the whole process shares, so nothing else may run meanwhile.
/// </summary>
[CollectionDefinition(nameof(NonParallel), DisableParallelization = true)]
public sealed class NonParallel;
