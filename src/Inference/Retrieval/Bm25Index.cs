using System.Runtime.InteropServices;

namespace TurkishLlm.Inference.Retrieval;

/// <summary>
/// A BM25 index of passages: ranks passages by the terms that they share with a question, rare terms counting more.
/// </summary>
/// <remarks>
/// Score: Σ idf·f·(k₁+1) ÷ (f + k₁·(1 − b + b·length ÷ mean length)) over the distinct terms of the question, with idf = ln(1 +
/// (N − n + ½) ÷ (n + ½)), k₁ = 1.2 and b = 0.75; f is the number of times a passage has the term, n the number of passages that
/// have it. Source: Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", section 3; idf above 0
/// as in Lucene.
/// </remarks>
public sealed class Bm25Index
{
    private const double K1 = 1.2, B = 0.75;

    private readonly Dictionary<string, List<(int Passage, int Count)>> _postings = new(StringComparer.Ordinal);
    private readonly int[] _lengths;
    private readonly double _meanLength;

    /// <param name="passages">The texts. Hits refer to them by index.</param>
    public Bm25Index(IReadOnlyList<string> passages)
    {
        ArgumentNullException.ThrowIfNull(passages);
        _lengths = new int[passages.Count];
        for (var i = 0; i < passages.Count; i++)
        {
            var terms = SearchTerms.Extract(passages[i]);
            _lengths[i] = terms.Count;
            foreach (var term in terms.CountBy(term => term, StringComparer.Ordinal))
                (CollectionsMarshal.GetValueRefOrAddDefault(_postings, term.Key, out _) ??= []).Add((i, term.Value));
        }
        _meanLength = _lengths.DefaultIfEmpty(0).Average();
    }

    /// <summary>Returns the passages with the highest scores, best first; ties are ordered by index.</summary>
    /// <param name="question">The question to search for.</param>
    /// <param name="topK">Maximum number of passages. A passage without any term of the question is never returned.</param>
    public IReadOnlyList<SearchHit> Search(string question, int topK)
    {
        var scores = new Dictionary<int, double>();
        foreach (var term in SearchTerms.Extract(question).Distinct(StringComparer.Ordinal))
        {
            if (!_postings.TryGetValue(term, out var postings)) continue;
            var rarity = Math.Log(1 + (_lengths.Length - postings.Count + 0.5) / (postings.Count + 0.5));
            foreach (var (passage, count) in postings)
                CollectionsMarshal.GetValueRefOrAddDefault(scores, passage, out _) +=
                    rarity * count * (K1 + 1) / (count + K1 * (1 - B + B * _lengths[passage] / _meanLength));
        }
        return
        [
            .. scores
                .Select(score => new SearchHit(score.Key, score.Value))
                .OrderByDescending(hit => hit.Score)
                .ThenBy(hit => hit.Passage)
                .Take(topK),
        ];
    }
}

/// <summary>A passage found by a search.</summary>
/// <param name="Passage">Index of the passage.</param>
/// <param name="Score">The BM25 score; comparable within one search only.</param>
public readonly record struct SearchHit(int Passage, double Score);
