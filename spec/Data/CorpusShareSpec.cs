using System.Text;
using TurkishLlm.Data.Batches;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Data;

/// <summary>Prepares sources, each with its weight and cap, by a seed.</summary>
public delegate PreparedText PrepareSources(IReadOnlyList<WeightedDocuments> sources, long seed);

/// <summary>A source of random documents.</summary>
/// <param name="Documents">Number of documents.</param>
/// <param name="Weight">Its weight.</param>
/// <param name="CapShare">Its cap as a fraction of its bytes; 0 for no cap.</param>
public sealed record CappedSource(int Documents, double Weight, double CapShare);

/// <summary>Several sources. Each after the first begins with documents of the one before, which are duplicates.</summary>
/// <param name="Sources">The sources.</param>
public sealed record CorpusShareCase(params IReadOnlyList<CappedSource> Sources)
{
    private const int Repeated = 4;

    /// <summary>Tokens of a shard file.</summary>
    public long TokensPerShard { get; init; } = 128L << 20;

    /// <summary>Number of encoding threads.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>The documents of each source that no other has.</summary>
    internal IReadOnlyList<IReadOnlyList<string>> Own(long seed) =>
        [
            .. Sources.Select((source, s) => (IReadOnlyList<string>)
                [.. Enumerable.Range(0, source.Documents).Select(i => RandomText.Generate(seed, 1000 * s + i, 20 + i % 9))]),
        ];

    internal IReadOnlyList<WeightedDocuments> Given(long seed)
    {
        var own = Own(seed);
        return
        [
            .. Sources.Select((source, s) => new WeightedDocuments(
                s == 0 ? own[s] : [.. own[s - 1].Take(Repeated), .. own[s]], source.Weight,
                source.CapShare == 0 ? null : Cap(source, own[s]))),
        ];
    }

    internal static long Cap(CappedSource source, IReadOnlyList<string> documents) =>
        source.CapShare == 0 ? long.MaxValue : (long)(source.CapShare * documents.Sum(Bytes));

    internal static long Bytes(string text) => Encoding.UTF8.GetByteCount(text);

    /// <inheritdoc/>
    public override string ToString() => string.Join(" + ", Sources.Select(source =>
        FormattableString.Invariant($"{source.Documents} × {source.Weight} up to {source.CapShare}")));
}

