namespace TurkishLlm.Synthesis.Documentation;

/// <summary>The pages of a documentation, and the files without pages.</summary>
/// <param name="Pages">The pages, ordered by path.</param>
/// <param name="FileCount">Number of files that the pages come from.</param>
/// <param name="Skipped">The files that were skipped, with paths relative to the folder.</param>
public sealed record DocumentationContent(
    IReadOnlyList<Page> Pages, int FileCount, IReadOnlyList<(string File, SkipReason Reason)> Skipped);
