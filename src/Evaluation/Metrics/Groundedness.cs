using TurkishLlm.Data.Retrieval;

namespace TurkishLlm.Evaluation.Metrics;

/// <summary>Measures how much of an answer is supported by its context.</summary>
/// <remarks>
/// Counts the words of the answer that are not in the question. A word is supported if its <see cref="SearchTerms"/> term is in
/// the context, so suffixes may differ; numbers and codes must match entirely. Measures that nothing was made up, not that the
/// answer is correct. Spec: EVL-19.
/// </remarks>
public static class Groundedness
{
    /// <param name="answer">The answer.</param>
    /// <param name="question">The question.</param>
    /// <param name="context">The context of the question.</param>
    /// <returns>0 … 1; null if the answer has no words beyond those of the question.</returns>
    public static double? Compute(string answer, string question, IEnumerable<string> context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var asked = SearchTerms.Extract(question).ToHashSet(StringComparer.Ordinal);
        var known = context.SelectMany(SearchTerms.Extract).ToHashSet(StringComparer.Ordinal);
        var news = SearchTerms.Extract(answer).Where(term => !asked.Contains(term)).ToArray();
        return news.Length == 0 ? null : (double)news.Count(known.Contains) / news.Length;
    }
}
