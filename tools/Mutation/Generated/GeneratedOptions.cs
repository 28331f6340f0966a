namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>Options of <c>./run mutate</c> for generated mutants.</summary>
/// <param name="Count">Number to draw with each seed.</param>
/// <param name="Seeds">The seeds.</param>
/// <param name="Projects">Projects to draw the number from, each; empty for a share of all.</param>
/// <param name="From">A file with mutants to judge in place of drawn ones.</param>
/// <param name="Again">Number of mutants to draw from those that an earlier run killed.</param>
/// <param name="Jobs">Number of parallel jobs.</param>
/// <param name="Limit">Time after which no further mutant is begun.</param>
/// <param name="Resume">True to skip mutants that were judged before.</param>
/// <param name="Survivors">True to judge only survivors of the journal.</param>
/// <param name="Record">True to add what is killed to the list of killed mutants.</param>
/// <param name="Report">True to print the page of the journal.</param>
internal sealed record GeneratedOptions(
    int Count, IReadOnlyList<long> Seeds, IReadOnlyList<string> Projects, string? From, int Again, int Jobs, TimeSpan Limit,
    bool Resume, bool Survivors, bool Record, bool Report);
