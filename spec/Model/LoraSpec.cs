using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Computes the logits of a model with an adapter.</summary>
public delegate Tensor AdaptedForward(ParameterTable weights, Adapter adapter, Tensor ids);

/// <summary>Computes the gradients of a model with an adapter.</summary>
public delegate void AdapterBackward(ParameterTable weights, Adapter adapter, TokenBatch batch);

/// <summary>Merges an adapter into a copy of the weights.</summary>
public delegate ParameterTable MergeAdapter(Adapter adapter, ParameterTable weights);

/// <summary>Lists the tensors of an adapter.</summary>
public delegate IEnumerable<(string Name, long[] Shape)> GetAdapterShapes(LoraConfig lora, ModelConfig model);

/// <summary>Forward pass, merging, targets and gradients of an adapter: LOR-01, LOR-02, LOR-03, LOR-05, LOR-06.</summary>
public static class LoraSpec
{
    public static readonly Requirement<LoraCase, AdaptedForward> LOR_01_Oracle = new()
    {
        Id = "LOR-01",
        Statement = "The logits of a model with an adapter equal those of the float64 oracle for the weights W + (alpha ÷ "
            + "rank)·B·A.",
        Source = "Hu et al. 2021, arXiv:2106.09685, section 4.1; BUG-LOR-01 (peft PR #2489), BUG-GQA-05; TOL-LORA",
        CanonicalCases = LoraCase.Usual,
        PlanCases = LoraCase.FromPlan,
        Subject = (_, at) => With(at),
        Holds = (adapted, c, at) =>
        {
            using var grad = no_grad();
            using var weights = ModelCase.Weights(c.Model.Config, at);
            using var drawn = c.Adapter(at);
            // Dropout applies in training only.
            using var adapter = LoraCase.Changed(drawn, new(c.Rank, c.Alpha, dropout: 0.3, drawn.Lora.Targets));
            var ids = c.Model.Ids(at);
            var expected = new TransformerOracle(c.Model.Sizes, c.Merged(weights, adapter)).Logits(ids.Longs(), c.Model.Batch);
            return Verdict.AtMost(c.Allowed(at), adapted(weights, adapter, ids).RelativeTo(expected), "logits, max|Δ| ÷ max|z|");
        },
        Impostors = new()
        {
            ["alpha is ignored"] = (c, at) => With(at, adapter => LoraCase.WithAlpha(adapter, 1)),
            ["the rank is ignored"] = (c, at) => With(at, adapter => LoraCase.WithAlpha(adapter, c.Alpha * c.Rank)),
            ["no scale at all"] = (c, at) => With(at, adapter => LoraCase.WithAlpha(adapter, c.Rank)),
            ["the scale is applied twice"] = (c, at) =>
                With(at, adapter => LoraCase.WithAlpha(adapter, c.Alpha * c.Alpha / c.Rank)),
            ["alpha over the root of the rank"] = (c, at) =>
                With(at, adapter => LoraCase.WithAlpha(adapter, c.Alpha * Math.Sqrt(c.Rank))),
            ["switched off"] = (_, at) => (weights, _, ids) => Logits(weights, adapter: null, ids, at),
            ["the last layer has no adapter"] = (c, at) => With(at, adapter => LoraCase.Changed(adapter, change: (name, t) =>
                name.StartsWith($"layers.{c.Model.Layers - 1}.", StringComparison.Ordinal) ? zeros_like(t) : t.clone())),
            ["down has no adapter"] = (_, at) =>
                With(at, adapter =>
                    LoraCase.Changed(adapter, change: (name, t) =>
                        name.Contains("down", StringComparison.Ordinal) ? zeros_like(t) : t.clone())),
            ["the heads of q in another order"] = (c, at) => With(at, adapter => LoraCase.Changed(adapter, change: (name, t) =>
                name.EndsWith("q_proj.lora_b", StringComparison.Ordinal) ? t.roll(c.Model.HeadSize, 0) : t.clone())),
            ["layers swapped"] = (_, at) =>
                With(at, adapter =>
                    LoraCase.Changed(adapter, change: (name, _) => adapter.Parameters[OtherLayer(name)].detach().clone())),
            ["dropout outside training"] = (c, at) => (weights, adapter, ids) =>
            {
                using var dropping = LoraCase.Changed(adapter, new(c.Rank, c.Alpha, dropout: 0.3, adapter.Lora.Targets));
                using var model = new LanguageModel(weights, at.ComputeType, adapter: dropping);
                return model.Forward(ids, training: true);
            },
        },
    };

