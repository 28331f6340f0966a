namespace TurkishLlm.Tools.Mutation;

/// <summary>A silent bug as an edit of the real code: small, compiling, plausible.</summary>
/// <param name="Id">Permanent name, in kebab case.</param>
/// <param name="BugIds">Ids of the catalog of silent bugs that it represents; empty for other bugs.</param>
/// <param name="File">Path of the source, relative to the root of the repository.</param>
/// <param name="Find">Text that occurs exactly once in the source.</param>
/// <param name="Replace">Its replacement.</param>
/// <param name="Description">The bug in a sentence.</param>
public sealed record Mutation(string Id, string[] BugIds, string File, string Find, string Replace, string Description)
{
    /// <summary>Returns the source with the bug.</summary>
    /// <exception cref="InvalidDataException">
    /// The source does not contain <see cref="Find"/>, or contains it more than once.
    /// </exception>
    public string ApplyTo(string source)
    {
        var at = source.IndexOf(Find, StringComparison.Ordinal);
        if (at < 0)
            throw new InvalidDataException($"{Id}: {File} does not contain \"{Find}\". Update the mutation to the current code.");
        if (source.IndexOf(Find, at + 1, StringComparison.Ordinal) >= 0)
            throw new InvalidDataException($"{Id}: {File} contains \"{Find}\" more than once. Quote more of the source.");
        return string.Concat(source.AsSpan(0, at), Replace, source.AsSpan(at + Find.Length));
    }
}
