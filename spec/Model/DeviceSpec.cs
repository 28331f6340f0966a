using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>A sequence length for one pass, on a small model, or on the run's own if null.</summary>
/// <param name="Small">The small model; null for the run's own.</param>
public sealed record FullLengthCase(ModelCase? Small)
{
    internal ModelConfig Config(Conditions at) => Small?.Config ?? at.Model;

    /// <inheritdoc/>
    public override string ToString() => Small?.ToString() ?? "the run's own model";
}

/// <summary>Device, ids and sequence length: P55–P59.</summary>
public static class DeviceSpec
{
    public static readonly Requirement<ModelCase, Func<double[], Tensor>> P55_Available = new()
    {
        Id = "P55",
        Statement = "Numbers copied to the run's device and back are the same.",
        Source = "Reference report, section 11, test 55",
        CanonicalCases = ModelCase.Usual,
        Subject = (_, at) => values => tensor(values).to(float32).to(at.Device),
        Holds = (place, c, at) =>
        {
            double[] values = [.. at.Normal(90, 100, c.Width).Doubles()];
            var placed = place(values);
            return placed.device.type != at.Device.type
                ? Verdict.Equal(at.Device.type, placed.device.type, "device")
                : Verdict.AtMost(0, placed.Doubles().LargestDifference(values), "largest change");
        },
        Impostors = new()
        {
            ["another device"] = (_, at) => values => empty([values.Length], float32, META),
            ["half precision in between"] = (_, at) => values => tensor(values).to(bfloat16).to(float32).to(at.Device),
        },
    };

    public static readonly Requirement<ModelCase, SubjectModel> P56_Runs = new()
    {
        Id = "P56",
        Statement = "The forward and backward pass on the run's device equal those of the float64 oracle on the host.",
        Source = "Reference report, section 11, test 56; BUG-OPT-09, BUG-NUM-11; TOL-MODEL",
        CanonicalCases = ModelCase.Usual,
        Subject = SubjectModel.Real,
        Holds = (model, c, at) =>
        {
            var (ids, targets) = (c.Ids(at), c.Targets(at));
            var logits = model.Logits(ids);
            if (logits.device.type != at.Device.type)
                return Verdict.Equal(at.Device.type, logits.device.type, "device of the logits");
            model.Backward(ids, targets);
            var expected = new TransformerOracle(c.Sizes, model.Parameters.Doubles()).Run(ids.Longs(), targets.Longs(), c.Batch);
            return Verdict.All(
                model
                    .Parameters.Names.Select(name =>
                        Verdict.AtMost(
                            c.AllowedGradient(at), model.Gradient(name)?.RelativeTo(expected.Gradients[name]) ?? double.NaN,
                            $"gradient of {name}"))
                .Append(Verdict.AtMost(c.Allowed(at), logits.RelativeTo(expected.Logits), "logits, max|Δ| ÷ max|logit|")));
        },
        Impostors = new(ModelSpec.Changed(new()
        {
            ["the logits are elsewhere"] = (logits, _) => logits.to(META),
            ["products with a mantissa of 10 bits"] = (logits, _) => logits.to(bfloat16).to(float32),
        }))
        {
            ["gradients are lost on the device"] = (c, at) =>
            {
                var model = SubjectModel.Real(c, at);
                return new(model.Parameters, model.Logits, (ids, targets) =>
                    model.Losses(ids, targets).detach().requires_grad_());
            },
        },
    };

    public static readonly Requirement<BiasCase, BiasFunction> P57_AlibiFollows = new()
    {
        Id = "P57",
        Statement = "The bias is on the run's device, float32, with the values of the host.",
        Source = "Reference report, section 11, test 57; BUG-ATT-09",
        CanonicalCases = [new(8, 300, 300), new(6, 3, 290)],
        PlanCases = AlibiSpec.FromPlan,
        Subject = (_, at) => (heads, queries, keys) => Alibi.ComputeBias(heads, queries, keys, at.Device),
        Holds = (bias, c, at) =>
        {
            var made = bias(c.Heads, c.Queries, c.Keys);
            if (made.device.type != at.Device.type) return Verdict.Equal(at.Device.type, made.device.type, "device");
            var full = AlibiOracle.Bias(c.Heads, c.Keys);
            double[] expected =
            [
                .. Enumerable
                    .Range(0, c.Heads)
                    .SelectMany(h => full.Skip((h * c.Keys + c.Keys - c.Queries) * c.Keys).Take(c.Queries * c.Keys)),
            ];
            return Verdict.All(
                Verdict.Equal(float32, made.dtype, "number type"),
                Verdict.AtMost(
                    3 * Tolerance.Float32UnitRoundoff, made.ElementwiseRelativeTo(expected), "largest relative difference"));
        },
        Impostors = new()
        {
            ["stays on the host"] = (_, _) => (h, q, k) => Alibi.ComputeBias(h, q, k, CPU).to(META),
            ["is cast with the model"] = (_, at) => (h, q, k) => Alibi.ComputeBias(h, q, k, at.Device).to(bfloat16),
            ["is cast to another type and back"] = (_, at) => (h, q, k) =>
                Alibi.ComputeBias(h, q, k, at.Device).to(bfloat16).to(float32),
        },
    };

