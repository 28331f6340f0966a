namespace TurkishLlm.Synthesis;

/// <summary>Finds answers that are longer or shorter than their difficulty allows.</summary>
internal static class LengthCheck
{
    /// <summary>What is wrong; empty when nothing is.</summary>
    public static string ProblemOf(string answer, AnswerLength allowed)
    {
        var words = answer.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries).Count(word => word.Any(char.IsLetterOrDigit));
        if (words > allowed.MostWords) return FormattableString.Invariant($"{words} words, allowed {allowed.MostWords}");
        var sentences = Sentences.Of(answer).Count;
        return sentences < allowed.LeastSentences || sentences > allowed.MostSentences ? FormattableString.Invariant($"{sentences} sentences, allowed {allowed.LeastSentences} … {allowed.MostSentences}") : "";
    }
}
