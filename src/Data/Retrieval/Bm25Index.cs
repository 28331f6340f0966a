using System.Runtime.InteropServices;

namespace TurkishLlm.Data.Retrieval;

/// <summary>
/// A BM25 index of passages: ranks passages by the terms that they share with a question, rare terms counting more and terms of
/// the headings counting three times.
/// </summary>
/// <remarks>
/// Score: Σ idf·f·(k₁+1) ÷ (f + k₁·(1 − b + b·length ÷ mean length)) over the distinct terms of the question, with idf = ln(1 +
/// (N − n + ½) ÷ (n + ½)), k₁ = 0.9 and b = 0.4; f is the number of times a passage has the term, n the number of passages that
/// have it. Frequencies and lengths are weighted sums over text and headings. Terms: <see cref="SearchTerms.ExtractForIndex"/>.
/// Source: Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", sections 3 and 3.6; idf above 0
/// as in Lucene; k₁ and b: Trotman et al. 2012, SIGIR workshop on open source information retrieval. Spec: RET-01.
/// </remarks>
public sealed class Bm25Index
{
    private const double K1 = 0.9, B = 0.4;

    /// <summary>How often a term of the headings counts.</summary>
    public const int HeadingWeight = 3;

    private readonly Dictionary<string, List<(int Passage, int Count)>> _postings = new(StringComparer.Ordinal);
    private readonly int[] _lengths;
    private readonly double _meanLength;

    /// <param name="passages">The texts. Hits refer to them by index.</param>
    public Bm25Index(IReadOnlyList<SearchText> passages)
    {
        ArgumentNullException.ThrowIfNull(passages);
        _lengths = new int[passages.Count];
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < passages.Count; i++)
        {
            counts.Clear();
            Count(passages[i].Text, 1);
            Count(passages[i].Headings, HeadingWeight);
            foreach (var (term, count) in counts)
                (CollectionsMarshal.GetValueRefOrAddDefault(_postings, term, out _) ??= []).Add((i, count));
            _lengths[i] = counts.Values.Sum();
        }
        _meanLength = _lengths.DefaultIfEmpty(0).Average();

        void Count(string text, int weight)
        {
            foreach (var term in SearchTerms.ExtractForIndex(text))
                CollectionsMarshal.GetValueRefOrAddDefault(counts, term, out _) += weight;
        }
    }

    /// <summary>Returns the passages with the highest scores, best first; ties are ordered by index.</summary>
    /// <param name="question">The question to search for.</param>
    /// <param name="topK">Maximum number of passages. A passage without any term of the question is never returned.</param>
    public IReadOnlyList<SearchHit> Search(string question, int topK)
    {
        var scores = new Dictionary<int, double>();
        foreach (var term in SearchTerms.ExtractForIndex(question).Distinct(StringComparer.Ordinal))
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

/// <summary>A text to search in.</summary>
/// <param name="Text">The text.</param>
/// <param name="Headings">The headings above it; empty for none.</param>
public readonly record struct SearchText(string Text, string Headings = "")
{
    /// <summary>A text without headings.</summary>
    public static implicit operator SearchText(string text) => new(text);
}

/// <summary>A passage found by a search.</summary>
/// <param name="Passage">Index of the passage.</param>
/// <param name="Score">The BM25 score; comparable within one search only.</param>
public readonly record struct SearchHit(int Passage, double Score);