    public static readonly Requirement<LoraCase, MergeAdapter> LOR_02_MergeByHand = new()
    {
        Id = "LOR-02",
        Statement = "Merging replaces every adapted matrix by W + (alpha ÷ rank)·B·A, rounded once, and does not change a bit of "
            + "any other weight.",
        Source = "BUG-LOR-01, BUG-LOR-02 (peft PR #3774: a round trip of merge and unmerge is green), BUG-TIE-06 (peft PR "
            + "#2972); TOL-UNIT",
        CanonicalCases = LoraCase.Usual,
        PlanCases = LoraCase.FromPlan,
        Subject = (_, _) => (adapter, weights) => adapter.MergeInto(weights),
        Holds = (merge, c, at) =>
        {
            using var weights = ModelCase.Weights(c.Model.Config, at);
            using var adapter = c.Adapter(at);
            var before = weights.Doubles();
            using var merged = merge(adapter, weights);
            var expected = c.Merged(weights, adapter);
            var adapted = c.Lora.GetTargetWeights(c.Model.Config).ToHashSet(StringComparer.Ordinal);
            return Verdict.All(
            [
                .. weights.Names.Select(name =>
                    Verdict.AtMost(
                        0, weights[name].Doubles().LargestDifference(before[name]), $"change of {name} in the original weights")),
                .. merged.Names.Select(name => Verdict.AtMost(
                    adapted.Contains(name) ? Tolerance.UnitRoundoff(ScalarType.Float32) : 0,
                    merged[name].RelativeTo(expected[name]), $"{name}, max|Δ| ÷ max|w|")),
            ]);
        },
        Impostors = new()
        {
            ["alpha is ignored"] = (_, _) => Rescaled(_ => 1),
            ["the rank is ignored"] = (_, _) => Rescaled(lora => lora.Alpha * lora.Rank),
            ["no scale at all"] = (_, _) => Rescaled(lora => lora.Rank),
            ["the scale is applied twice"] = (_, _) => Rescaled(lora => lora.Alpha * lora.Scale),
            ["added twice"] = (_, _) => Rescaled(lora => 2 * lora.Alpha),
            ["subtracted"] = (_, _) => MergeAndChange((_, weight, merged) => weight * 2 - merged),
            ["square matrices are transposed"] = (_, _) =>
                MergeAndChange(
                    (_, weight, merged) =>
                        weight.ndim == 2 && weight.size(0) == weight.size(1) ? weight + (merged - weight).t() : merged),
            ["the sum is rounded to bfloat16"] = (_, _) =>
                MergeAndChange((_, weight, merged) => weight.Equals(merged) ? merged : merged.to(bfloat16).to(float32)),
            ["the embedding changes too"] = (_, _) =>
                MergeAndChange((name, _, merged) => name == "embed_tokens.weight" ? merged * 1.001 : merged),
            ["merges in place"] = (_, _) => (adapter, weights) =>
            {
                using var grad = no_grad();
                var merged = adapter.MergeInto(weights);
                foreach (var name in weights.Names) weights[name].copy_(merged[name]);
                return merged;
            },
        },
    };

    public static readonly Requirement<LoraCase, MergeAdapter> LOR_03_MergedLogits = new()
    {
        Id = "LOR-03",
        Statement = "The logits of the merged model equal those of the model with its adapter.",
        Source = "BUG-LOR-01, BUG-LOR-02; huggingface/peft #1836, where merging took accuracy from 0.965 to 0.496; TOL-LORA",
        CanonicalCases = LoraCase.Usual,
        PlanCases = LoraCase.FromPlan,
        Subject = (_, _) => (adapter, weights) => adapter.MergeInto(weights),
        Holds = (merge, c, at) =>
        {
            using var grad = no_grad();
            using var weights = ModelCase.Weights(c.Model.Config, at);
            using var adapter = c.Adapter(at);
            var ids = c.Model.Ids(at);
            var adapted = Logits(weights, adapter, ids, at).Doubles();
            using var merged = merge(adapter, weights);
            return Verdict.AtMost(
                c.AllowedMerged(at), Logits(merged, adapter: null, ids, at).RelativeTo(adapted), "logits, max|Δ| ÷ max|z|");
        },
        Impostors = new()
        {
            ["does nothing"] = (_, _) => (_, weights) => weights.CopyTo(weights.Tensors.First().device),
            ["no scale at all"] = (_, _) => Rescaled(lora => lora.Rank),
            ["the scale is applied twice"] = (_, _) => Rescaled(lora => lora.Alpha * lora.Scale),
            ["merged twice"] = (_, _) => (adapter, weights) =>
            {
                using var once = adapter.MergeInto(weights);
                return adapter.MergeInto(once);
            },
            ["the sum is rounded to bfloat16"] = (_, _) =>
                MergeAndChange((_, weight, merged) => weight.Equals(merged) ? merged : merged.to(bfloat16).to(float32)),
            ["only the first layer"] = (_, _) =>
                MergeAndChange(
                    (name, weight, merged) => name.StartsWith("layers.0.", StringComparison.Ordinal) ? merged : weight.clone()),
            ["only attention"] = (_, _) =>
                MergeAndChange(
                    (name, weight, merged) => name.Contains(".attn.", StringComparison.Ordinal) ? merged : weight.clone()),
        },
    };

