using System.Text;
using System.Text.Json;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Spec.Kernel;

namespace TurkishLlm.Spec.Data;

/// <summary>What a preparation makes of near-duplicates, of evaluation text and of weights.</summary>
public static class MixtureSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [DAT40_NearDuplicates, DAT41_Contamination, DAT42_Mixture, DAT43_MinHash];

    /// <summary>Prepares documents and gives those of both splits back as text.</summary>
    public static readonly Requirement<NearDuplicateCase, Func<IReadOnlyList<string>, PreparedText>> DAT40_NearDuplicates = new()
    {
        Id = "DAT-40",
        Statement = "Of documents that differ in a few words only the first is kept, so none has its like on the other side; those that merely share a part all stay.",
        Source = "Silent bug DAT-19: Lee et al. 2022, arXiv:2107.06499; MakazhanAlpamys/Soup #680",
        CanonicalCases = [new(24, 200, ChangedWords: 1), new(16, 600, ChangedWords: 3)],
        Subject = (_, at) => documents => PreparationRunner.Run(at, [(documents, 1)]),
        Holds = (prepare, c, at) =>
        {
            var (different, near, sharing) = c.Documents(at.Seed);
            var kept = prepare([.. different, .. near, .. sharing]);
            string[] all = [.. kept.Train, .. kept.Validation];
            return Verdict.All(
                Verdict.AtLeast(1, Math.Min(kept.Train.Count, kept.Validation.Count), "documents of the smaller side"),
                Verdict.AtMost(0, near.Count(all.Contains), "near-duplicates kept"),
                Verdict.AtLeast(different.Count + sharing.Count, different.Concat(sharing).Count(all.Contains), "different documents kept"));
        },
        Impostors = new Dictionary<string, Func<NearDuplicateCase, Conditions, Func<IReadOnlyList<string>, PreparedText>>>
        {
            ["compares whole texts only"] = (_, _) => documents => Split(documents.Distinct()),
            ["takes an equal beginning for an equal document"] = (_, _) => documents => Split(documents.DistinctBy(text => text[..80])),
            ["looks for near-duplicates on each side alone"] = (c, _) => documents => new(
                Distinct(documents.Take(c.Different), 0.8, SimilarityCase.ExactSimilarity), Distinct(documents.Skip(c.Different), 0.8, SimilarityCase.ExactSimilarity)),
            ["leaves out the first and keeps the last"] = (_, _) => documents => Split(Distinct(documents.Reverse(), 0.8, SimilarityCase.ExactSimilarity)),
            ["takes a shared part for a duplicate"] = (_, _) => documents => Split(Distinct(documents, 0.1, Containment)),
        },
    };

    /// <summary>Prepares documents while an evaluation file is kept out, and gives those of both splits back as text.</summary>
    public static readonly Requirement<ContaminationCase, Func<IReadOnlyList<string>, IReadOnlyList<string>, PreparedText>> DAT41_Contamination = new()
    {
        Id = "DAT-41",
        Statement = "No document on either side shares a run of words with a named evaluation file, however it is set; all others stay.",
        Source = "Brown et al. 2020, arXiv:2005.14165, appendix C; Touvron et al. 2023, arXiv:2307.09288, section A.6",
        CanonicalCases = [new(40, 30, Leaked: 9), new(60, 300, Leaked: 20)],
        Subject = (_, at) => (documents, questions) => PreparationRunner.Run(at, [(documents, 1)], questions),
        Holds = (prepare, c, at) =>
        {
            var (clean, leaked, questions) = c.Documents(at.Seed);
            var kept = prepare([.. clean, .. leaked], questions);
            string[] all = [.. kept.Train, .. kept.Validation];
            return Verdict.All(
                Verdict.AtLeast(1, Math.Min(kept.Train.Count, kept.Validation.Count), "documents of the smaller side"),
                Verdict.AtMost(0, leaked.Count(kept.Train.Contains), "leaked documents in training"),
                Verdict.AtMost(0, leaked.Count(kept.Validation.Contains), "leaked documents in validation"),
                Verdict.AtLeast(clean.Count, clean.Count(all.Contains), "clean documents kept"));
        },
        Impostors = new Dictionary<string, Func<ContaminationCase, Conditions, Func<IReadOnlyList<string>, IReadOnlyList<string>, PreparedText>>>
        {
            ["looks for whole questions as they are written"] = (_, _) => (documents, questions) =>
                Split(documents.Where(text => !questions.Any(question => text.Contains(question, StringComparison.Ordinal)))),
            ["looks in the first words only"] = (c, _) => (documents, questions) =>
                Split(documents.Where(text => !SimilarityCase.WordNGrams(text, 10).Take(5).Intersect(questions.SelectMany(q => SimilarityCase.WordNGrams(q, 10))).Any())),
            ["knows the first words of a question only"] = (_, _) => (documents, questions) =>
                Split(documents.Where(text => !SimilarityCase.WordNGrams(text, 10).Intersect(questions.SelectMany(q => SimilarityCase.WordNGrams(q, 10).Take(1))).Any())),
            ["takes every shared word for a leak"] = (_, _) => (documents, questions) =>
                Split(documents.Where((text, i) => i < 2 || !SimilarityCase.WordNGrams(text, 1).Intersect(questions.SelectMany(question => SimilarityCase.WordNGrams(question, 1))).Any())),
            ["looks for the escapes of the file"] = (_, _) => (documents, questions) =>
                Split(documents.Where(text => !questions.Any(question => text.Contains(JsonSerializer.Serialize(question), StringComparison.Ordinal)))),
            ["cleans training only"] = (c, at) => (documents, questions) =>
            {
                var clean = c.Documents(at.Seed).Clean;
                return new([.. clean.Skip(1)], [.. documents.Except(clean.Skip(1))]);
            },
        },
    };

    /// <summary>Prepares two sources with weights and gives the documents of both splits back as text, in the order of the shards.</summary>
    public static readonly Requirement<MixtureWeightCase, Func<IReadOnlyList<string>, IReadOnlyList<string>, PreparedText>> DAT42_Mixture = new()
    {
        Id = "DAT-42",
        Statement = "A weight repeats or cuts whole documents: each is in training as often as the weight or its next whole number says, the bytes agree, and validation is seen once and never in training.",
        Source = "Silent bugs DAT-11 and DAT-19: MakazhanAlpamys/Soup #680; jzhang38/TinyLlama #67; pytorch/pytorch #41329",
        CanonicalCases = [new(60, 60, 3, 0.5), new(90, 40, 1.5, 2.25), new(50, 70, 0.3, 2)],
        Subject = (c, at) => (first, second) => PreparationRunner.Run(at, [(first, c.First), (second, c.Second)]),
        Holds = (prepare, c, at) =>
        {
            var (first, second) = c.Documents(at.Seed);
            var kept = prepare(first, second);
            return Verdict.All(
                Verdict.AtLeast(1, kept.Validation.Count, "validation documents"),
                Verdict.AtMost(0, kept.Validation.Intersect(kept.Train).Count(), "documents on both sides"),
                Verdict.AtMost(1, kept.Validation.CountBy(text => text).Max(entry => entry.Value), "times a document is in validation"),
                CheckWeight(first, c.First, kept), CheckWeight(second, c.Second, kept),
                Verdict.AtMost(Math.Ceiling(Math.Max(c.First, c.Second)) - 1, CountAdjacentCopies(kept.Train), "copies that follow their document"));
        },
        Impostors = new Dictionary<string, Func<MixtureWeightCase, Conditions, Func<IReadOnlyList<string>, IReadOnlyList<string>, PreparedText>>>
        {
            ["oversamples before the split"] = (c, _) => (first, second) =>
            {
                string[] all = [.. Weighted(first, c.First), .. Weighted(second, c.Second)];
                return new([.. all.Where((_, i) => i % 7 != 3)], [.. all.Where((_, i) => i % 7 == 3)]);
            },
            ["two readers shuffle their own lists"] = (c, at) => (first, second) =>
            {
                var (train, validation) = SplitBoth(first, second);
                string[] all = [.. train.SelectMany(text => Enumerable.Repeat(text, (int)Math.Ceiling(first.Contains(text) ? c.First : c.Second)))];
                return new([.. Shuffled(all, at.Seed).Take(all.Length / 2), .. Shuffled(all, at.Seed + 1).Take(all.Length / 2)], validation);
            },
            ["rounds weights"] = (c, _) => (first, second) =>
            {
                var (train, validation) = SplitBoth(first, second);
                return new([.. train.SelectMany(text => Enumerable.Repeat(text, (int)Math.Round(first.Contains(text) ? c.First : c.Second, MidpointRounding.ToEven)))], validation);
            },
            ["weighs every source alike"] = (c, _) => (first, second) => SplitBoth(first, second),
            ["writes copies one after the other"] = (c, _) => (first, second) =>
            {
                var (train, validation) = SplitBoth(first, second);
                return new([.. Weighted(train.Intersect(first).ToArray(), c.First, adjacent: true), .. Weighted(train.Intersect(second).ToArray(), c.Second, adjacent: true)], validation);
            },
        },
    };

    /// <summary>Estimates the similarity of two texts.</summary>
    public static readonly Requirement<SimilarityCase, Func<string, string, double>> DAT43_MinHash = new()
    {
        Id = "DAT-43",
        Statement = "Signatures estimate the Jaccard similarity of sets of five words: each pair, and the mean of many pairs, within what chance allows.",
        Source = "Broder 1997, \"On the resemblance and containment of documents\"; bound: Hoeffding 1963",
        CanonicalCases = [new(40, 400, 0.85), new(40, 400, 0.5), new(40, 2000, 0.15), new(40, 60, 0.7)],
        Subject = (_, _) => (a, b) => MinHash.EstimateSimilarity(MinHash.ComputeSignature(a), MinHash.ComputeSignature(b)),
        Holds = (estimate, c, at) =>
        {
            double[] errors = [.. c.Pairs(at.Seed).Select(pair => estimate(pair.A, pair.B) - SimilarityCase.ExactSimilarity(pair.A, pair.B))];
            // A right implementation fails for one seed in a thousand million; 1/128 more for the mean, as signatures count in steps.
            var places = Math.Log(2 / 1e-9) / (2 * MinHash.SignatureLength);
            return Verdict.All(
                Verdict.AtMost(Math.Sqrt(places), errors.Max(Math.Abs), "largest error"),
                Verdict.AtMost(Math.Sqrt(places / c.Count), Math.Abs(errors.Average()), "error of the mean"));
        },
        Impostors = new Dictionary<string, Func<SimilarityCase, Conditions, Func<string, string, double>>>
        {
            ["compares sets of single words"] = (_, _) => (a, b) => SimilarityCase.ExactSimilarity(SimilarityCase.WordNGrams(a, 1), SimilarityCase.WordNGrams(b, 1)),
            ["shares out of one set instead of both"] = (_, _) => (a, b) => Containment(a, b),
            ["one hash function for all places"] = (_, _) => (a, b) => SimilarityCase.Shingles(a).Min(StringComparer.Ordinal) == SimilarityCase.Shingles(b).Min(StringComparer.Ordinal) ? 1 : 0,
            ["equal words at equal places"] = (_, _) => (a, b) => a.Split(' ').Zip(b.Split(' ')).Count(pair => pair.First == pair.Second) / (double)a.Split(' ').Length,
        },
    };

    private static double Containment(string a, string b)
    {
        var (first, second) = (SimilarityCase.Shingles(a), SimilarityCase.Shingles(b));
        return first.Intersect(second).Count() / (double)first.Count;
    }

    // What validation takes away of the documents that a weight chose is between both whole numbers of copies.
    private static Verdict CheckWeight(IReadOnlyList<string> source, double weight, PreparedText kept)
    {
        var times = kept.Train.Where(source.Contains).CountBy(text => text).ToArray();
        var wrongly = times.Count(entry => entry.Value != Math.Floor(weight) && entry.Value != Math.Ceiling(weight));
        var (total, held) = (source.Sum(Bytes), kept.Validation.Where(source.Contains).Sum(Bytes));
        return Verdict.All(
            Verdict.AtMost(0, wrongly, "documents repeated otherwise than the weight says"),
            Verdict.Between(
                weight * total - Math.Ceiling(weight) * held - source.Max(Bytes), weight * total - Math.Floor(weight) * held,
                times.Sum(entry => (double)Bytes(entry.Key) * entry.Value), "bytes in training"));

        static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);
    }

    // A copy that follows its document teaches copying. Where one round of copies ends and the next begins it can happen by chance.
    private static int CountAdjacentCopies(IReadOnlyList<string> train) => train.Zip(train.Skip(1)).Count(pair => pair.First == pair.Second);

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
        IEnumerable<string> copies = documents.SelectMany((text, i) => Enumerable.Repeat(text, (int)weight + (i < weight % 1 * documents.Count ? 1 : 0)));
        return adjacent ? copies : copies.Index().OrderBy(copy => copy.Index % 11).Select(copy => copy.Item);
    }

    private static IEnumerable<string> Shuffled(IReadOnlyList<string> documents, long seed) =>
        documents.Select((text, i) => (text, key: CounterRandom.GetInt64(seed, 1, i, long.MaxValue))).OrderBy(entry => entry.key).Select(entry => entry.text);
}
