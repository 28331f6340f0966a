using System.Runtime.InteropServices;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Saves an adapter and loads it again.</summary>
public delegate Adapter ReloadAdapter(Adapter adapter, ParameterTable weights);

/// <summary>Returns whether two tables of weights have the same hash.</summary>
public delegate bool HaveEqualHash(ParameterTable first, ParameterTable second);

/// <summary>Weights with one flipped bit: the lowest of the last element of a weight.</summary>
/// <param name="Weight">Its name.</param>
public sealed record FlippedBitCase(string Weight);

/// <summary>Saving, initialization and base weights of an adapter: LOR-04, LOR-07, LOR-09.</summary>
public static class AdapterSpec
{
    public static readonly Requirement<LoraCase, ReloadAdapter> LOR_04_Saved = new()
    {
        Id = "LOR-04",
        Statement = "A saved adapter loads with the same numbers, rank, alpha and targets, and gives the same logits, bit for "
            + "bit.",
        Source = "BUG-LOR-04: torchtune #2537, diffusers #6366: keys that do not match are the base model evaluated as the "
            + "adapter",
        CanonicalCases = LoraCase.Usual,
        PlanCases = LoraCase.FromPlan,
        Subject = (_, at) => (adapter, weights) => SaveAndReload(adapter, weights, at),
        Holds = (reload, c, at) =>
        {
            using var grad = no_grad();
            using var weights = ModelCase.Weights(c.Model.Config, at);
            using var adapter = c.Adapter(at, rounded: false);
            using var loaded = reload(adapter, weights);
            var ids = c.Model.Ids(at);
            return Verdict.All(
            [
                Verdict.SameElements(adapter.Parameters.Names, loaded.Parameters.Names, "tensors"),
                Verdict.Equal(adapter.Lora, loaded.Lora, "rank, alpha and targets"),
                .. adapter.Parameters.Names.Select(name =>
                    Verdict.AtMost(0, loaded.Parameters[name].LargestDifference(adapter.Parameters[name]), $"change of {name}")),
                Verdict.AtMost(
                    0, LoraSpec.Logits(weights, loaded, ids, at).LargestDifference(LoraSpec.Logits(weights, adapter, ids, at)),
                    "change of the logits"),
            ]);
        },
        Impostors = new()
        {
            ["names do not match, and missing tensors are random"] = (c, at) => (adapter, _) =>
                Adapter.Create(c.Model.Config, adapter.Lora, at.Seed, at.Device),
            ["only A is loaded"] = (_, _) =>
                (adapter, _) =>
                    LoraCase.Changed(adapter, change: (name, t) =>
                        name.EndsWith("lora_b", StringComparison.Ordinal) ? zeros_like(t) : t.clone()),
            ["only the first layer is loaded"] = (_, _) =>
                (adapter, _) =>
                    LoraCase.Changed(adapter, change: (name, t) =>
                        name.StartsWith("layers.0.", StringComparison.Ordinal) ? t.clone() : zeros_like(t)),
            ["saved in bfloat16"] = (_, _) => (adapter, _) =>
                LoraCase.Changed(adapter, change: (_, t) => t.to(bfloat16).to(float32)),
            ["alpha is not saved"] = (c, _) => (adapter, _) => LoraCase.WithAlpha(adapter, 2 * c.Rank),
        },
    };

    public static readonly Requirement<LoraCase, AdapterFirstSteps> LOR_07_Beginning = new()
    {
        Id = "LOR-07",
        Statement = "A new adapter does not change a bit of the logits; after one step every B has changed, after two every A.",
        Source = "Hu et al. 2021, section 4.1: A random, B zero; BUG-LOR-07",
        CanonicalCases = LoraCase.Usual,
        PlanCases = LoraCase.FromPlan,
        Subject = (c, at) => AdapterFirstSteps.Measure(c, at, DrawAdapter(c, at)),
        Holds = (start, _, _) => Verdict.All(
        [
            Verdict.AtMost(0, start.Logits.LargestDifference(start.WithoutAdapter), "change of the logits before the first step"),
            .. start
                .AfterOne.Where(change => IsLoraB(change.Key))
                .Select(change => Verdict.AtLeast(1e-4, change.Value, $"change of {change.Key} after one step")),
            .. start.AfterTwo.Select(change => Verdict.AtLeast(1e-4, change.Value, $"change of {change.Key} after two steps")),
        ]),
        Impostors = new()
        {
            ["B is random like A"] = WithChangedInitialization(
                (name, drawn, at) => IsLoraB(name) ? at.Normal(900, 0.1, drawn.shape) : drawn.clone()),
            ["B is small, not zero"] = WithChangedInitialization(
                (name, drawn, at) => IsLoraB(name) ? at.Normal(900, 1e-4, drawn.shape) : drawn.clone()),
            ["A and B are zero"] = WithChangedInitialization((_, drawn, _) => zeros_like(drawn)),
            ["A is zero and B is random"] = WithChangedInitialization(
                (name, drawn, at) => IsLoraB(name) ? at.Normal(900, 0.1, drawn.shape) : zeros_like(drawn)),
            ["the optimizer holds another copy"] = (c, at) => AdapterFirstSteps.Measure(c, at, DrawAdapter(c, at), stale: true),
        },
    };

