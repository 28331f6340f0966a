using TurkishLlm.Data.Batches;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Data;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Validation;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes by how much the loss on plain text increased.</summary>
public delegate double MeasureForgetting(LanguageModel before, LanguageModel after, TokenShard shard, int window);

/// <summary>Text for the comparison of two models.</summary>
/// <param name="Tokens">Tokens of the text.</param>
/// <param name="Window">Tokens of a window; the last window has fewer.</param>
public sealed record ForgettingCase(int Tokens, int Window)
{
    internal ModelCase Model => new(Width: 24, 2, Heads: 4, KeyValueHeads: 2, Inner: 40, Batch: 1, Window, Dropout: 0.5);
}

/// <summary>Forgetting relative to a base model: EVL-21.</summary>
public static class ForgettingSpec
{
    public static readonly Requirement<ForgettingCase, MeasureForgetting> EVL_21_Forgetting = new()
    {
        Id = "EVL-21",
        Statement = "Forgetting is the relative increase of the loss per token over that of the base model, on the same tokens, "
            + "as by the float64 oracle.",
        Source = "Report on fine-tuning, regression check; BUG-EVL-01, BUG-EVL-10; TOL-LOSS and TOL-MODEL",
        CanonicalCases = [new(47, 9), new(38, 31)],
        Subject = (_, at) =>
            (before, after, shard, window) =>
                ForgettingMetrics
                    .Measure(
                        before, after, shard, new TokenByteLengths(at.Tokenizer), window, int.MaxValue,
                        new Bootstrap(at.Seed, 100))
                    .Increase,
        Holds = (increase, c, at) =>
        {
            using var shards = new TemporaryShards();
            var ids = at.Ids(700, c.Model.Vocabulary, c.Tokens).Longs();
            using var shard = TokenShard.Open([shards.Write([.. ids.Select(id => (int)id)], c.Model.Vocabulary)]);
            using ParameterTable weights = ModelCase.Weights(c.Model.Config, at),
                others = ModelCase.Weights(c.Model.Config, at, salt: 78);
            using LanguageModel before = new(weights, at.ComputeType), after = new(others, at.ComputeType);
            var (first, second) = (Windows(c, weights, ids), Windows(c, others, ids));
            var (expected, largest) = (second.Nats / first.Nats - 1, Math.Max(first.Largest, second.Largest));
            var perToken = Tolerance.Loss(at.NumberType, c.Model.Vocabulary, largest) + 2 * c.Model.Allowed(at) * largest;
            return Verdict.AtMost(
                perToken * (c.Tokens - 1) / first.Nats * (2 + Math.Abs(expected)),
                Math.Abs(increase(before, after, shard, c.Window) - expected), "difference of the increase");
        },
        Impostors = new()
        {
            ["in nats, not as a share"] = (_, at) => (before, after, shard, window) =>
                Loss(after, shard, window, at) - Loss(before, shard, window, at),
            ["of perplexities"] = (_, at) => (before, after, shard, window) =>
                Math.Exp(Loss(after, shard, window, at) - Loss(before, shard, window, at)) - 1,
            ["base and model are swapped"] = (_, at) => (before, after, shard, window) =>
                Loss(before, shard, window, at) / Loss(after, shard, window, at) - 1,
            ["the mean of the windows' increases"] = (_, at) => (before, after, shard, window) =>
                MeasureValidation(before, shard, window, at)
                    .Windows.Zip(MeasureValidation(after, shard, window, at).Windows, (a, b) => b.Nats / a.Nats - 1)
                    .Average(),
            ["the base on other windows"] = (_, at) => (before, after, shard, window) =>
                Loss(after, shard, window, at) / Loss(before, shard, window + 3, at) - 1,
            ["the first window only"] = (_, at) =>
                (before, after, shard, window) =>
                    ForgettingMetrics
                        .Measure(before, after, shard, new TokenByteLengths(at.Tokenizer), window, 1, new Bootstrap(1, 100))
                        .Increase,
        },
    };

    public static IReadOnlyList<Requirement> All => [EVL_21_Forgetting];

    private static double Loss(LanguageModel model, TokenShard shard, int window, Conditions at) =>
        MeasureValidation(model, shard, window, at).Loss;

    private static PerplexityMetrics MeasureValidation(LanguageModel model, TokenShard shard, int window, Conditions at) =>
        LossEvaluator.Measure(model, shard, new TokenByteLengths(at.Tokenizer), window, int.MaxValue);

    private static (double Nats, double Largest) Windows(ForgettingCase c, ParameterTable weights, long[] ids)
    {
        var oracle = new TransformerOracle(c.Model.Sizes, weights.Doubles());
        var (nats, largest) = (0.0, 0.0);
        for (var start = 0; start + 1 < ids.Length; start += c.Window)
        {
            var end = Math.Min(start + c.Window, ids.Length - 1);
            var logits = oracle.Logits(ids[start..end], 1);
            nats += CrossEntropyOracle.TokenLosses(logits, ids[(start + 1)..(end + 1)]).Sum();
            largest = Math.Max(largest, logits.Max(Math.Abs));
        }
        return (nats, largest);
    }
}
