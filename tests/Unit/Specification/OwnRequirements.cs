using TorchSharp;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>Requirements as a user writes them, about a function of the user's.</summary>
internal static class OwnRequirements
{
    /// <summary>A mean over the last axis of two sizes, with three impostors.</summary>
    public static Requirement<int, Func<Tensor, Tensor>> Mean { get; } = new()
    {
        Id = "OWN-01",
        Statement = "The mean of a row is its sum divided by its length.",
        Source = "definition",
        CanonicalCases = [3, 7],
        Subject = (_, _) => x => x.mean([-1]),
        Holds = (mean, width, at) =>
        {
            var x = at.Normal(salt: 1, scale: 2, 4, width);
            var expected = x.Doubles().Chunk(width).Select(row => row.Sum() / width).ToArray();
            return Verdict.AtMost(1e-6, mean(x).LargestDifference(tensor(expected)), "difference of a mean");
        },
        Impostors = new()
        {
            ["divided by the length minus 1"] = (_, _) => x => x.sum(-1) / (x.shape[^1] - 1),
            ["mean of all rows"] = (_, _) => x => x.mean().expand(x.shape[0]),
            ["largest number"] = (_, _) => x => x.amax([-1]),
        },
    };

    /// <summary>A requirement with a case of the plan only, which fails.</summary>
    public static Requirement<int, int> Planned { get; } = new()
    {
        Id = "OWN-03",
        Statement = "The vocabulary is small.",
        Source = "none",
        CanonicalCases = [],
        PlanCases = at => [at.Model.VocabSize],
        Subject = (c, _) => c,
        Holds = (size, _, _) => Verdict.AtMost(7L, size, "width"),
        Impostors = new() { ["twice as wide"] = (c, _) => 2 * c, ["half as wide"] = (c, _) => c / 3 },
    };

    /// <summary>A requirement that finds nothing to judge.</summary>
    public static Requirement<int, int> Skipped { get; } = new()
    {
        Id = "OWN-02",
        Statement = "A cache gives the same logits.",
        Source = "none",
        CanonicalCases = [1],
        Subject = (c, _) => c,
        Holds = (_, _, _) => Verdict.Skip("the decoder has no cache"),
        Impostors = [],
    };
}
