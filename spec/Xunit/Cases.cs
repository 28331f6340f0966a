using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Specification.LanguageModels.Decoders;
using TurkishLlm.Specification.LanguageModels.Loops;

namespace TurkishLlm.Specification.Xunit;

/// <summary>Generators of random cases, each with a way to become smaller.</summary>
public static class Cases
{
    // In sixteenths of a row: a different number of targets in rows of four tokens or more.
    private const int LeastDifference = 4;

    /// <summary>
    /// Two to four texts of three to 16 tokens: on each of them, every bug of the impostors is visible.
    /// </summary>
    public static Arbitrary<DecoderCase> Decoder { get; } = Arb.From(
        from rows in Gen.Choose(2, 4)
        from time in Gen.Choose(3, 16)
        select new DecoderCase(rows, time),
        c =>
            [
                .. Halves(c.Rows, 2).Select(n => c with { Rows = n }),
                .. Halves(c.Time, 3).Select(n => c with { Time = n }),
            ]);

    /// <summary>
    /// Two or three steps of two or three micro-batches of up to three rows, with unequal numbers of counted targets and at least
    /// one in each row.
    /// </summary>
    public static Arbitrary<LoopCase> Loop { get; } = Arb.From(
        from steps in Gen.Choose(2, 3)
        from texts in Gen.ListOf(Step, steps)
        select new LoopCase([.. texts]),
        c => c.Steps.Count > 2 ? [new LoopCase([.. c.Steps.Skip(1)]), new LoopCase([.. c.Steps.SkipLast(1)])] : []);

    private static Gen<string> Step =>
        from count in Gen.Choose(2, 3)
        from microBatches in Gen.ListOf(MicroBatch, count)
        // With equal numbers, the mean of the means of micro-batches would be right.
        where microBatches.Max(rows => rows.Sum()) >= microBatches.Min(rows => rows.Sum()) + LeastDifference
        select string.Join('|', microBatches.Select(rows => string.Join(' ', rows)));

    private static Gen<IEnumerable<int>> MicroBatch =>
        from rows in Gen.Choose(1, 3)
        from counts in Gen.ListOf(Gen.Choose(1, 16), rows)
        select counts.AsEnumerable();

    private static IEnumerable<int> Halves(int value, int least)
    {
        if (value > least) yield return least;
        if (value / 2 > least) yield return value / 2;
        if (value - 1 > least) yield return value - 1;
    }
}
