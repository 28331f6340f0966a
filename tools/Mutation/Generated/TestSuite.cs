namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>A selection of tests.</summary>
/// <param name="Program">The test project.</param>
/// <param name="Filter">Arguments that select it.</param>
public sealed record TestSuite(string Program, IReadOnlyList<string> Filter);
