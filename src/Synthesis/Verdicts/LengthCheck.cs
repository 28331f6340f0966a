using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Prompts;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>Finds answers that are longer or shorter than their difficulty allows.</summary>
internal static class LengthCheck
{
    /// <summary>What is wrong; empty when nothing is.</summary>
    public static string FindProblem(string answer, AnswerLength allowed)
    {
        var words = answer.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries).Count(word => word.Any(char.IsLetterOrDigit));
        if (words > allowed.MaxWords) return FormattableString.Invariant($"{words} words, allowed {allowed.MaxWords}");
        var sentences = Sentences.Split(answer).Count;
        return sentences < allowed.MinSentences || sentences > allowed.MaxSentences ? FormattableString.Invariant($"{sentences} sentences, allowed {allowed.MinSentences} … {allowed.MaxSentences}") : "";
    }
}
