using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the loss of micro-batches with dropout, and the gradients of the weights, from a seed.</summary>
public delegate double ComputeStepGradient(ParameterTable weights, IReadOnlyList<TokenBatch> batches, Conditions at);

/// <summary>A step that recomputes its blocks in the backward pass.</summary>
/// <param name="Model">Model and rows; with dropout.</param>
/// <param name="Frozen">Weights that are not trained.</param>
public sealed record RecomputationCase(ModelCase Model, params IReadOnlyList<string> Frozen);

/// <summary>Activation checkpointing: ACC-16.</summary>
public static class RecomputationSpec
{
    private const int Seed = 4711;

    public static readonly Requirement<RecomputationCase, ComputeStepGradient> ACC_16_SameBits = new()
    {
        Id = "ACC-16",
        Statement = "A step that recomputes its blocks in the backward pass has the loss, every gradient and the random numbers "
            + "of the usual step, bit for bit: with dropout, several micro-batches, packed rows and frozen weights.",
        Source = "Chen et al. 2016, arXiv:1604.06174; BUG-CKP-08",
        CanonicalCases =
        [
            new(ModelCase.Usual[0] with { Dropout = 0.2 }), new(ModelCase.Usual[1], "embed_tokens", "layers.1.attn"),
        ],
        PlanCases = at => at.Device.type != DeviceType.CPU ? [] :
            [new(ModelCase.WithFewTokens(at, 9) with { Batch = 2, Dropout = 0.1 })],
        Subject = (_, _) => (weights, batches, at) => Compute(weights, batches, at, recomputes: true),
        Holds = (compute, c, at) =>
        {
            using var grad = enable_grad();
            using TokenBatch first = Batch(c, at, salt: 1, starts: 0), second = Batch(c, at, salt: 3, starts: 4);
            TokenBatch[] batches = [first, second];
            using ParameterTable usual = Weights(c, at), again = Weights(c, at);
            var loss = Compute(usual, batches, at, recomputes: false);
            var drawn = Draw();
            var found = compute(again, batches, at);
            return Verdict.All(
                usual.Names.Select(name => CompareGradients(name, usual[name], again[name]))
                    .Prepend(Verdict.AtMost(0, Math.Abs(found - loss), "loss, |Δ|"))
                    .Append(Verdict.AtMost(0, Math.Abs(Draw() - drawn), "the next random number, |Δ|")));
        },
        Impostors = new()
        {
            ["other random numbers in the second pass"] = (_, _) => (weights, batches, at) =>
            {
                var loss = Compute(weights, batches, at, recomputes: true);
                Compute(weights, batches, at, recomputes: true, seed: Seed + 1);
                return loss;
            },
            ["the second pass draws further random numbers"] = (_, _) => (weights, batches, at) =>
            {
                var loss = Compute(weights, batches, at, recomputes: true);
                Draw();
                return loss;
            },
            ["gradients of recomputed blocks count twice"] = Change((name, gradient) =>
                name.StartsWith("layers.", StringComparison.Ordinal) ? 2 * gradient : gradient),
            ["the gradient ends at the last block"] = Change((name, gradient) =>
                name.StartsWith("layers.0.", StringComparison.Ordinal) ? null : gradient),
            ["blocks after frozen weights learn nothing"] = Change((name, gradient) =>
                name.StartsWith("layers.0.ffn", StringComparison.Ordinal) ? zeros_like(gradient) : gradient),
            ["norms of blocks learn nothing"] = Change((name, gradient) =>
                name.EndsWith("_norm.weight", StringComparison.Ordinal) ? null : gradient),
            ["rows are not packed in the second pass"] = (_, _) => (weights, batches, at) =>
            {
                var loss = Compute(weights, batches, at, recomputes: true);
                TokenBatch[] open =
                [
                    .. batches.Select(batch => TokenBatch.Create(
                        batch.Inputs.Longs(), batch.Targets.Longs(), (int)batch.Inputs.size(0), at.Device)),
                ];
                Compute(weights, open, at, recomputes: true);
                foreach (var batch in open) batch.Dispose();
                return loss;
            },
        },
    };

    public static IReadOnlyList<Requirement> All => [ACC_16_SameBits];

    private static ParameterTable Weights(RecomputationCase c, Conditions at)
    {
        var weights = ModelCase.Weights(c.Model.Config, at);
        foreach (var name in new FreezePlan(c.Frozen).GetFrozenNames(c.Model.Config)) weights[name].requires_grad_(false);
        return weights;
    }

    // Rows of two segments, of which the second begins at a position that differs by row.
    private static TokenBatch Batch(RecomputationCase c, Conditions at, long salt, int starts)
    {
        var (rows, time) = (c.Model.Batch, c.Model.Time);
        var border = Enumerable.Range(0, rows).Select(row => 1 + (starts + row) % (time - 1)).ToArray();
        long[] segments = [.. Enumerable.Range(0, rows * time).Select(i => i % time < border[i / time] ? 0L : border[i / time])];
        using Tensor ids = c.Model.Ids(at, salt), targets = c.Model.Targets(at, salt + 1);
        return TokenBatch.Create(ids.Longs(), targets.Longs(), rows, at.Device, segments);
    }

    private static double Compute(
        ParameterTable weights, IReadOnlyList<TokenBatch> batches, Conditions at, bool recomputes, int seed = Seed)
    {
        manual_seed(seed).Dispose();
        using var model = new LanguageModel(weights, at.ComputeType, recomputesBlocks: recomputes);
        return GradientAccumulation.Compute(model, batches, batches.Sum(batch => batch.LossTerms));
    }

    private static Func<RecomputationCase, Conditions, ComputeStepGradient> Change(Func<string, Tensor, Tensor?> change) =>
        (_, _) => (weights, batches, at) =>
        {
            var loss = Compute(weights, batches, at, recomputes: true);
            using var grad = no_grad();
            foreach (var name in weights.Names)
                if (weights[name].grad is { } gradient) weights[name].grad = change(name, gradient);
            return loss;
        };

    private static Verdict CompareGradients(string name, Tensor usual, Tensor again) => (usual.grad, again.grad) switch
    {
        (null, null) => Verdict.That(true, $"{name} has no gradient"),
        ({ } expected, { } found) => Verdict.AtMost(
            0, found.Doubles().LargestDifference(expected.Doubles()), $"gradient of {name}, |Δ|"),
        _ => Verdict.That(false, $"{name} has a gradient in one of the two passes only"),
    };

    private static double Draw()
    {
        using var number = empty(1).uniform_(0, 1);
        return number.ToDouble();
    }
}
