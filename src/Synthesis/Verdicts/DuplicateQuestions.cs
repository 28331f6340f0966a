using System.Text;
using System.Text.RegularExpressions;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>
/// Finds questions that were asked before. Equal are those of the same words whatever case, punctuation and spaces; near are those
/// whose sets of three-letter runs overlap by <see cref="NearSimilarity"/> (Jaccard) and whose numbers, codes and quotations are
/// the same: what code 40 means is another question than what code 50 means.
/// </summary>
/// <remarks>
/// Every pair of questions at or above the limit is found: of each question only so many of its rarest runs are looked up that two
/// similar ones must share one of them. Source: Chaudhuri et al. 2006, "A primitive operator for similarity joins". Spec: SYN-08.
/// </remarks>
public sealed partial class DuplicateQuestions
{
    /// <summary>Similarity from which a question is nearly another.</summary>
    public const double NearSimilarity = 0.8;

    private readonly Dictionary<string, string> _exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Entry>> _byRun = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _frequency = new(StringComparer.Ordinal);

    /// <param name="questions">All questions that will come: they tell which runs are rare.</param>
    public DuplicateQuestions(IEnumerable<string> questions)
    {
        ArgumentNullException.ThrowIfNull(questions);
        foreach (var run in questions.SelectMany(question => GetTrigrams(Normalize(question)))) _frequency[run] = _frequency.GetValueOrDefault(run) + 1;
    }

    /// <summary>Looks a question up, and takes it in when there is none like it.</summary>
    /// <param name="question">The question.</param>
    /// <param name="similar">The one that was asked before; empty when there is none.</param>
    /// <returns>Why it is not new; null when it is.</returns>
    public RejectionReason? Add(string question, out string similar)
    {
        ArgumentNullException.ThrowIfNull(question);
        var plain = Normalize(question);
        if (_exact.TryGetValue(plain, out similar!)) return RejectionReason.Duplicate;

        var runs = GetTrigrams(plain);
        var rarest = runs.OrderBy(run => _frequency.GetValueOrDefault(run)).ThenBy(run => run, StringComparer.Ordinal).Take(runs.Count - (int)Math.Ceiling(NearSimilarity * runs.Count) + 1).ToArray();
        var facts = Facts.Extract(question).Concat(QuotationRegex().Matches(question).Select(match => match.Value)).ToHashSet(StringComparer.Ordinal);
        var near = rarest.SelectMany(run => _byRun.GetValueOrDefault(run) ?? []).Distinct()
            .FirstOrDefault(entry => entry.Facts.SetEquals(facts) && ComputeSimilarity(entry.Trigrams, runs) >= NearSimilarity);
        if (near is not null)
        {
            similar = near.Question;
            return RejectionReason.NearDuplicate;
        }
        _exact.Add(plain, question);
        var added = new Entry(question, runs, facts);
        foreach (var run in rarest)
        {
            if (!_byRun.TryGetValue(run, out var entries)) _byRun.Add(run, entries = []);
            entries.Add(added);
        }
        similar = "";
        return null;
    }

    /// <summary>How similar two questions are, 0 … 1.</summary>
    public static double ComputeSimilarity(string a, string b) => ComputeSimilarity(GetTrigrams(Normalize(a)), GetTrigrams(Normalize(b)));

    internal static double ComputeSimilarity(HashSet<string> a, HashSet<string> b)
    {
        var common = a.Count(b.Contains);
        return (double)common / (a.Count + b.Count - common);
    }

    internal static HashSet<string> GetTrigrams(string plain)
    {
        var padded = $" {plain} ";
        return [.. Enumerable.Range(0, Math.Max(1, padded.Length - 2)).Select(i => padded.Substring(i, Math.Min(3, padded.Length - i)))];
    }

    /// <summary>Small letters by Turkish rules, with one space in place of everything that is neither letter nor digit.</summary>
    internal static string Normalize(string question)
    {
        var plain = new StringBuilder();
        foreach (var c in TurkishCase.ToLower(TextNormalizer.ToNfc(question)))
        {
            if (char.IsLetterOrDigit(c)) plain.Append(c);
            else if (plain.Length > 0 && plain[^1] != ' ') plain.Append(' ');
        }
        return plain.ToString().TrimEnd();
    }

    [GeneratedRegex("[“\"«][^”\"»]+[”\"»]")]
    private static partial Regex QuotationRegex();

    private sealed record Entry(string Question, HashSet<string> Trigrams, HashSet<string> Facts);
}
