using System.Globalization;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Data.Retrieval;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Spec.Tokenization;

namespace TurkishLlm.Spec.Training;

/// <summary>Compares an answer with the expected one.</summary>
public delegate AnswerScores CompareAnswers(string answer, string expected);

/// <summary>Three similarity metrics of an answer and the expected one.</summary>
/// <param name="F1">Shared words.</param>
/// <param name="RougeL">Shared words in order.</param>
/// <param name="ChrF">Shared runs of characters.</param>
public readonly record struct AnswerScores(double F1, double RougeL, double ChrF);

/// <summary>An answer and the expected one, as words in lower case with one space between.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Reference">The expected answer.</param>
public sealed record AnswerPairCase(string Answer, string Reference);

/// <summary>Sampled answers.</summary>
/// <param name="Samples">Number of samples.</param>
/// <param name="CorrectCount">Number of correct answers.</param>
/// <param name="K">Number of tries.</param>
public sealed record PassAtKCase(int Samples, int CorrectCount, int K);

/// <summary>Pairs of answers that match, and pairs that do not.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Equivalent">Equal ones.</param>
/// <param name="Different">Different ones.</param>
public sealed record ExactMatchCase(
    string Name, IReadOnlyList<(string, string)> Equivalent, IReadOnlyList<(string, string)> Different)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Answer metrics: EVL-11, EVL-15, EVL-16.</summary>
public static class AnswerMetricSpec
{
    public static readonly Requirement<ExactMatchCase, Func<string, string, bool>> EVL_11_TurkishEquality = new()
    {
        Id = "EVL-11",
        Statement = "Exact match ignores letter case by Turkish rules, canonical form, invisible characters, and suffixes after "
            + "an apostrophe; I and i, and different numbers, never match. It does not depend on the culture.",
        Source = "BUG-EVL-11; dotnet/dotnet-api-docs #12266",
        CanonicalCases =
        [
            new("letters, forms, suffixes and numbers under every culture",
                [
                    ("IĞDIR", "Iğdır"), ("Iğdır", "ığdır"), ("İZMİR", "izmir"), ("D50 deposuna girer.", "d50 DEPOSUNA girer"),
                    ("Ankara'da", "Ankara’dan"), ("1919'da", "1919"), ("u\u0308retim", "ÜRETİM"), ("“Evet!”", "evet"),
                    ("ka\u00ADpa\u00ADnış", "kapanış"), ("\uFB01re\u200B", "fire"), ("i\u0307rsaliye", "İRSALİYE"),
                ],
                [
                    ("ISPARTA", "isparta"), ("sıra", "sira"), ("kâr", "kar"), ("-5", "5"), ("0,5", "05"), ("1.250", "1 250"),
                    ("30 dakika", "30"), ("girer D50", "D50 girer"), ("açı", "acı"),
                ]),
        ],
        Subject = (_, _) => WordOverlap.IsExactMatch,
        Holds = (same, c, _) =>
            Verdict.All(
                Cultures
                    .TestCultures()
                    .Append(CultureInfo.InvariantCulture)
                    .SelectMany(culture =>
                        c.Equivalent.Select(pair => (pair, Expected: true))
                            .Concat(c.Different.Select(pair => (pair, Expected: false)))
            .Select(row =>
                Verdict.Equal(
                    row.Expected,
                    Cultures.RunWith(culture, () => same(row.pair.Item1, row.pair.Item2)),
                    $"\"{row.pair.Item1}\" and \"{row.pair.Item2}\" the same under {culture.DisplayName}")))),
        Impostors = new()
        {
            ["case is ignored by invariant rules"] = (_, _) => (a, b) =>
                WordOverlap.IsExactMatch(a.ToLowerInvariant(), b.ToLowerInvariant()),
            ["case follows the culture"] = (_, _) => (a, b) =>
                WordOverlap.IsExactMatch(a.ToLower(Cultures.Current), b.ToLower(Cultures.Current)),
            ["canonical forms are not normalized"] = (_, _) => (a, b) =>
                WordOverlap.IsExactMatch(a.Replace('\u0308', '¨'), b.Replace('\u0308', '¨')),
            ["invisible characters separate words"] = (_, _) => (a, b) =>
                WordOverlap.IsExactMatch(a.Replace('\u00AD', ' '), b.Replace('\u00AD', ' ')),
            ["letters are folded to English"] = (_, _) => (a, b) =>
                SearchTerms.Extract(a).SequenceEqual(SearchTerms.Extract(b), StringComparer.Ordinal),
            ["suffixes count"] = (_, _) => (a, b) =>
                WordOverlap.IsExactMatch(a.Replace('\'', ' ').Replace('’', ' '), b.Replace('\'', ' ').Replace('’', ' ')),
            ["decimal points and signs count as punctuation"] = (_, _) => (a, b) => WordOverlap.IsExactMatch(Plain(a), Plain(b)),
            ["the order of words does not count"] = (_, _) =>
                (a, b) =>
                    TurkishWords
                        .Split(a)
                        .Order(StringComparer.Ordinal)
                        .SequenceEqual(TurkishWords.Split(b).Order(StringComparer.Ordinal), StringComparer.Ordinal),
            ["a substring is enough"] = (_, _) => (a, b) => TurkishWords.Contains(TurkishWords.Split(a), TurkishWords.Split(b)),
        },
    };

