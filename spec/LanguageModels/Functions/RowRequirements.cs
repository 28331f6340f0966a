using static TurkishLlm.Specification.LanguageModels.Functions.MaskRequirements;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The requirement of rows that hold several examples: SFT-13.</summary>
public static class RowRequirements
{
    /// <summary>The id in the unused positions of a row.</summary>
    internal const long Padding = 2;

    /// <summary>SFT-13.</summary>
    public static Requirement<RowCase, WriteRow> PackedTargets { get; } = new()
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
        Subject = (_, _) => Write,
        Holds = (write, c, _) =>
        {
            var (inputs, targets, starts) = write([.. c.Examples.Select(example => example.ToTokens())], c.Length);
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
                foreach (var start in examples.SkipLast(1).Select((_, i) => examples.Take(i + 1).Sum(e => e.Ids.Count - 1)))
                    row.Targets[start - 1] = row.Inputs[start];
            }),
            ["targets are not moved with their example"] = WithCorruptedRow((row, examples) =>
            {
                for (var i = 1; i < examples.Count; i++)
                {
                    var at = examples.Take(i).Sum(e => e.Ids.Count - 1);
                    Array.Fill(row.Targets, -1, at, examples[i].Ids.Count - 1);
                    Shift(examples[i]).Targets.CopyTo(row.Targets, at - 1);
                }
            }),
            ["padding is learned"] = WithCorruptedRow(
                (row, examples) =>
                    Array.Fill(
                        row.Targets, Padding,
                        examples.Sum(e => e.Ids.Count - 1),
                        row.Targets.Length - examples.Sum(e => e.Ids.Count - 1))),
            ["the end of a turn counts as padding and is not learned"] = WithCorruptedRow(
                (row, _) => ReplaceEach(row.Targets, target => target == 6 ? -1 : target)),
            ["all segments start with the row"] = WithCorruptedRow((row, _) => Array.Clear(row.Starts)),
            ["a position can read the token before its example"] = WithCorruptedRow(
                (row, _) => ReplaceEach(row.Starts, start => Math.Max(0, start - 1))),
            ["a position cannot read the first token of its example"] = WithCorruptedRow(
                (row, _) => ReplaceEach(row.Starts, start => start + 1)),
            ["examples are found by end-of-text tokens, which they do not have"] = WithCorruptedRow((row, _) =>
            {
                for (int i = 0, start = 0; i < row.Starts.Length; i++)
                {
                    if (i > 0 && row.Inputs[i - 1] == 1) start = i;
                    row.Starts[i] = start;
                }
            }),
        },
    };

    private static (long[] Inputs, long[] Targets, long[] Starts) Write(IReadOnlyList<MaskedTokens> examples, int length)
    {
        var (inputs, targets, starts, next) = (new long[length], new long[length], new long[length], 0);
        Array.Fill(inputs, Padding);
        Array.Fill(targets, -1);
        foreach (var example in examples)
        {
            var shifted = Shift(example);
            shifted.Inputs.CopyTo(inputs, next);
            shifted.Targets.CopyTo(targets, next);
            Array.Fill(starts, next, next, shifted.Inputs.Length);
            next += shifted.Inputs.Length;
        }
        Array.Fill(starts, next, next, length - next);
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
            inputs.Add(Padding);
            targets.Add(-1);
            starts.Add(end);
        }
        return ([.. inputs], [.. targets], [.. starts]);
    }

    private static Func<RowCase, Conditions, WriteRow> WithCorruptedRow(
        Action<(long[] Inputs, long[] Targets, long[] Starts), IReadOnlyList<MaskedTokens>> spoil) =>
        (_, _) =>
            (examples, length) =>
    {
        var row = Write(examples, length);
        spoil(row, examples);
        return row;
    };

    private static void ReplaceEach(long[] values, Func<long, long> change)
    {
        for (var i = 0; i < values.Length; i++) values[i] = change(values[i]);
    }
}
