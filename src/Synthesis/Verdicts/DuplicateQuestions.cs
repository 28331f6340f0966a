using System.Text.RegularExpressions;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>
/// Finds repeated questions. Duplicates have the same words, regardless of case, punctuation and spaces. Near-duplicates have
/// sets of letter trigrams with a Jaccard similarity of at least <see cref="NearSimilarity"/>, and the same numbers, codes and
/// quotations: questions about code 40 and code 50 are different.
/// </summary>
/// <remarks>
/// All pairs of questions at or above the limit are found: for each question, enough of its rarest trigrams are looked up that
/// two similar questions must share one of them. Source: Chaudhuri et al. 2006, "A primitive operator for similarity joins".
/// Spec: SYN-08.
/// </remarks>
public sealed partial class DuplicateQuestions
{
    /// <summary>Similarity from which two questions are near-duplicates.</summary>
    public const double NearSimilarity = 0.8;

    private readonly Dictionary<string, string> _exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Entry>> _byTrigram = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _frequency = new(StringComparer.Ordinal);

    /// <param name="questions">All questions that will be added, to count which trigrams are rare.</param>
    public DuplicateQuestions(IEnumerable<string> questions)
    {
        ArgumentNullException.ThrowIfNull(questions);
        foreach (var trigram in questions.SelectMany(question => GetTrigrams(Normalize(question))))
            _frequency[trigram] = _frequency.GetValueOrDefault(trigram) + 1;
    }

    /// <summary>Looks up a question, and adds it if it is new.</summary>
    /// <param name="question">The question.</param>
    /// <param name="similar">The earlier question, or an empty string.</param>
    /// <returns>Why the question is not new; null if it is new.</returns>
    public RejectionReason? Add(string question, out string similar)
    {
        ArgumentNullException.ThrowIfNull(question);
        var plain = Normalize(question);
        if (_exact.TryGetValue(plain, out similar!)) return RejectionReason.Duplicate;

        var trigrams = GetTrigrams(plain);
        var rarest = trigrams
            .OrderBy(trigram => _frequency.GetValueOrDefault(trigram))
            .ThenBy(trigram => trigram, StringComparer.Ordinal)
            .Take(trigrams.Count - (int)Math.Ceiling(NearSimilarity * trigrams.Count) + 1)
            .ToArray();
        var facts = Facts
            .Extract(question)
            .Concat(QuotationRegex().Matches(question).Select(match => match.Value))
            .ToHashSet(StringComparer.Ordinal);
        var near = rarest.SelectMany(trigram => _byTrigram.GetValueOrDefault(trigram) ?? []).Distinct()
            .FirstOrDefault(entry =>
                entry.Facts.SetEquals(facts) && ComputeSimilarity(entry.Trigrams, trigrams) >= NearSimilarity);
        if (near is not null)
        {
            similar = near.Question;
            return RejectionReason.NearDuplicate;
        }
        _exact.Add(plain, question);
        var added = new Entry(question, trigrams, facts);
        foreach (var trigram in rarest)
        {
            if (!_byTrigram.TryGetValue(trigram, out var entries)) _byTrigram.Add(trigram, entries = []);
            entries.Add(added);
        }
        similar = "";
        return null;
    }

    /// <summary>Computes the similarity of two questions, 0 … 1.</summary>
    public static double ComputeSimilarity(string a, string b) =>
        ComputeSimilarity(GetTrigrams(Normalize(a)), GetTrigrams(Normalize(b)));

    internal static double ComputeSimilarity(HashSet<string> a, HashSet<string> b)
    {
        var common = a.Count(b.Contains);
        return (double)common / (a.Count + b.Count - common);
    }

    internal static HashSet<string> GetTrigrams(string plain)
    {
        var padded = $" {plain} ";
        return
        [
            .. Enumerable
                .Range(0, Math.Max(1, padded.Length - 2))
                .Select(i => padded.Substring(i, Math.Min(3, padded.Length - i))),
        ];
    }

    /// <summary>
    /// Converts to lower case by Turkish rules and replaces everything except letters and digits with single spaces.
    /// </summary>
    internal static string Normalize(string question) => ComparableWords.Create(question);

    [GeneratedRegex("[“\"«][^”\"»]+[”\"»]")]
    private static partial Regex QuotationRegex();

    private sealed record Entry(string Question, HashSet<string> Trigrams, HashSet<string> Facts);
}
