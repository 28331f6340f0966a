using TurkishLlm.Inference.Retrieval;

namespace TurkishLlm.Evaluation.Metrics;

/// <summary>How much of an answer stands in the context it was to be taken from.</summary>
/// <remarks>
/// Counted are the answer's words that the question does not have, since those are no news; a word stands in the context when its
/// <see cref="SearchTerms"/> term does, so that an ending may differ, but a number or a code only as a whole. It measures that nothing was
/// made up, not that the answer is right. Spec: EVL-19.
/// </remarks>
public static class Groundedness
{
    /// <param name="answer">The answer.</param>
    /// <param name="question">The question.</param>
    /// <param name="context">Texts to answer it from.</param>
    /// <returns>0 … 1; null where the answer says nothing that the question does not.</returns>
    public static double? Compute(string answer, string question, IEnumerable<string> context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var asked = SearchTerms.Extract(question).ToHashSet(StringComparer.Ordinal);
        var known = context.SelectMany(SearchTerms.Extract).ToHashSet(StringComparer.Ordinal);
        var news = SearchTerms.Extract(answer).Where(term => !asked.Contains(term)).ToArray();
        return news.Length == 0 ? null : (double)news.Count(known.Contains) / news.Length;
    }
}