    public static readonly Requirement<AnswerPairCase, CompareAnswers> EVL_15_Overlap = new()
    {
        Id = "EVL-15",
        Statement = "F1, ROUGE-L and chrF equal their definitions, evaluated by exhaustive search.",
        Source = "Rajpurkar et al. 2016, arXiv:1606.05250, section 6.1; Lin 2004, section 3.1; Popović 2015; sacreBLEU; rounding "
            + "of a few hundred float64 operations",
        CanonicalCases =
        [
            new("fire fire üretim mudürünün onayıyla düşülür", "üretim müdürü onaylayınca fire iş emrinden düşülür"),
            new("eski makaranın numarasi kapanır eski kayıt kalır", "kayıt kalır eski makaranın numarası hemen bugün kapanır"),
            new("kablo kablo makara dagıtım ölçüsü kablo", "ölçüsü makara makara kablo dağıtılır"),
        ],
        Subject = (_, _) => Real,
        Holds = (compare, c, _) =>
        {
            const double rounding = 1e-12;
            var (given, right, scores) = (c.Answer.Split(' '), c.Reference.Split(' '), compare(c.Answer, c.Reference));
            return Verdict.All(
                Verdict.AtMost(rounding, Math.Abs(scores.F1 - AnswerMetricOracle.F1(given, right)), "difference of F1"),
                Verdict.AtMost(
                    rounding, Math.Abs(scores.RougeL - AnswerMetricOracle.RougeL(given, right)), "difference of ROUGE-L"),
                Verdict.AtMost(
                    rounding, Math.Abs(scores.ChrF - AnswerMetricOracle.CharacterF(string.Concat(given), string.Concat(right))),
                    "difference of chrF"));
        },
        Impostors = new()
        {
            ["repetitions do not count"] = (_, _) =>
                (a, b) =>
                    Real(a, b) with
                    {
                        F1 = WordOverlap.F1(string.Join(' ', a.Split(' ').Distinct()), string.Join(' ', b.Split(' ').Distinct())),
                    },
            ["precision for F1"] = (_, _) => (a, b) =>
                Real(a, b) with { F1 = (double)a.Split(' ').Count(b.Split(' ').Contains) / a.Split(' ').Length },
            ["words in any order for ROUGE-L"] = (_, _) => (a, b) => Real(a, b) with { RougeL = WordOverlap.F1(a, b) },
            ["the longest run without a gap for ROUGE-L"] = (_, _) => (a, b) =>
                Real(a, b) with { RougeL = LongestRun(a.Split(' '), b.Split(' ')) },
            ["recall for ROUGE-L"] = (_, _) =>
                (a, b) =>
                    Real(a, b) with
                    {
                        RougeL = RougeL.Compute(a, b) * (a.Split(' ').Length + b.Split(' ').Length) / 2.0 / b.Split(' ').Length,
                    },
            ["answer and reference are swapped"] = (_, _) => (a, b) => Real(a, b) with { ChrF = ChrFScore.Compute(b, a) },
            ["chrF of words of characters, spaces counted"] = (_, _) => (a, b) =>
                Real(a, b) with { ChrF = ChrFScore.Compute(a.Replace(' ', '_'), b.Replace(' ', '_')) },
            ["chrF of the first 30 characters"] = (_, _) => (a, b) =>
                Real(a, b) with { ChrF = ChrFScore.Compute(a[..30], b[..30]) },
            ["chrF folds letters"] = (_, _) => (a, b) => Real(a, b) with { ChrF = ChrFScore.Compute(Fold(a), Fold(b)) },
        },
    };

