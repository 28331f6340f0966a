using System.Globalization;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Data;

/// <summary>Questions of a source, and its weight.</summary>
/// <param name="Questions">One for each row.</param>
/// <param name="Weight">How often an epoch reads a row.</param>
public sealed record WeightedQuestions(IReadOnlyList<string> Questions, double Weight);

/// <summary>The questions that an epoch reads, and those that are held out.</summary>
/// <param name="Train">The training rows of an epoch.</param>
/// <param name="HeldOut">The held-out rows.</param>
public sealed record SelectedQuestions(IReadOnlyList<string> Train, IReadOnlyList<string> HeldOut);

/// <summary>Selects the rows of an epoch from sources, by a seed.</summary>
public delegate SelectedQuestions SelectRows(IReadOnlyList<WeightedQuestions> sources, long seed);

/// <summary>Sources of conversations. Each after the first begins with rows of the one before.</summary>
/// <param name="HeldOutShare">Fraction of the rows that is held out.</param>
/// <param name="Sources">Rows and weight of each source.</param>
public sealed record SftWeightCase(double HeldOutShare, params IReadOnlyList<(int Rows, double Weight)> Sources)
{
    private const int Repeated = 3;

    internal IReadOnlyList<WeightedQuestions> Given =>
        [
            .. Sources.Select((source, s) => new WeightedQuestions(
                [.. s == 0 ? [] : Own(s - 1).Take(Repeated), .. Own(s)], source.Weight)),
        ];

    /// <summary>The rows that a source has first.</summary>
    internal IEnumerable<string> Own(int source) => Enumerable.Range(0, Sources[source].Rows)
        .Select(i => string.Create(CultureInfo.InvariantCulture, $"Depo {source} rafı {i} dolu mu?"));

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{string.Join(" + ", Sources.Select(source => FormattableString.Invariant($"{source.Rows} × {source.Weight}")))}, "
            + $"{HeldOutShare} held out");
}