    public static readonly Requirement<ModelCase, SubjectModel> P58_EdgeIds = new()
    {
        Id = "P58",
        Statement = "Texts of only the first id, only the last id, and both in turn are read like any other: logits and "
            + "gradients equal the float64 oracle's.",
        Source = "Reference report, section 11, test 58; BUG-DAT-01, BUG-DAT-04, BUG-TIE-08",
        CanonicalCases = ModelCase.Usual,
        PlanCases = at => [ModelCase.FromPlan(at)[0] with { Batch = 1, Time = 4 }],
        Subject = SubjectModel.Real,
        Holds = (model, c, at) =>
            Verdict.All(
                new Func<int, long>[] { _ => 0, _ => c.Vocabulary - 1, t => t % 2 * (c.Vocabulary - 1) }.SelectMany<
                    Func<int, long>, Verdict
                >(id =>
        {
            var ids = tensor(
                [.. Enumerable.Range(0, (int)c.Tokens).Select(i => id(i % c.Time))],
                [c.Batch, c.Time],
                device: at.Device);
            model.Backward(ids, ids);
            var expected = new TransformerOracle(c.Sizes, model.Parameters.Doubles()).Run(ids.Longs(), ids.Longs(), c.Batch);
            return
            [
                Verdict.AtMost(c.Allowed(at), model.Logits(ids).RelativeTo(expected.Logits), "logits, max|Δ| ÷ max|logit|"),
                Verdict.AtMost(
                    c.AllowedGradient(at),
                    model.Gradient("embed_tokens.weight")?.RelativeTo(expected.Gradients["embed_tokens.weight"])
                        ?? double.NaN,
                    "gradient of the embedding"),
            ];
        })),
        Impostors = SubjectModel.With(ModelBug.IdsWrap, ModelBug.IdsClamped),
    };

    public static readonly Requirement<FullLengthCase, Func<ParameterTable, Tensor, Tensor>> P59_FullLength = new()
    {
        Id = "P59",
        Statement = "A text of max_seq_len tokens can be read: all logits are finite, and those of its first half are the same "
            + "as for that half alone.",
        Source = "Reference report, section 11, test 59; BUG-ATT-20, BUG-GEN-12; TOL-MODEL",
        CanonicalCases = [new(ModelCase.Usual[0]), new(ModelCase.Usual[1]), new(Small: null)],
        Subject = (_, at) => (weights, ids) =>
        {
            using var model = new LanguageModel(weights, at.ComputeType);
            return model.ForwardHidden(ids);
        },
        Holds = (hidden, c, at) =>
        {
            using var grad = no_grad();
            var config = c.Config(at);
            using var weights = c.Small is null
                ? WeightInitializer.Initialize(config, at.Seed, at.Device)
                : ModelCase.Weights(config, at);
            var ids = at.Ids(95, config.VocabSize, 1, config.MaxSeqLen);
            var half = config.MaxSeqLen / 2;
            var whole = hidden(weights, ids).Doubles();
            var finite = Verdict.AtMost(
                float.MaxValue, whole.Select(Math.Abs).Aggregate(0.0, Math.Max), "largest hidden value");
            if (half == 0) return finite;
            var alone = hidden(weights, ids.narrow(1, 0, half)).Doubles();
            var allowed = Tolerance.Model(at.NumberType, config.NLayers, Math.Max(config.DFf, config.DModel));
            var later = whole.Skip((config.MaxSeqLen - half) * config.DModel).ToArray();
            return Verdict.All(
                finite,
                Verdict.AtMost(
                    allowed, whole.Take(half * config.DModel).ToArray().RelativeTo(alone),
                    "difference of the first half, max|Δ| ÷ max|h|"),
                Verdict.AtLeast(10 * allowed, later.RelativeTo(alone), "difference of the second half from the first"));
        },
        Impostors = new()
        {
            ["reads half of it, twice"] = (_, at) =>
                (weights, ids) =>
                    HiddenStates(weights, ids, at, x =>
                        ids.size(1) < weights.Config.MaxSeqLen
                            ? x
                            : cat([x.narrow(1, 0, x.size(1) / 2), x.narrow(1, 0, x.size(1) - x.size(1) / 2)], 1)),
            ["reads the end first"] = (_, at) => (weights, ids) => HiddenStates(weights, ids.flip(1), at, x => x.flip(1)),
            ["one position divides by zero"] = (_, at) => (weights, ids) =>
                HiddenStates(weights, ids, at, x => ids.size(1) < weights.Config.MaxSeqLen ? x : x / x.narrow(1, 0, 1).mul(0)),
        },
    };

    public static IReadOnlyList<Requirement> All => [P55_Available, P56_Runs, P57_AlibiFollows, P58_EdgeIds, P59_FullLength];

    private static Tensor HiddenStates(ParameterTable weights, Tensor ids, Conditions at, Func<Tensor, Tensor> change)
    {
        using var model = new LanguageModel(weights, at.ComputeType);
        return change(model.ForwardHidden(ids));
    }
}