    public static readonly Requirement<PassAtKCase, Func<int, int, int, double>> EVL_16_PassAtK = new()
    {
        Id = "EVL-16",
        Statement = "pass@k is the share of all selections of k answers that contain a correct one.",
        Source = "Chen et al. 2021, arXiv:2107.03374, section 2.1 and figure 13",
        CanonicalCases = [new(7, 2, 3), new(10, 1, 4), new(6, 4, 2)],
        Subject = (_, _) => PassAtK.Estimate,
        Holds = (pass, c, _) => Verdict.All(
            Verdict.AtMost(
                1e-12, Math.Abs(pass(c.Samples, c.CorrectCount, c.K) - AnswerMetricOracle.PassAt(c.Samples, c.CorrectCount, c.K)),
                "difference"),
            Verdict.Equal(0.0, pass(c.Samples, 0, c.K), "with no correct answer"),
            Verdict.Equal(1.0, pass(c.Samples, c.Samples - c.K + 1, c.K), "with fewer wrong answers than tries")),
        Impostors = new()
        {
            ["samples with replacement, which is biased"] = (_, _) => (n, c, k) => 1 - Math.Pow(1 - (double)c / n, k),
            ["the first k only"] = (_, _) => (_, c, _) => c > 0 ? 1 : 0,
            ["the share of correct answers"] = (_, _) => (n, c, _) => (double)c / n,
            ["all k are correct"] = (_, _) => (n, c, k) =>
                Enumerable.Range(0, k).Aggregate(1.0, (p, i) => p * Math.Max(0, c - i) / (n - i)),
        },
    };

    public static IReadOnlyList<Requirement> All => [EVL_11_TurkishEquality, EVL_15_Overlap, EVL_16_PassAtK];

    private static AnswerScores Real(string answer, string reference) =>
        new(WordOverlap.F1(answer, reference), RougeL.Compute(answer, reference), ChrFScore.Compute(answer, reference));

    private static string Plain(string text) =>
        text.Replace(".", " ", StringComparison.Ordinal)
            .Replace(",", "", StringComparison.Ordinal)
            .Replace("-", " ", StringComparison.Ordinal);

    private static string Fold(string text) =>
        text.Replace('ı', 'i').Replace('ş', 's').Replace('ü', 'u').Replace('ğ', 'g').Replace('ç', 'c').Replace('ö', 'o');

    private static double LongestRun(string[] a, string[] b)
    {
        var longest = Enumerable
            .Range(0, a.Length)
            .SelectMany(i =>
                Enumerable.Range(0, b.Length).Select(j => a[i..].Zip(b[j..]).TakeWhile(pair => pair.First == pair.Second).Count())
            )
            .Max();
        return 2.0 * longest / (a.Length + b.Length);
    }
}