/// <summary>Caps and weights of the sources of a corpus.</summary>
public static class CorpusShareSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [DAT46_CapsAndWeights];

    /// <summary>Prepares sources and returns the documents of both splits.</summary>
    public static readonly Requirement<CorpusShareCase, PrepareSources> DAT46_CapsAndWeights = new()
    {
        Id = "DAT-46",
        Statement = "Of every source, regardless of those before it, at most its cap is kept, and no less than that without "
            + "the two longest documents; its weight repeats or drops documents of what is kept; the selection is the same in "
            + "any order of its documents, and another one for another seed.",
        Source = "BUG-DAT-24, BUG-DAT-19: jzhang38/TinyLlama #67",
        CanonicalCases =
        [
            new(new(50, 1, 0.5), new(40, 2.5, 0.4), new(45, 0.5, 0.8)),
            new(new(45, 0.4, 0), new(50, 3, 0.3), new(40, 1, 0), new(50, 1.5, 0.6)) { TokensPerShard = 900, Workers = 3 },
            new([new(60, 2, 0.35)]) { Workers = 1 },
        ],
        Subject = (c, at) => (sources, seed) => PreparationRunner.Run(at, sources, options: options => options with
        {
            Seed = seed, TokensPerShard = c.TokensPerShard, Workers = c.Workers,
        }),
        Holds = (prepare, c, at) =>
        {
            var (own, kept) = (c.Own(at.Seed), prepare(c.Given(at.Seed), at.Seed));
            var reversed = prepare(
                [.. c.Given(at.Seed).Select(source => source with { Documents = [.. source.Documents.Reverse()] })], at.Seed);
            var other = prepare(c.Given(at.Seed), unchecked(at.Seed + 1));
            return Verdict.All(
            [
                Verdict.AtLeast(1, kept.Validation.Count, "validation documents"),
                Verdict.AtMost(0, kept.Validation.Intersect(kept.Train).Count(), "documents in both splits"),
                .. c.Sources.Select((source, i) => CheckSource(source, own[i], kept)),
                .. c.Sources.Select((source, i) => CheckSource(source, own[i], other)),
                Verdict.SameElements(Sorted(kept.Train), Sorted(reversed.Train), "documents of training in the opposite order"),
                Verdict.That(!Sorted(kept.Train).SequenceEqual(Sorted(other.Train)), "the next seed keeps other documents"),
            ]);
        },
        Impostors = new()
        {
            ["bytes of earlier sources count"] = (_, _) => (sources, seed) => Choose(sources, seed, carriesBytes: true),
            ["the first documents are kept"] = (_, _) => (sources, seed) => Choose(sources, seed, bySeed: false),
            ["every seed keeps the same documents"] = (_, at) => (sources, _) => Choose(sources, at.Seed),
            ["caps are ignored"] = (_, _) => (sources, seed) =>
                Choose([.. sources.Select(source => source with { CapBytes = null })], seed),
            ["weights are ignored"] = (_, _) => (sources, seed) =>
                Choose([.. sources.Select(source => source with { Weight = source.Weight < 1 ? 2 : 1 })], seed),
            ["a cap counts copies"] = (_, _) => (sources, seed) => Choose([.. sources.Select(source => source with
            {
                CapBytes = source.CapBytes is { } cap ? (long)(cap / Math.Max(1.5, source.Weight)) : 1500,
            })], seed),
            ["the cap of the first source for all"] = (_, _) => (sources, seed) => Choose([.. sources.Select(source => source with
            {
                CapBytes = (sources[0].CapBytes ?? 4000) / 2,
            })], seed),
        },
    };

    private static Verdict CheckSource(CappedSource source, IReadOnlyList<string> documents, PreparedText kept)
    {
        var times = kept.Train.Where(documents.Contains).CountBy(text => text).ToArray();
        var validation = kept.Validation.Where(documents.Contains).ToArray();
        var (all, cap) = (documents.Sum(CorpusShareCase.Bytes), CorpusShareCase.Cap(source, documents));
        double longest = documents.Max(CorpusShareCase.Bytes);
        var (low, high) = (cap > all ? all : cap - 2 * longest, Math.Min(all, cap));
        var dropped = Math.Min(1, source.Weight);
        var distinct = times.Sum(entry => CorpusShareCase.Bytes(entry.Key)) + validation.Sum(CorpusShareCase.Bytes);
        double held = validation.Sum(CorpusShareCase.Bytes), written = times.Sum(
            entry => (double)CorpusShareCase.Bytes(entry.Key) * entry.Value);
        return Verdict.All(
            Verdict.Between(
                dropped * low - (dropped < 1 ? 2 * longest : 0), dropped * high, distinct, "bytes of distinct documents kept"),
            Verdict.AtMost(
                0,
                times.Count(entry => entry.Value != Math.Floor(source.Weight) && entry.Value != Math.Ceiling(source.Weight)),
                "documents not repeated according to the weight"),
            Verdict.Between(
                source.Weight * low - Math.Ceiling(source.Weight) * held - 2 * longest,
                source.Weight * high - Math.Floor(source.Weight) * held, written, "bytes in training"));
    }

    private static string[] Sorted(IEnumerable<string> documents) => [.. documents.Order(StringComparer.Ordinal)];

    // A preparation in memory, with one of the bugs: 1 document in 12 is validated.
    private static PreparedText Choose(
        IReadOnlyList<WeightedDocuments> sources, long seed, bool carriesBytes = false, bool bySeed = true)
    {
        var (seen, train, validation) = (new HashSet<string>(StringComparer.Ordinal), new List<string>(), new List<string>());
        var carried = carriesBytes ? 2000L : 0;
        foreach (var source in sources)
        {
            var fresh = source.Documents.Where(seen.Add).ToArray();
            if (bySeed) fresh = [.. fresh.OrderBy(text => Priority(text, seed))];
            var capped = Take(fresh, (source.CapBytes ?? long.MaxValue / 2) - carried);
            if (carriesBytes) carried += fresh.Sum(CorpusShareCase.Bytes);
            var once = Take(capped, (long)((source.Weight % 1) * capped.Sum(CorpusShareCase.Bytes)));
            var copies = Enumerable.Repeat(capped, (int)source.Weight).SelectMany(all => all).Concat(once).ToArray();
            var held = copies.Distinct().Where(text => Priority(text, seed) % 12 == 5).ToHashSet();
            validation.AddRange(held);
            train.AddRange(copies.Where(text => !held.Contains(text)));
        }
        return new(train, validation);
    }

    private static string[] Take(IReadOnlyList<string> documents, long bytes)
    {
        var sum = 0L;
        return [.. documents.TakeWhile(text => (sum += CorpusShareCase.Bytes(text)) <= bytes)];
    }

    private static long Priority(string text, long seed) =>
        CounterRandom.GetInt64(seed, text.Aggregate(7, (hash, c) => unchecked(hash * 31 + c)), 5, long.MaxValue);
}