    public static readonly Requirement<LoraCase, GetAdapterShapes> LOR_05_Targets = new()
    {
        Id = "LOR-05",
        Statement = "An adapter has A [rank, in] and B [out, rank] for every target of every layer, and nothing else: Σ rank·(in "
            + "+ out) numbers.",
        Source = "BUG-LOR-05: Megatron-Bridge #1738, huggingface/peft #3554; BUG-LOR-08 for the count",
        CanonicalCases = [.. LoraCase.Usual, new(ModelCase.Usual[0], Rank: 2, Alpha: 3, "k o up")],
        PlanCases = LoraCase.FromPlan,
        Subject = (_, _) => (lora, model) => lora.GetShapes(model),
        Holds = (shapes, c, at) =>
        {
            var (width, kv, inner) = (c.Model.Width, c.Model.HeadSize * c.Model.KeyValueHeads, c.Model.Inner);
            var written = new Dictionary<string, (string Module, int In, int Out)>
            {
                ["q"] = ("attn.q_proj", width, width),
                ["k"] = ("attn.k_proj", width, kv),
                ["v"] = ("attn.v_proj", width, kv),
                ["o"] = ("attn.o_proj", width, width),
                ["gate"] = ("ffn.gate_proj", width, inner),
                ["up"] = ("ffn.up_proj", width, inner),
                ["down"] = ("ffn.down_proj", inner, width),
            };
            var expected = (
                from layer in Enumerable.Range(0, c.Model.Layers)
                from target in c.Targets.Split(' ').Select(target => written[target])
                from part in new[] { $"lora_a [{c.Rank}, {target.In}]", $"lora_b [{target.Out}, {c.Rank}]" }
                select $"layers.{layer}.{target.Module}.{part}").Order(StringComparer.Ordinal).ToArray();
            var found = shapes(c.Lora, c.Model.Config).ToArray();
            return Verdict.All(
                Verdict.SameElements(
                    expected,
                    [
                        .. found
                            .Select(tensor => $"{tensor.Name} [{string.Join(", ", tensor.Shape)}]")
                            .Order(StringComparer.Ordinal),
                    ],
                    "tensors"),
                Verdict.Equal(
                    c.Model.Layers * c.Targets.Split(' ').Sum(target => c.Rank * (written[target].In + written[target].Out)),
                    (int)found.Sum(tensor => tensor.Shape[0] * tensor.Shape[1]), "numbers that learn"));
        },
        Impostors = new()
        {
            ["only the first layer"] = WithTargets((name, _) => name.StartsWith("layers.0.", StringComparison.Ordinal)),
            ["every other layer"] = WithTargets((name, _) => !name.StartsWith("layers.1.", StringComparison.Ordinal)),
            ["only the first target"] = WithTargets(
                (name, lora) => name.Contains($"{lora.Targets[0].ToString().ToLowerInvariant()}_proj", StringComparison.Ordinal)),
            ["no target matches"] = WithTargets((_, _) => false),
            ["the embedding too"] = (_, _) =>
                (lora, model) =>
                    [
                        .. lora.GetShapes(model), ("embed_tokens.lora_a", [lora.Rank, model.DModel]),
                        ("embed_tokens.lora_b", [model.VocabSize, lora.Rank]),
                    ],
            ["in and out swapped"] = (_, _) => (lora, model) =>
                lora.GetShapes(model).Select(tensor => (tensor.Name, (long[])[tensor.Shape[1], tensor.Shape[0]])),
        },
    };

