using System.Text.RegularExpressions;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>One step of a split rule: an expression that is applied to each piece of the step before.</summary>
/// <param name="Expression">The expression, for characters up to U+FFFF.</param>
/// <param name="KeepsRest">True if text between two matches is a piece of its own; false if it is dropped.</param>
internal sealed record SplitStep(Regex Expression, bool KeepsRest = true)
{
    /// <summary>The rule of GPT-2, which byte-level BPE has if it has no other.</summary>
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    // What means something else in .NET than in the engines of tokenizers and tiktoken, or is unknown to it.
    private static readonly (string Syntax, string Meaning)[] Unsupported =
    [
        ("&&", "intersections of classes"), (@"\w", "word characters"), (@"\W", "word characters"), (@"\b", "word boundaries"),
        (@"\B", "word boundaries"), (@"\h", "hexadecimal digits"), ("[[:", "POSIX classes"), ("(?x", "free spacing"),
    ];

    /// <summary>Creates a step.</summary>
    /// <exception cref="InvalidDataException">.NET cannot apply the expression as other engines do.</exception>
    public static SplitStep Create(string expression, string file, bool keepsRest = true)
    {
        foreach (var (syntax, meaning) in Unsupported)
            if (expression.Contains(syntax, StringComparison.Ordinal))
                throw new InvalidDataException(
                    $"{file} splits by {expression}; {meaning} ({syntax}) mean something else in .NET's regular expressions.");
        try
        {
            return new(new Regex(expression, RegexOptions.CultureInvariant | RegexOptions.Compiled), keepsRest);
        }
        catch (RegexParseException error)
        {
            throw new InvalidDataException(
                $"{file} splits by {expression}, which .NET's regular expressions cannot: {error.Message}", error);
        }
    }

    /// <summary>Splits a piece; the parts are in its order.</summary>
    /// <param name="piece">The piece, with characters up to U+FFFF.</param>
    /// <param name="offset">Added to the offset of each part.</param>
    /// <param name="parts">Receives the parts.</param>
    public void Split(ReadOnlySpan<char> piece, int offset, List<(int Offset, int Length)> parts)
    {
        var end = 0;
        foreach (var match in Expression.EnumerateMatches(piece))
        {
            if (match.Length == 0) continue;
            if (KeepsRest && match.Index > end) parts.Add((offset + end, match.Index - end));
            parts.Add((offset + match.Index, match.Length));
            end = match.Index + match.Length;
        }
        if (KeepsRest && end < piece.Length) parts.Add((offset + end, piece.Length - end));
    }
}
