using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Packing;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Data;

/// <summary>Distributes examples over rows, by index.</summary>
public delegate IReadOnlyList<IReadOnlyList<int>> PackRows(IReadOnlyList<int> lengths, int rowLength);

/// <summary>Computes inputs and targets of tokens with a loss mask.</summary>
public delegate (long[] Inputs, long[] Targets) Shift(TokenizedExample example);

/// <summary>Writes a row of examples.</summary>
public delegate (long[] Inputs, long[] Targets, long[] Starts) WriteRow(IReadOnlyList<TokenizedExample> examples, int length);

/// <summary>Targets and rows of tokens with a loss mask.</summary>
public static class ExampleSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Sft06_Targets, Sft13_PackedTargets, Sft18_Packing, Sft30_Epochs];

    /// <summary>Makes inputs and targets of an example.</summary>
    public static readonly Requirement<LossMaskCase, Shift> Sft06_Targets = new()
    {
        Id = "SFT-06",
        Statement = "The target of a position is the next token if the loss mask includes it, and nothing else: the first answer "
            + "token is predicted from the last token of its header, and any id in the mask is learned, also padding and 0.",
        Source = "BUG-SFT-06, BUG-SFT-07, BUG-LOS-03, BUG-LOS-06: OpenRLHF #973, verl PR #5362, unsloth #416: masked a place "
            + "late, or by value",
        CanonicalCases =
        [
            new("4 5 9 17 6 4 5 21 22 6", ".......xxx"), new("0 2 2 0 6 2 0 300", "..x.xxxx"), new("7 65535 1 6", "..xx"),
            new("3 8 6 8 8 6 8 6", "..xx..xx"),
        ],
        Subject = (_, _) => Real,
        Holds = (shift, c, _) =>
        {
            var (inputs, targets) = shift(c.Example);
            return Verdict.All(
                Verdict.SameElements([.. c.Tokens.SkipLast(1).Select(id => (long)id)], inputs, "inputs"),
                Verdict.SameElements(
                    [.. c.Tokens.Skip(1).Select((id, i) => c.LossMask[i + 1] == 'x' ? id : -1L)],
                    targets, "targets"));
        },
        Impostors = new()
        {
            ["the mask applies to the position that predicts"] = WithTargets((e, i) => e.LossMask[i] ? e.Ids[i + 1] : -1),
            ["one position late"] = WithTargets((e, i) => i > 0 && e.LossMask[i] && e.LossMask[i + 1] ? e.Ids[i + 1] : -1),
            ["not shifted at all"] = WithTargets((e, i) => e.LossMask[i] ? e.Ids[i] : -1),
            ["shifted twice"] = WithTargets((e, i) => i + 2 < e.Ids.Count && e.LossMask[i + 2] ? e.Ids[i + 2] : -1),
            ["0 where nothing is learned"] = WithTargets((e, i) => e.LossMask[i + 1] ? e.Ids[i + 1] : 0),
            ["-100 where nothing is learned"] = WithTargets((e, i) => e.LossMask[i + 1] ? e.Ids[i + 1] : -100),
            ["the last target is dropped"] = WithTargets((e, i) => e.LossMask[i + 1] && i + 2 < e.Ids.Count ? e.Ids[i + 1] : -1),
        },
    };

    /// <summary>Writes several examples into a row.</summary>
    public static readonly Requirement<RowCase, WriteRow> Sft13_PackedTargets = new()
    {
        Id = "SFT-13",
        Statement = "A packed row has the inputs and targets of its examples one after the other and no target at a border or in "
            + "the padding; the segment start of every position is the start of its own example.",
        Source = "BUG-SFT-13, BUG-SFT-16, BUG-DAT-08, BUG-LOS-03: OpenRLHF PR #781, torchtitan #3130, Megatron-Bridge #4660",
        CanonicalCases =
        [
            new(
                19, new LossMaskCase("0 4 5 21 6", "...xx"), new LossMaskCase("0 4 5 22 23 6", "...xxx"),
                new LossMaskCase("0 9 5 6", "..xx")),
            new(
                16, new LossMaskCase("0 5 2 6", "..xx"), new LossMaskCase("0 4 2 2 2 6", "..xxxx"),
                new LossMaskCase("0 7 6", "..x")),
        ],
        Subject = (_, _) => Real,
        Holds = (write, c, _) =>
        {
            var (inputs, targets, starts) = write([.. c.Examples.Select(example => example.Example)], c.Length);
            var (wantedInputs, wantedTargets, wantedStarts) = Expected(c);
            return Verdict.All(
                Verdict.SameElements(wantedInputs, inputs, "inputs"),
                Verdict.SameElements(wantedTargets, targets, "targets"),
                Verdict.SameElements(wantedStarts, starts, "starts"));
        },
        Impostors = new()
        {
            ["the border is learned"] = WithCorruptedRow((row, examples) =>
            {
                foreach (var start in examples.SkipLast(1).Select((_, i) => examples.Take(i + 1).Sum(e => e.Length)))
                    row.Targets[start - 1] = row.Inputs[start];
            }),
            ["targets are not moved with their example"] = WithCorruptedRow((row, examples) =>
            {
                for (var i = 1; i < examples.Count; i++)
                {
                    var at = examples.Take(i).Sum(e => e.Length);
                    Array.Fill(row.Targets, -1, at, examples[i].Length);
                    Real(examples[i]).Targets.CopyTo(row.Targets, at - 1);
                }
            }),
            ["padding is learned"] = WithCorruptedRow(
                (row, examples) =>
                    Array.Fill(
                        row.Targets, SpecialTokens.Pad,
                        examples.Sum(e => e.Length),
                        row.Targets.Length - examples.Sum(e => e.Length))),
            ["the end of a turn counts as padding and is not learned"] = WithCorruptedRow(
                (row, _) => ReplaceEach(row.Targets, target => target == SpecialTokens.EndOfTurn ? -1 : target)),
            ["all segments start with the row"] = WithCorruptedRow((row, _) => Array.Clear(row.Starts)),
            ["a position can read the token before its example"] = WithCorruptedRow(
                (row, _) => ReplaceEach(row.Starts, start => Math.Max(0, start - 1))),
            ["a position cannot read the first token of its example"] = WithCorruptedRow(
                (row, _) => ReplaceEach(row.Starts, start => start + 1)),
            ["examples are found by end-of-text tokens, which they do not have"] = WithCorruptedRow((row, _) =>
            {
                for (int i = 0, start = 0; i < row.Starts.Length; i++)
                {
                    if (i > 0 && row.Inputs[i - 1] == SpecialTokens.EndOfText) start = i;
                    row.Starts[i] = start;
                }
            }),
        },
    };

    /// <summary>Distributes examples over rows.</summary>
    public static readonly Requirement<PackingCase, PackRows> Sft18_Packing = new()
    {
        Id = "SFT-18",
        Statement = "Packing puts every example into exactly one row, whole, fills no row beyond its length, and needs few more "
            + "rows than the tokens alone require.",
        Source = "BUG-SFT-16, BUG-SFT-18: trl #5075: the rest of a long sample is queued again without its prompt; Johnson 1973: "
            + "best fit, longest first, needs 11/9 of the best",
        CanonicalCases = [new(300, 128, 3), new(97, 64, 1), new(60, 41, 2)],
        PlanCases = at => [new(97, at.Plan.Training.SequenceLength, 1)],
        Subject = (_, _) => RowPacking.PackBestFit,
        Holds = (pack, c, at) =>
        {
            var lengths = c.Lengths(at);
            var rows = pack(lengths, c.Capacity);
            return Verdict.All(
                Verdict.SameElements(
                    [.. Enumerable.Range(0, lengths.Count)],
                    [.. rows.SelectMany(row => row).Order()],
                    "examples"),
                Verdict.AtMost(c.Capacity, rows.Max(row => row.Sum(i => lengths[i])), "positions of the fullest row"),
                Verdict.AtMost(
                    (long)Math.Ceiling(11.0 / 9 * Math.Ceiling((double)lengths.Sum() / c.Capacity)) + 1, rows.Count, "rows"));
        },
        Impostors = new()
        {
            ["drops the last example"] = (_, _) => (lengths, capacity) =>
                RowPacking.PackBestFit([.. lengths.SkipLast(1)], capacity),
            ["puts an example into two rows"] = (_, _) => (lengths, capacity) =>
                [.. RowPacking.PackBestFit(lengths, capacity), [0]],
            ["fills rows as if they were longer"] = (_, _) => (lengths, capacity) =>
                RowPacking.PackBestFit(lengths, capacity + capacity / 2 + 1),
            ["one example per row"] = (_, _) => (lengths, _) => [.. lengths.Select((_, i) => new[] { i })],
            ["keeps full rows only"] = (_, _) => (lengths, capacity) =>
                [.. RowPacking.PackBestFit(lengths, capacity).SkipLast(1)],
        },
    };

    /// <summary>Makes for a seed and a number of rows the function from position to row.</summary>
    public static readonly Requirement<EpochCase, Func<long, int, Func<long, int>>> Sft30_Epochs = new()
    {
        Id = "SFT-30",
        Statement = "Every epoch reads every row once, in its own order, which depends on seed and epoch only and not on what "
            + "was read before.",
        Source = "P-COVER; BUG-DAT-13, BUG-CKP-05: the same order in every epoch, or another order after resuming",
        CanonicalCases =
        [
            new(37, 4), new(256, 2), new(5, 9), new(2, 40), new(7, 6) { FirstEpoch = 1L << 31 },
            new(7, 6) { FirstEpoch = (1L << 31) / 7 - 2 },
        ],
        PlanCases = EpochCase.FromPlan,
        Subject = (_, _) => (seed, rows) => new EpochShuffler(seed, rows).GetRow,
        Holds = (make, c, at) =>
        {
            var positions = Enumerable.Range(0, c.Rows * c.Epochs).Select(i => c.FirstEpoch * c.Rows + i).ToArray();
            var (forward, again) = (make(at.Seed, c.Rows), make(at.Seed, c.Rows));
            var read = positions.Select(forward).ToArray();
            var epochs = read.Chunk(c.Rows).ToArray();
            return Verdict.All(
            [
                Verdict.SameElements(read, [.. positions.Reverse().Select(again).Reverse()], "row if read in the opposite order"),
                .. epochs.Select(
                    (epoch, i) => Verdict.SameElements([.. Enumerable.Range(0, c.Rows)], [.. epoch.Order()], $"rows of epoch {i}")
                ),
                Verdict.AtLeast(
                    2,
                    epochs.Select(epoch => string.Join(' ', epoch)).Distinct().Count(),
                    "different orders of epochs"),
                Verdict.That(
                    !read.SequenceEqual(positions.Select(make(unchecked(at.Seed + 1), c.Rows))),
                    "the next seed gives another order"),
                Verdict.That(
                    c.FirstEpoch == 0 || !read.SequenceEqual(positions.Select(i => forward(i - positions[0]))),
                    "the orders are not those of the first epochs"),
                Verdict.That(
                    epochs.Any(epoch => !epoch.SequenceEqual(Enumerable.Range(0, c.Rows))), "an order is not that of the file"),
            ]);
        },
        Impostors = new()
        {
            ["draws with replacement"] = (_, _) => (seed, rows) => position =>
                (int)CounterRandom.GetInt64(seed, position / rows, (int)(position % rows), rows),
            ["the same order every epoch"] = (_, _) => (seed, rows) => position =>
                new EpochShuffler(seed, rows).GetRow(position % rows),
            ["the order of the file"] = (_, _) => (_, rows) => position => (int)(position % rows),
            ["forgets the seed"] = (_, _) => (_, rows) => new EpochShuffler(0, rows).GetRow,
            ["continues from the last request"] = (_, _) => (seed, rows) =>
            {
                var (order, asked) = (new EpochShuffler(seed, rows), 0L);
                return _ => order.GetRow(asked++);
            },
            ["skips the last row"] = (_, _) => (seed, rows) => position =>
                new EpochShuffler(seed, rows - 1).GetRow(position / rows * (rows - 1) + Math.Min(position % rows, rows - 2)),
        },
    };

    private static (long[] Inputs, long[] Targets) Real(TokenizedExample example)
    {
        var (inputs, targets) = (new long[example.Length], new long[example.Length]);
        example.Write(inputs, targets);
        return (inputs, targets);
    }

    private static (long[] Inputs, long[] Targets, long[] Starts) Real(IReadOnlyList<TokenizedExample> examples, int length)
    {
        var (inputs, targets, starts) = (new long[length], new long[length], new long[length]);
        PackedRow.Write(examples, inputs, targets, starts);
        return (inputs, targets, starts);
    }

    // Computed token by token, without any code of the collator.
    private static (long[] Inputs, long[] Targets, long[] Starts) Expected(RowCase c)
    {
        var (inputs, targets, starts) = (new List<long>(), new List<long>(), new List<long>());
        foreach (var example in c.Examples)
        {
            var start = inputs.Count;
            for (var i = 0; i + 1 < example.Tokens.Count; i++)
            {
                inputs.Add(example.Tokens[i]);
                targets.Add(example.LossMask[i + 1] == 'x' ? example.Tokens[i + 1] : -1);
                starts.Add(start);
            }
        }
        for (var end = inputs.Count; inputs.Count < c.Length;)
        {
            inputs.Add(2);
            targets.Add(-1);
            starts.Add(end);
        }
        return ([.. inputs], [.. targets], [.. starts]);
    }

    private static Func<LossMaskCase, Conditions, Shift> WithTargets(Func<TokenizedExample, int, long> target) =>
        (_, _) => example => (Real(example).Inputs, [.. Enumerable.Range(0, example.Length).Select(i => target(example, i))]);

    private static Func<RowCase, Conditions, WriteRow> WithCorruptedRow(
        Action<(long[] Inputs, long[] Targets, long[] Starts), IReadOnlyList<TokenizedExample>> spoil) =>
        (_, _) =>
            (examples, length) =>
    {
        var row = Real(examples, length);
        spoil(row, examples);
        return row;
    };

    private static void ReplaceEach(long[] values, Func<long, long> change)
    {
        for (var i = 0; i < values.Length; i++) values[i] = change(values[i]);
    }
}

