namespace TurkishLlm.Tests.Golden;

/// <summary>
/// Tests that train. Dropout draws from generators that the whole process shares, and every step seeds them, so nothing else may
/// run meanwhile.
/// </summary>
[CollectionDefinition(nameof(NonParallel), DisableParallelization = true)]
public sealed class NonParallel;
