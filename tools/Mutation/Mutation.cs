namespace TurkishLlm.Tools.Mutation;

/// <summary>A silent bug as an edit of the real code: small, compiling, plausible.</summary>
/// <param name="Id">Name for ever, in kebab case.</param>
/// <param name="BugIds">Rows of the catalogue of silent bugs that it stands for; none where the bug is not in it.</param>
/// <param name="File">The source, from the root of the repository.</param>
/// <param name="Find">What is there, exactly once.</param>
/// <param name="Replace">What the bug has in its place.</param>
/// <param name="Description">The bug in words.</param>
public sealed record Mutation(string Id, string[] BugIds, string File, string Find, string Replace, string Description)
{
    /// <summary>The source with the bug in it.</summary>
    /// <exception cref="InvalidDataException">What is to be replaced is not there, or more than once.</exception>
    public string ApplyTo(string source)
    {
        var at = source.IndexOf(Find, StringComparison.Ordinal);
        if (at < 0) throw new InvalidDataException($"{Id}: {File} does not contain \"{Find}\" any more. Bring the mutation up to date.");
        if (source.IndexOf(Find, at + 1, StringComparison.Ordinal) >= 0) throw new InvalidDataException($"{Id}: {File} contains \"{Find}\" more than once. Take a longer piece.");
        return string.Concat(source.AsSpan(0, at), Replace, source.AsSpan(at + Find.Length));
    }
}
