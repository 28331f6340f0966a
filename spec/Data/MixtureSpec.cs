using System.Text;
using System.Text.Json;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Spec.Tokenization;

namespace TurkishLlm.Spec.Data;

/// <summary>Prepares the texts of two sources.</summary>
public delegate PreparedText MixTexts(IReadOnlyList<string> first, IReadOnlyList<string> second);

/// <summary>Near-duplicates, contamination and weights in data preparation.</summary>
public static class MixtureSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [DAT40_NearDuplicates, DAT41_Contamination, DAT42_Mixture, DAT43_MinHash];

    /// <summary>Prepares documents and returns those of both splits as text.</summary>
    public static readonly Requirement<NearDuplicateCase, Func<IReadOnlyList<string>, PreparedText>> DAT40_NearDuplicates = new()
    {
        Id = "DAT-40",
        Statement = "Of documents that differ in a few words only the first is kept, so none has a near-duplicate in the other "
            + "split; documents that only share a part are all kept.",
        Source = "BUG-DAT-19: Lee et al. 2022, arXiv:2107.06499; MakazhanAlpamys/Soup #680",
        CanonicalCases =
        [
            new(24, 200, ChangedWords: 1), new(16, 600, ChangedWords: 3), new(18, 250, ChangedWords: 1, Sources: 3),
        ],
        Subject = (c, at) => documents => PreparationRunner.Run(at, Divide(documents, c.Sources)),
        Holds = (prepare, c, at) =>
        {
            var (different, near, sharing) = c.Documents(at.Seed);
            var kept = prepare([.. different, .. near, .. sharing]);
            string[] all = [.. kept.Train, .. kept.Validation];
            return Verdict.All(
                Verdict.AtLeast(1, Math.Min(kept.Train.Count, kept.Validation.Count), "documents of the smaller split"),
                Verdict.AtMost(0, near.Count(all.Contains), "near-duplicates kept"),
                Verdict.AtLeast(
                    different.Count + sharing.Count, different.Concat(sharing).Count(all.Contains), "different documents kept"));
        },
        Impostors = new()
        {
            ["compares whole texts only"] = (_, _) => documents => Split(documents.Distinct()),
            ["treats documents with an equal beginning as equal"] = (_, _) => documents =>
                Split(documents.DistinctBy(text => text[..80])),
            ["searches near-duplicates in each split separately"] = (c, _) => documents => new(
                Distinct(documents.Take(c.Different), 0.8, SimilarityCase.ExactSimilarity),
                Distinct(documents.Skip(c.Different), 0.8, SimilarityCase.ExactSimilarity)),
            ["drops the first and keeps the last"] = (_, _) => documents =>
                Split(Distinct(documents.Reverse(), 0.8, SimilarityCase.ExactSimilarity)),
            ["treats a shared part as a duplicate"] = (_, _) => documents => Split(Distinct(documents, 0.1, Containment)),
        },
    };

    /// <summary>Prepares documents without the text of an evaluation file, and returns those of both splits as text.</summary>
    public static readonly Requirement<ContaminationCase, MixTexts> DAT41_Contamination = new()
    {
        Id = "DAT-41",
        Statement = "No document of either split shares a run of words with a given evaluation file, regardless of its case, "
            + "punctuation and canonical form; all other documents are kept.",
        Source = "BUG-DAT-27; Brown et al. 2020, arXiv:2005.14165, appendix C; Touvron et al. 2023, arXiv:2307.09288, section "
            + "A.6",
        CanonicalCases = [new(40, 30, Leaked: 9), new(60, 300, Leaked: 20), new(30, 60, Leaked: 12, Sources: 2)],
        Subject = (c, at) => (documents, questions) => PreparationRunner.Run(at, Divide(documents, c.Sources), questions),
        Holds = (prepare, c, at) =>
        {
            var (clean, leaked, questions) = c.Documents(at.Seed);
            var kept = prepare([.. clean, .. leaked], questions);
            string[] all = [.. kept.Train, .. kept.Validation];
            string[] composed = [.. leaked.Select(TextRewrites.Compose)];
            return Verdict.All(
                Verdict.AtLeast(1, Math.Min(kept.Train.Count, kept.Validation.Count), "documents of the smaller split"),
                Verdict.AtMost(0, Count(composed, kept.Train), "leaked documents in training"),
                Verdict.AtMost(0, Count(composed, kept.Validation), "leaked documents in validation"),
                Verdict.AtLeast(clean.Count, clean.Count(all.Contains), "clean documents kept"));

            static int Count(string[] leaked, IReadOnlyList<string> kept) =>
                kept.Select(TextRewrites.Compose).Count(leaked.Contains);
        },
        Impostors = new()
        {
            ["questions are not composed"] = (_, _) => (documents, questions) => Split(documents.Where(text =>
                !SharesWords(TextRewrites.Compose(text), questions))),
            ["documents are not composed"] = (_, _) => (documents, questions) => Split(documents.Where(text =>
                !SharesWords(text, questions.Select(TextRewrites.Compose)))),
            ["knows one of two evaluation files"] = (_, _) => (documents, questions) => Split(documents.Where(text =>
                !SharesWords(
                    TextRewrites.Compose(text), questions.Where((_, i) => i % 2 == 0).Select(TextRewrites.Compose)))),
            ["searches whole questions with exact letters"] = (_, _) => (documents, questions) =>
                Split(documents.Where(text => !questions.Any(question => text.Contains(question, StringComparison.Ordinal)))),
            ["searches in the first words only"] = (c, _) => (documents, questions) =>
                Split(
                    documents.Where(text =>
                        !SimilarityCase
                            .WordNGrams(text, 10)
                            .Take(5)
                            .Intersect(questions.SelectMany(q => SimilarityCase.WordNGrams(q, 10)))
                            .Any())),
            ["knows the first words of a question only"] = (_, _) => (documents, questions) =>
                Split(
                    documents.Where(text =>
                        !SimilarityCase
                            .WordNGrams(text, 10)
                            .Intersect(questions.SelectMany(q => SimilarityCase.WordNGrams(q, 10).Take(1)))
                            .Any())),
            ["treats every shared word as a leak"] = (_, _) => (documents, questions) =>
                Split(
                    documents.Where(
                        (text, i) =>
                            i < 2
                            || !SimilarityCase
                                .WordNGrams(text, 1)
                                .Intersect(questions.SelectMany(question => SimilarityCase.WordNGrams(question, 1)))
                                .Any())),
            ["searches the escape sequences of the file"] = (_, _) => (documents, questions) =>
                Split(
                    documents.Where(text =>
                        !questions.Any(question =>
                            text.Contains(JsonSerializer.Serialize(question), StringComparison.Ordinal)))),
            ["cleans training only"] = (c, at) => (documents, questions) =>
            {
                var clean = c.Documents(at.Seed).Clean;
                return new([.. clean.Skip(1)], [.. documents.Except(clean.Skip(1))]);
            },
        },
    };

    /// <summary>
    /// Prepares two sources with weights and returns the documents of both splits as text, in the order of the shards.
    /// </summary>
    public static readonly Requirement<MixtureWeightCase, MixTexts> DAT42_Mixture = new()
    {
        Id = "DAT-42",
        Statement = "A weight repeats or drops whole documents: each is in training as often as the weight rounded down or up, "
            + "the bytes match, and validation documents are read once and never in training.",
        Source = "BUG-DAT-11 and BUG-DAT-19: MakazhanAlpamys/Soup #680; jzhang38/TinyLlama #67; pytorch/pytorch #41329",
        CanonicalCases = [new(60, 60, 3, 0.5), new(90, 40, 1.5, 2.25), new(50, 70, 0.3, 2)],
        Subject = (c, at) => (first, second) => PreparationRunner.Run(at, [(first, c.First), (second, c.Second)]),
        Holds = (prepare, c, at) =>
        {
            var (first, second) = c.Documents(at.Seed);
            var kept = prepare(first, second);
            return Verdict.All(
                Verdict.AtLeast(1, kept.Validation.Count, "validation documents"),
                Verdict.AtMost(0, kept.Validation.Intersect(kept.Train).Count(), "documents in both splits"),
                Verdict.AtMost(
                    1,
                    kept.Validation.CountBy(text => text).Max(entry => entry.Value),
                    "times a document is in validation"),
                CheckWeight(first, c.First, kept), CheckWeight(second, c.Second, kept),
                Verdict.AtMost(
                    Math.Ceiling(Math.Max(c.First, c.Second)) - 1, CountAdjacentCopies(kept.Train),
                    "copies that follow their document"));
        },
        Impostors = new()
        {
            ["oversamples before the split"] = (c, _) => (first, second) =>
            {
                string[] all = [.. Weighted(first, c.First), .. Weighted(second, c.Second)];
                return new([.. all.Where((_, i) => i % 7 != 3)], [.. all.Where((_, i) => i % 7 == 3)]);
            },
            ["two readers shuffle their own lists"] = (c, at) => (first, second) =>
            {
                var (train, validation) = SplitBoth(first, second);
                string[] all =
                [
                    .. train.SelectMany(text =>
                        Enumerable.Repeat(text, (int)Math.Ceiling(first.Contains(text) ? c.First : c.Second))),
                ];
                return new(
                    [.. Shuffled(all, at.Seed).Take(all.Length / 2), .. Shuffled(all, at.Seed + 1).Take(all.Length / 2)],
                    validation);
            },
            ["rounds weights"] = (c, _) => (first, second) =>
            {
                var (train, validation) = SplitBoth(first, second);
                return new(
                    [
                        .. train.SelectMany(text =>
                            Enumerable.Repeat(
                                text,
                                (int)Math.Round(first.Contains(text) ? c.First : c.Second, MidpointRounding.ToEven))),
                    ],
                    validation);
            },
            ["gives every source the same weight"] = (c, _) => (first, second) => SplitBoth(first, second),
            ["writes copies one after the other"] = (c, _) => (first, second) =>
            {
                var (train, validation) = SplitBoth(first, second);
                return new(
                    [
                        .. Weighted(train.Intersect(first).ToArray(), c.First, adjacent: true),
                        .. Weighted(train.Intersect(second).ToArray(), c.Second, adjacent: true),
                    ],
                    validation);
            },
        },
    };

    /// <summary>Estimates the similarity of two texts.</summary>
    public static readonly Requirement<SimilarityCase, Func<string, string, double>> DAT43_MinHash = new()
    {
        Id = "DAT-43",
        Statement = "MinHash signatures estimate the Jaccard similarity of sets of five-word shingles, for each pair and for the "
            + "mean of many pairs, within sampling error.",
        Source = "Broder 1997, \"On the resemblance and containment of documents\"; bound: Hoeffding 1963",
        CanonicalCases = [new(40, 400, 0.85), new(40, 400, 0.5), new(40, 2000, 0.15), new(40, 60, 0.7)],
        Subject = (_, _) => (a, b) => MinHash.EstimateSimilarity(MinHash.ComputeSignature(a), MinHash.ComputeSignature(b)),
        Holds = (estimate, c, at) =>
        {
            double[] errors =
            [
                .. c.Pairs(at.Seed).Select(pair => estimate(pair.A, pair.B) - SimilarityCase.ExactSimilarity(pair.A, pair.B)),
            ];
            // A correct implementation fails for one seed in a thousand million; 1/128 more for the mean, since signatures count
            // in steps.
            var places = Math.Log(2 / 1e-9) / (2 * MinHash.SignatureLength);
            return Verdict.All(
                Verdict.AtMost(Math.Sqrt(places), errors.Max(Math.Abs), "largest error"),
                Verdict.AtMost(Math.Sqrt(places / c.Count), Math.Abs(errors.Average()), "error of the mean"));
        },
        Impostors = new()
        {
            ["compares sets of single words"] = (_, _) => (a, b) =>
                SimilarityCase.ExactSimilarity(SimilarityCase.WordNGrams(a, 1), SimilarityCase.WordNGrams(b, 1)),
            ["divides by one set instead of the union"] = (_, _) => (a, b) => Containment(a, b),
            ["one hash function for all places"] = (_, _) =>
                (a, b) =>
                    SimilarityCase.Shingles(a).Min(StringComparer.Ordinal)
                    == SimilarityCase.Shingles(b).Min(StringComparer.Ordinal)
                        ? 1
                        : 0,
            ["equal words at equal positions"] = (_, _) => (a, b) =>
                a.Split(' ').Zip(b.Split(' ')).Count(pair => pair.First == pair.Second) / (double)a.Split(' ').Length,
        },
    };

    // The sources have consecutive parts of the documents.
    private static (IReadOnlyList<string>, double)[] Divide(IReadOnlyList<string> documents, int sources) =>
        [
            .. documents.Chunk((documents.Count + sources - 1) / sources)
                .Select(part => ((IReadOnlyList<string>)part, 1.0)),
        ];

    private static bool SharesWords(string text, IEnumerable<string> questions) =>
        SimilarityCase.WordNGrams(text, 10).Overlaps(questions.SelectMany(q => SimilarityCase.WordNGrams(q, 10)));

    private static double Containment(string a, string b)
    {
        var (first, second) = (SimilarityCase.Shingles(a), SimilarityCase.Shingles(b));
        return first.Intersect(second).Count() / (double)first.Count;
    }

    // What validation removes of the documents selected by a weight is between both whole numbers of copies.
    private static Verdict CheckWeight(IReadOnlyList<string> source, double weight, PreparedText kept)
    {
        var times = kept.Train.Where(source.Contains).CountBy(text => text).ToArray();
        var wrongly = times.Count(entry => entry.Value != Math.Floor(weight) && entry.Value != Math.Ceiling(weight));
        var (total, held) = (source.Sum(Bytes), kept.Validation.Where(source.Contains).Sum(Bytes));
        return Verdict.All(
            Verdict.AtMost(0, wrongly, "documents not repeated according to the weight"),
            Verdict.Between(
                weight * total - Math.Ceiling(weight) * held - source.Max(Bytes), weight * total - Math.Floor(weight) * held,
                times.Sum(entry => (double)Bytes(entry.Key) * entry.Value), "bytes in training"));

        static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);
    }

    // A copy right after its document teaches copying. It can occur by chance between two rounds of copies.
    private static int CountAdjacentCopies(IReadOnlyList<string> train) =>
        train.Zip(train.Skip(1)).Count(pair => pair.First == pair.Second);

    private static List<string> Distinct(IEnumerable<string> documents, double limit, Func<string, string, double> similarity)
    {
        List<string> kept = [];
        foreach (var document in documents)
            if (!kept.Exists(earlier => similarity(earlier, document) >= limit)) kept.Add(document);
        return kept;
    }

    private static PreparedText Split(IEnumerable<string> documents)
    {
        string[] all = [.. documents];
        return new([.. all.Skip(1)], [.. all.Take(1)]);
    }

    private static PreparedText SplitBoth(IReadOnlyList<string> first, IReadOnlyList<string> second) =>
        new([.. first.Skip(2), .. second.Skip(2)], [.. first.Take(2), .. second.Take(2)]);

    private static IEnumerable<string> Weighted(IReadOnlyList<string> documents, double weight, bool adjacent = false)
    {
        IEnumerable<string> copies = documents.SelectMany(
            (text, i) => Enumerable.Repeat(text, (int)weight + (i < weight % 1 * documents.Count ? 1 : 0)));
        return adjacent ? copies : copies.Index().OrderBy(copy => copy.Index % 11).Select(copy => copy.Item);
    }

    private static IEnumerable<string> Shuffled(IReadOnlyList<string> documents, long seed) =>
        documents
            .Select((text, i) => (text, key: CounterRandom.GetInt64(seed, 1, i, long.MaxValue)))
            .OrderBy(entry => entry.key)
            .Select(entry => entry.text);
}