/// <summary>Weights of the sources of conversations.</summary>
public static class SftWeightSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Sft38_Weights];

    /// <summary>Selects the training rows of an epoch, and the held-out rows.</summary>
    public static readonly Requirement<SftWeightCase, SelectRows> Sft38_Weights = new()
    {
        Id = "SFT-38",
        Statement = "An epoch reads the training rows of every source as often as its own weight, each row as often as the "
            + "weight rounded down or up; a row of several sources belongs to the first; held-out rows occur once and are never "
            + "trained on; the selection depends on the seed and not on the order of the rows.",
        Source = "BUG-DAT-24, BUG-DAT-19: weights and caps of one source applied to another",
        CanonicalCases =
        [
            new(0.1, (20, 2.5), (30, 0.5), (15, 1)), new(0, (25, 0.4), (10, 3), (20, 1.75), (12, 1)), new(0.3, [(40, 1.3)]),
        ],
        Subject = (c, at) => (sources, seed) => Select(sources, seed, c, at),
        Holds = (select, c, at) =>
        {
            var (selected, other) = (select(c.Given, at.Seed), select(c.Given, unchecked(at.Seed + 1)));
            var reversed = select(
                [.. c.Given.Select(source => source with { Questions = [.. source.Questions.Reverse()] })], at.Seed);
            return Verdict.All(
            [
                Verdict.AtMost(0, selected.HeldOut.Intersect(selected.Train).Count(), "held-out rows in training"),
                Verdict.Equal(selected.HeldOut.Count, selected.HeldOut.Distinct().Count(), "different held-out rows"),
                Verdict.AtLeast(c.HeldOutShare > 0 ? 1 : 0, selected.HeldOut.Count, "held-out rows"),
                .. c.Sources.Select((_, source) => CheckSource(source, c, selected)),
                .. c.Sources.Select((_, source) => CheckSource(source, c, other)),
                Verdict.SameElements(Sorted(selected.Train), Sorted(reversed.Train), "rows in the opposite order"),
                Verdict.That(!Sorted(selected.Train).SequenceEqual(Sorted(other.Train)), "the next seed selects other rows"),
            ]);
        },
        Impostors = new()
        {
            ["weights are ignored"] = With((sources, seed, c) => Choose(sources, seed, c, _ => 1)),
            ["weights are rounded"] = With((sources, seed, c) =>
                Choose(sources, seed, c, source => Math.Ceiling(sources[source].Weight))),
            ["the next source's weight"] = With((sources, seed, c) => Choose(sources, seed, c, source =>
                sources.Count == 1 ? sources[0].Weight / 2 : sources[(source + 1) % sources.Count].Weight)),
            ["the first rows are read again"] = With((sources, seed, c) =>
                Choose(sources, seed, c, source => sources[source].Weight, bySeed: false)),
            ["every seed selects the same rows"] = With((sources, _, c) =>
                Choose(sources, 5, c, source => sources[source].Weight)),
            ["rows of several sources count in each"] = With((sources, seed, c) => Choose(
                sources.Count > 1 ? sources : [sources[0], new([.. sources[0].Questions.Take(2)], 1)],
                seed, c, source => source < sources.Count ? sources[source].Weight : 1, keepsDuplicates: true)),
        },
    };

    private static Verdict CheckSource(int source, SftWeightCase c, SelectedQuestions selected)
    {
        var (own, weight) = (c.Own(source).ToArray(), c.Sources[source].Weight);
        var rows = own.Length - selected.HeldOut.Count(own.Contains);
        var times = selected.Train.Where(own.Contains).CountBy(question => question).Select(entry => entry.Value).ToArray();
        var again = (int)Math.Round((weight - Math.Floor(weight)) * rows, MidpointRounding.AwayFromZero);
        return Verdict.All(
            Verdict.AtMost(
                0, times.Count(count => count != Math.Floor(weight) && count != Math.Ceiling(weight)),
                "rows not repeated according to the weight"),
            Verdict.Equal((int)Math.Floor(weight) * rows + again, times.Sum(), "rows of a source in an epoch"));
    }

    private static string[] Sorted(IEnumerable<string> questions) => [.. questions.Order(StringComparer.Ordinal)];

    private static SelectedQuestions Select(
        IReadOnlyList<WeightedQuestions> sources, long seed, SftWeightCase c, Conditions at)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-weights-").FullName;
        try
        {
            var files = sources.Select((source, s) =>
            {
                var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{s}.jsonl"));
                ConversationWriter.Write(file, source.Questions.Select((question, i) => new ConversationRow(file, i + 1)
                {
                    Conversation = new(ChatMessage.User(question), ChatMessage.Assistant($"{question[5..]} Evet.")),
                }), ConversationFormat.Pairs);
                return new SftSource(Path.GetFileName(file), file, source.Weight);
            }).ToArray();
            var data = SftDataset.Open(new ChatTemplate(at.Tokenizer), at.Tokenizer, new(files, SequenceLength: 512)
            {
                ValidationShare = c.HeldOutShare, Seed = seed,
            });
            return new(Questions(data.Train), Questions(data.Validation));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        string[] Questions(IReadOnlyList<SftExample> examples) =>
            [
                .. examples.Select(example => sources[example.Source].Questions[
                    int.Parse(example.Location[(example.Location.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture) - 1]),
            ];
    }

    private static Func<SftWeightCase, Conditions, SelectRows> With(
        Func<IReadOnlyList<WeightedQuestions>, long, SftWeightCase, SelectedQuestions> choose) =>
        (c, _) => (sources, seed) => choose(sources, seed, c);

    // A selection in memory, with one of the bugs.
    private static SelectedQuestions Choose(
        IReadOnlyList<WeightedQuestions> sources, long seed, SftWeightCase c, Func<int, double> weight, bool bySeed = true,
        bool keepsDuplicates = false)
    {
        var (seen, train, heldOut) = (new HashSet<string>(StringComparer.Ordinal), new List<string>(), new HashSet<string>());
        foreach (var (s, source) in sources.Index())
        {
            var rows = source.Questions.Where(question => seen.Add(question) || keepsDuplicates).ToArray();
            if (bySeed) rows = [.. rows.OrderBy(question => Priority(question, seed))];
            heldOut.UnionWith(rows.Where(question => Priority(question, 1) % 100 < 100 * c.HeldOutShare));
            rows = [.. rows.Where(question => !heldOut.Contains(question))];
            train.AddRange(Enumerable.Repeat(rows, (int)weight(s)).SelectMany(all => all));
            train.AddRange(rows.Take((int)Math.Round(weight(s) % 1 * rows.Length, MidpointRounding.AwayFromZero)));
        }
        return new(train, [.. heldOut]);
    }

    private static long Priority(string question, long seed) =>
        CounterRandom.GetInt64(seed, question.Aggregate(7, (hash, c) => unchecked(hash * 31 + c)), 6, long.MaxValue);
}