    public static readonly Requirement<LoraCase, AdapterBackward> LOR_06_Gradient = new()
    {
        Id = "LOR-06",
        Statement = "Every A and B has the gradient of the float64 oracle, and no weight of the model has a gradient.",
        Source = "Hu et al. 2021, section 4.1; BUG-LOR-06 (open-unlearning #178, transformers #26221: the graph is cut), "
            + "BUG-LOR-08; TOL-LORA",
        CanonicalCases = LoraCase.Usual,
        PlanCases = LoraCase.FromPlan,
        Subject = (_, at) => Real(at),
        Holds = (backward, c, at) =>
        {
            using var weights = ModelCase.Weights(c.Model.Config, at);
            using var adapter = c.Adapter(at);
            var (ids, targets) = (c.Model.Ids(at).Longs(), c.Model.Targets(at).Longs());
            backward(weights, adapter, TokenBatch.Create(ids, targets, c.Model.Batch, at.Device));
            var expected = new TransformerOracle(c.Model.Sizes, c.Merged(weights, adapter))
                .Run(ids, targets, c.Model.Batch)
                .Gradients;
            return Verdict.All(
            [
                Verdict.Equal(0, weights.Tensors.Count(HasGradient), "weights with a gradient"),
                .. c.Lora.GetTargetWeights(c.Model.Config).SelectMany(name =>
                {
                    var (a, b) = LoraOracle.Backward(
                        expected[name], LoraCase.A(adapter, name), LoraCase.B(adapter, name), c.Rank, c.Alpha);
                    return new[]
                    {
                        Compare(name.Replace(".weight", ".lora_a", StringComparison.Ordinal), a),
                        Compare(name.Replace(".weight", ".lora_b", StringComparison.Ordinal), b),
                    };
                }),
            ]);

            Verdict Compare(string name, double[] wanted)
            {
                using var gradient = adapter.Parameters[name].grad;
                return Verdict.AtMost(
                    c.AllowedGradient(at), gradient?.RelativeTo(wanted) ?? double.NaN, $"gradient of {name}, max|Δ| ÷ max|g|");
            }
        },
        Impostors = new()
        {
            ["the weights are trained too"] = (_, at) => Real(at, frozen: _ => false),
            ["the norms are trained too"] = (_, at) =>
                Real(at, frozen: name => !name.EndsWith("norm.weight", StringComparison.Ordinal)),
            ["the graph is cut below the last block"] = (c, at) =>
                Real(at, change: (name, g) =>
                    name.StartsWith($"layers.{c.Model.Layers - 1}.", StringComparison.Ordinal) ? g : zeros_like(g)),
            ["A is not trained"] = (_, at) =>
                Real(at, change: (name, g) => name.EndsWith("lora_a", StringComparison.Ordinal) ? zeros_like(g) : g),
            ["no scale in the backward pass"] = (c, at) => Real(at, change: (_, g) => g / c.Lora.Scale),
            ["the scale applies to B only"] = (c, at) =>
                Real(at, change: (name, g) => name.EndsWith("lora_a", StringComparison.Ordinal) ? g / c.Lora.Scale : g),
        },
    };

    public static IReadOnlyList<Requirement> All =>
        [LOR_01_Oracle, LOR_02_MergeByHand, LOR_03_MergedLogits, LOR_05_Targets, LOR_06_Gradient];

    internal static Tensor Logits(ParameterTable weights, Adapter? adapter, Tensor ids, Conditions at)
    {
        using var model = new LanguageModel(weights, at.ComputeType, adapter: adapter);
        return model.Forward(ids);
    }

    private static AdaptedForward With(Conditions at, Func<Adapter, Adapter>? change = null) => (weights, adapter, ids) =>
    {
        using var changed = change?.Invoke(adapter);
        return Logits(weights, changed ?? adapter, ids, at);
    };

    private static MergeAdapter Rescaled(Func<LoraConfig, double> alpha) => (adapter, weights) =>
    {
        using var changed = LoraCase.WithAlpha(adapter, alpha(adapter.Lora));
        return changed.MergeInto(weights);
    };

    // Merges an adapter and changes the result, weight by weight.
    private static MergeAdapter MergeAndChange(Func<string, Tensor, Tensor, Tensor> change) => (adapter, weights) =>
    {
        using var merged = adapter.MergeInto(weights);
        return merged.CreateLike(name =>
        {
            using var grad = no_grad();
            return change(name, weights[name].detach(), merged[name].detach()).clone();
        });
    };

    private static Func<LoraCase, Conditions, GetAdapterShapes> WithTargets(Func<string, LoraConfig, bool> keeps) =>
        (_, _) => (lora, model) => lora.GetShapes(model).Where(tensor => keeps(tensor.Name, lora));

    private static AdapterBackward Real(
        Conditions at,
        Func<string, bool>? frozen = null,
        Func<string, Tensor, Tensor>? change = null) =>
        (weights, adapter, batch) =>
    {
        foreach (var name in weights.Names.Where(frozen ?? (_ => true))) weights[name].requires_grad_(false);
        using var model = new LanguageModel(weights, at.ComputeType, adapter: adapter);
        GradientAccumulation.Compute(model, [batch], batch.LossTerms, training: false);
        if (change is null) return;
        using var grad = no_grad();
        foreach (var name in adapter.Parameters.Names)
            adapter.Parameters[name].grad = change(name, adapter.Parameters[name].grad!);
    };

    private static bool HasGradient(Tensor weight)
    {
        using var gradient = weight.grad;
        return gradient is not null;
    }

    private static string OtherLayer(string name) => name.StartsWith("layers.0.", StringComparison.Ordinal)
        ? $"layers.1.{name["layers.0.".Length..]}"
        : name.StartsWith("layers.1.", StringComparison.Ordinal) ? $"layers.0.{name["layers.1.".Length..]}" : name;
}
