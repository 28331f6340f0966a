using TurkishLlm.Files;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Prompts;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>Checks the length of answers against the bounds of their difficulty.</summary>
internal static class LengthCheck
{
    /// <summary>Returns the problem, or an empty string.</summary>
    public static string FindProblem(string answer, AnswerLength allowed)
    {
        var words = answer
            .Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)
            .Count(word => word.Any(char.IsLetterOrDigit));
        if (words > allowed.MaxWords) return Invariant(words, "word", $"at most {allowed.MaxWords}");
        var sentences = Sentences.Split(answer).Count;
        return sentences < allowed.MinSentences || sentences > allowed.MaxSentences
            ? Invariant(sentences, "sentence", $"{allowed.MinSentences} … {allowed.MaxSentences}")
            : "";
    }

    private static string Invariant(int count, string noun, FormattableString allowed) =>
        $"{Quantity.Format(count, noun)}, allowed {FormattableString.Invariant(allowed)}";
}
