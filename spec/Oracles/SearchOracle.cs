using TurkishLlm.Data.Corpus;
using TurkishLlm.Data.Retrieval;

namespace TurkishLlm.Spec.Oracles;

/// <summary>BM25 over weighted fields, passage by passage: every count is made again for every passage.</summary>
/// <remarks>Source: Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", section 3.</remarks>
public sealed record SearchOracle
{
    /// <summary>How often a word of the headings counts.</summary>
    public int HeadingWeight { get; init; } = 3;

    /// <summary>Saturation of frequencies.</summary>
    public double K1 { get; init; } = 0.9;

    /// <summary>Influence of the length.</summary>
    public double B { get; init; } = 0.4;

    /// <summary>True to give every term the same weight.</summary>
    public bool IgnoresRarity { get; init; }

    /// <summary>True to count a term as often as the question repeats it.</summary>
    public bool CountsRepetitions { get; init; }

    /// <summary>The terms of a word.</summary>
    public Func<string, IReadOnlyList<string>> GetTerms { get; init; } = GetStemAndPrefix;

    /// <summary>Ranks passages, best first, ties by index; passages with a score of 0 are excluded.</summary>
    public IReadOnlyList<SearchHit> Search(IReadOnlyList<SearchText> passages, string question)
    {
        string[][] all = [.. passages.Select(GetTermsOf)];
        var mean = all.Sum(terms => (double)terms.Length) / all.Length;
        var asked = TurkishWords.Split(question).SelectMany(GetTerms);
        string[] wanted = [.. CountsRepetitions ? asked : asked.Distinct()];
        return
        [
            .. all.Select((terms, i) => new SearchHit(i, wanted.Sum(term => Score(term, terms, all, mean))))
                .Where(hit => hit.Score > 0)
                .OrderByDescending(hit => Math.Round(hit.Score, 9)).ThenBy(hit => hit.Passage),
        ];
    }

    /// <summary>Returns the first five letters without diacritics, and, of a longer word, the first eight.</summary>
    public static IReadOnlyList<string> GetStemAndPrefix(string word)
    {
        var plain = Fold(word);
        if (plain.Any(char.IsDigit) || plain.Length <= 5) return [plain];
        return [plain[..5], $"{plain[..Math.Min(8, plain.Length)]}$"];
    }

    /// <summary>Returns a word without diacritics.</summary>
    public static string Fold(string word) => word.Replace('ç', 'c').Replace('ğ', 'g').Replace('ı', 'i').Replace('ö', 'o')
        .Replace('ş', 's').Replace('ü', 'u').Replace('â', 'a').Replace('î', 'i').Replace('û', 'u');

    private string[] GetTermsOf(SearchText passage) =>
    [
        .. TurkishWords.Split(passage.Text).SelectMany(GetTerms),
        .. Enumerable.Repeat(TurkishWords.Split(passage.Headings).SelectMany(GetTerms), HeadingWeight).SelectMany(terms => terms),
    ];

    private double Score(string term, string[] terms, string[][] all, double mean)
    {
        double f = terms.Count(other => other == term), n = all.Count(other => other.Contains(term));
        var idf = IgnoresRarity ? 1 : Math.Log((all.Length + 1.0) / (n + 0.5));
        return idf * f * (K1 + 1) / (f + K1 * (1 - B) + K1 * B * terms.Length / mean);
    }
}