/// <summary>Tokens and their loss mask, as text.</summary>
/// <param name="Ids">The tokens.</param>
/// <param name="LossMask">An x for each token that is learned.</param>
public sealed record LossMaskCase(string Ids, string LossMask)
{
    /// <summary>The tokens as numbers.</summary>
    public IReadOnlyList<int> Tokens =>
        [.. Ids.Split(' ').Select(id => int.Parse(id, System.Globalization.CultureInfo.InvariantCulture))];

    internal TokenizedExample Example => new(Tokens, [.. LossMask.Select(mark => mark == 'x')]);
}

/// <summary>Examples that share a row.</summary>
/// <param name="Length">Positions of the row; more than the examples need.</param>
/// <param name="Examples">The examples.</param>
public sealed record RowCase(int Length, params IReadOnlyList<LossMaskCase> Examples)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{string.Join(" + ", Examples.Select(example => example.Tokens.Count - 1))} of {Length} places";
}

/// <summary>Examples of random lengths.</summary>
/// <param name="Examples">Number of examples.</param>
/// <param name="Capacity">Positions of a row.</param>
/// <param name="Shortest">Minimum positions of an example.</param>
public sealed record PackingCase(int Examples, int Capacity, int Shortest)
{
    internal IReadOnlyList<int> Lengths(Conditions at) =>
        [
            .. Enumerable
                .Range(0, Examples)
                .Select(i =>
                    Shortest
                    + (int)
                        CounterRandom.GetInt64(at.Seed, 77, i, Math.Max(1, (i % 3 == 0 ? Capacity : Capacity / 3) - Shortest + 1))
                ),
        ];
}

/// <summary>Rows that are read repeatedly.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Epochs">Number of epochs.</param>
public sealed record EpochCase(int Rows, int Epochs)
{
    /// <summary>
    /// One row more than a step of the run has, and at least three epochs: enough for all of them to have the same order by
    /// chance only once in 10⁹.
    /// </summary>
    internal static IReadOnlyList<EpochCase> FromPlan(Conditions at)
    {
        var rows = at.Plan.Training.RowsPerStep + 1;
        var orders = Enumerable.Range(2, Math.Min(rows, 13) - 1).Aggregate(1.0, (product, i) => product * i);
        return [new(rows, Math.Max(3, 1 + (int)Math.Ceiling(Math.Log(1e9) / Math.Log(orders))))];
    }

    /// <summary>The first epoch, for positions beyond 2³¹.</summary>
    public long FirstEpoch { get; init; }
}