    public static readonly Requirement<FlippedBitCase, HaveEqualHash> LOR_09_OwnWeights = new()
    {
        Id = "LOR-09",
        Statement = "Equal weights have the same hash, and weights that differ in one bit have different hashes.",
        Source = "huggingface/peft #2368, #1904: an adapter applied to other weights runs, but has learned nothing about them",
        CanonicalCases = [new("norm.weight"), new("layers.1.ffn.down_proj.weight"), new("layers.0.attn.k_proj.weight")],
        Subject = (_, _) => (a, b) => ParameterHash.Compute(a) == ParameterHash.Compute(b),
        Holds = (same, c, at) =>
        {
            var model = ModelCase.Usual[0].Config;
            using var weights = ModelCase.Weights(model, at);
            using var copy = weights.CopyTo(at.Device);
            using var other = weights.CreateLike(name =>
                name == c.Weight ? WithLastBitFlipped(weights[name], at.Device) : weights[name].detach().clone());
            return Verdict.All(
                Verdict.Equal(true, same(weights, copy), "a copy has the same hash"),
                Verdict.Equal(false, same(weights, other), $"weights with a flipped bit in {c.Weight} have the same hash"));
        },
        Impostors = new()
        {
            ["names and shapes alone"] = (_, _) => (a, b) => a.Shapes.Select(Describe).SequenceEqual(b.Shapes.Select(Describe)),
            ["only the first weight"] = (_, _) => (a, b) => a["embed_tokens.weight"].Equals(b["embed_tokens.weight"]),
            ["rounded to bfloat16"] = (_, _) => (a, b) => a.Names.All(name => a[name].to(bfloat16).Equals(b[name].to(bfloat16))),
            ["means with four digits"] = (_, _) => (a, b) =>
                a.Names.All(name => Math.Abs(a[name].mean().ToDouble() - b[name].mean().ToDouble()) < 1e-4),
            ["never"] = (_, _) => (_, _) => false,
        },
    };

    public static IReadOnlyList<Requirement> All => [LOR_04_Saved, LOR_07_Beginning, LOR_09_OwnWeights];

    private static Adapter SaveAndReload(Adapter adapter, ParameterTable weights, Conditions at)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-adapter-");
        try
        {
            AdapterFile.Save(scratch.FullName, adapter, new("nowhere", ParameterHash.Compute(weights)));
            return AdapterFile.Open(scratch.FullName).Load(weights, "the weights of the case", at.Device);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static Adapter DrawAdapter(LoraCase c, Conditions at) => Adapter.Create(c.Model.Config, c.Lora, at.Seed, at.Device);

    private static bool IsLoraB(string name) => name.EndsWith("lora_b", StringComparison.Ordinal);

    private static Func<LoraCase, Conditions, AdapterFirstSteps> WithChangedInitialization(
        Func<string, Tensor, Conditions, Tensor> change) =>
        (c, at) =>
    {
        using var drawn = DrawAdapter(c, at);
        return AdapterFirstSteps.Measure(c, at, LoraCase.Changed(drawn, change: (name, tensor) => change(name, tensor, at)));
    };

    private static Tensor WithLastBitFlipped(Tensor weight, Device device)
    {
        using var grad = no_grad();
        using var host = weight.detach().to(float32, CPU, copy: true);
        MemoryMarshal.Cast<byte, int>(host.bytes)[^1] ^= 1;
        return host.to(float32, device, copy: true);
    }

    private static string Describe((string Name, long[] Shape) weight) => $"{weight.Name} {string.Join(' ', weight.Shape)}";
}
