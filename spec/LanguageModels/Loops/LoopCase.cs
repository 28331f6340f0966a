using System.Globalization;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>
/// Steps in micro-batches with unequal numbers of counted targets. <c>"5 5|1"</c> is a step of two micro-batches, of two rows and
/// of one; a number is the counted targets of a row, in sixteenths of it.
/// </summary>
/// <param name="Steps">The steps.</param>
public sealed record LoopCase(params IReadOnlyList<string> Steps)
{
    /// <summary>Target of a position that does not count.</summary>
    internal const long Ignored = -100;

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", Steps);

    /// <summary>Draws the rows of all steps.</summary>
    internal IReadOnlyList<LoopStep> Draw(LoopFacts facts, Conditions at) =>
        [.. Steps.Select((text, step) => DrawStep(text, facts, at, salt: 100 * (step + 1)))];

    private static LoopStep DrawStep(string text, LoopFacts facts, Conditions at, long salt)
    {
        var (time, first) = (facts.Time, true);
        return new(
        [
            .. text.Split('|').Select(rows => (IReadOnlyList<LoopRow>)
            [
                .. rows.Split(' ').Select(count =>
                {
                    var sixteenths = int.Parse(count, CultureInfo.InvariantCulture);
                    var counted = sixteenths == 0 ? 0 : Math.Clamp((sixteenths * time + 8) / 16, 1, time);
                    var row = LoopRow.Draw(facts, counted, at, salt += 2, includeZero: first && counted > 0);
                    first &= counted == 0;
                    return row;
                }),
            ]),
        ]);
    }
}

/// <summary>One row, on the host.</summary>
internal sealed record LoopRow(long[] Ids, long[] Targets)
{
    // Id 0 must occur among the counted targets of every step, or no requirement sees that it is ignored.
    public static LoopRow Draw(LoopFacts facts, int counted, Conditions at, long salt, bool includeZero)
    {
        using var scope = NewDisposeScope();
        var text = at.Ids(salt, facts.Vocabulary, facts.Time + 1).Longs();
        var order = at.Ids(salt + 1, 1 << 20, facts.Time).Longs();
        int[] kept = [.. Enumerable.Range(0, facts.Time).OrderBy(i => order[i]).Take(counted)];
        if (includeZero) text[kept[0] + 1] = 0;
        long[] targets = [.. Enumerable.Range(0, facts.Time).Select(i => kept.Contains(i) ? text[i + 1] : LoopCase.Ignored)];
        return new(text[..^1], targets);
    }
}

/// <summary>The rows of a step by micro-batch, on the host.</summary>
internal sealed record LoopStep(IReadOnlyList<IReadOnlyList<LoopRow>> MicroBatches)
{
    public int CountTargets() => MicroBatches.Sum(rows => rows.Sum(row => row.Targets.Count(t => t != LoopCase.Ignored)));

    /// <summary>The same rows as one micro-batch.</summary>
    public LoopStep Merge() => new([[.. MicroBatches.SelectMany(rows => rows)]]);

    /// <summary>Micro-batches and their rows in reverse order.</summary>
    public LoopStep Reverse() => new([.. MicroBatches.Reverse().Select(rows => (IReadOnlyList<LoopRow>)[.. rows.Reverse()])]);

    /// <summary>The tensors that a loop reads.</summary>
    public IReadOnlyList<TokenRows> ToTensors(Device device) =>
        [.. MicroBatches.Select(rows => new TokenRows(
            Stack(rows, row => row.Ids, device), Stack(rows, row => row.Targets, device)))];

    private static Tensor Stack(IReadOnlyList<LoopRow> rows, Func<LoopRow, long[]> choose, Device device)
    {
        using var flat = tensor([.. rows.SelectMany(choose)], dtype: int64);
        return flat.reshape(rows.Count, -1).to(device);
    }
}
