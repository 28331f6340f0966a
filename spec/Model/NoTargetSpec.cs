using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>A model, and a batch of which no target counts.</summary>
/// <param name="Model">The model and the sizes of the batch.</param>
/// <param name="Kernels">The kernels that may be used; None for plain operators.</param>
/// <param name="Type">Number type of matrix products.</param>
/// <param name="Gathered">True to pass an empty list of loss positions, as a fine-tuning batch does.</param>
public sealed record NoTargetCase(ModelCase Model, FusedKernels Kernels, ComputeType Type, bool Gathered);

/// <summary>A batch without a counted target: LOS-09.</summary>
public static class NoTargetSpec
{
    public static readonly Requirement<NoTargetCase, SumLoss> LOS_09_NothingCounted = new()
    {
        Id = "LOS-09",
        Statement = "A batch of which no target counts has the loss 0, and its gradient of every weight is 0 in every element.",
        Source = "BUG-LOS-14: gradients of a micro-batch without answers are left as they were allocated; BUG-LOS-06",
        CanonicalCases =
        [
            new(ModelCase.Usual[0], FusedKernels.All, ComputeType.Float32, Gathered: false),
            new(ModelCase.Usual[1], FusedKernels.All, ComputeType.Float32, Gathered: true),
            new(ModelCase.Usual[1], FusedKernels.All, ComputeType.BFloat16, Gathered: false),
            new(ModelCase.Usual[0], FusedKernels.All, ComputeType.BFloat16, Gathered: true),
            new(ModelCase.Usual[0], FusedKernels.None, ComputeType.Float32, Gathered: true),
            new(ModelCase.Usual[1], FusedKernels.None, ComputeType.BFloat16, Gathered: false),
        ],
        Subject = (c, _) => (model, ids, targets) => model.ComputeLossSum(ids, targets, lossPositions: Positions(c, ids.device)),
        Holds = (sum, c, at) =>
        {
            using var weights = ModelCase.Weights(c.Model.Config, at);
            using var model = new LanguageModel(weights, c.Type, c.Kernels);
            var (ids, targets) = (c.Model.Ids(at), full_like(c.Model.Ids(at), CrossEntropy.IgnoreIndex));
            SpoilFreeMemory(weights.Shapes.Select(weight => weight.Shape), at.Device);
            var loss = sum(model, ids, targets);
            FusedOperators.Backward(loss);
            return Verdict.All(
            [
                Verdict.AtMost(0, Math.Abs(loss.ToDouble()), "loss"),
                .. weights.Names.Select(name =>
                {
                    using var gradient = weights[name].grad;
                    return Verdict.AtMost(
                        0, gradient?.Doubles().Select(Math.Abs).Aggregate(0.0, Math.Max) ?? double.NaN,
                        $"largest element of the gradient of {name}");
                }),
            ]);
        },
        Impostors = new()
        {
            ["the mean over the counted targets"] = (c, at) => (model, ids, targets) =>
                Real(c, at, model, ids, targets) / targets.ne(CrossEntropy.IgnoreIndex).sum(),
            ["gradients are not a number"] = (c, at) => (model, ids, targets) =>
                Real(c, at, model, ids, targets) + (model.Parameters["embed_tokens.weight"] * 0).abs().sqrt().sum(),
            ["gradients are left from the batch before"] = (c, at) => (model, ids, targets) =>
            {
                model.ComputeLossSum(ids, ids).backward();
                return Real(c, at, model, ids, targets);
            },
            ["an ignored target counts as token 0"] = (_, _) => (model, ids, targets) =>
                model.ComputeLossSum(ids, targets.clamp(min: 0)),
            ["the last position always counts"] = (_, _) => (model, ids, targets) =>
            {
                var some = targets.clone();
                some.select(1, some.size(1) - 1).zero_();
                return model.ComputeLossSum(ids, some);
            },
        },
    };

    public static IReadOnlyList<Requirement> All => [LOS_09_NothingCounted];

    private static Tensor Real(NoTargetCase c, Conditions at, LanguageModel model, Tensor ids, Tensor targets) =>
        LOS_09_NothingCounted.Subject(c, at)(model, ids, targets);

    private static Tensor? Positions(NoTargetCase c, Device device) => c.Gathered ? zeros([0], int64, device) : null;

    // New tensors usually get the memory that was freed last: with NaN in it, what is not written does not look like 0.
    private static void SpoilFreeMemory(IEnumerable<long[]> shapes, Device device)
    {
        using var scope = NewDisposeScope();
        foreach (var shape in shapes) full(shape, double.NaN, float32, device);
    }
}
