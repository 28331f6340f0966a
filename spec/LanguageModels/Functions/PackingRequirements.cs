using TurkishLlm.Specification.LanguageModels.Oracles;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The requirement of distributing examples over rows: SFT-18.</summary>
public static class PackingRequirements
{
    /// <summary>SFT-18.</summary>
    public static Requirement<PackingCase, PackRows> Packing { get; } = new()
    {
        Id = "SFT-18",
        Statement = "Packing puts every example into exactly one row, whole, fills no row beyond its length, and needs few more "
            + "rows than the tokens alone require.",
        Source = "BUG-SFT-16, BUG-SFT-18: trl #5075: the rest of a long sample is queued again without its prompt; Johnson 1973: "
            + "best fit, longest first, needs 11/9 of the best",
        CanonicalCases = [new(300, 128, 3), new(97, 64, 1), new(60, 41, 2)],
        Subject = (_, _) => BestFitOracle.Pack,
        Holds = (pack, c, at) =>
        {
            var lengths = c.Lengths(at);
            var rows = pack(lengths, c.Capacity);
            var examples = Verdict.SameElements(
                [.. Enumerable.Range(0, lengths.Count)], [.. rows.SelectMany(row => row).Order()], "examples");
            if (!examples.Holds) return examples;
            return Verdict.All(
                Verdict.AtMost(c.Capacity, rows.Max(row => row.Sum(i => lengths[i])), "positions of the fullest row"),
                Verdict.AtMost(
                    (long)Math.Ceiling(11.0 / 9 * Math.Ceiling((double)lengths.Sum() / c.Capacity)) + 1, rows.Count, "rows"));
        },
        Impostors = new()
        {
            ["drops the last example"] = (_, _) => (lengths, capacity) =>
                BestFitOracle.Pack([.. lengths.SkipLast(1)], capacity),
            ["puts an example into two rows"] = (_, _) => (lengths, capacity) =>
                [.. BestFitOracle.Pack(lengths, capacity), [0]],
            ["fills rows as if they were longer"] = (_, _) => (lengths, capacity) =>
                BestFitOracle.Pack(lengths, capacity + capacity / 2 + 1),
            ["one example per row"] = (_, _) => (lengths, _) => [.. lengths.Select((_, i) => new[] { i })],
            ["keeps full rows only"] = (_, _) => (lengths, capacity) =>
                [.. BestFitOracle.Pack(lengths, capacity).SkipLast(1)],
        },
    };
}
