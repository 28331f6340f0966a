using System.Runtime.InteropServices;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Kernel;
using static TorchSharp.torch;
using Reload = System.Func<TurkishLlm.Model.Lora.Adapter, TurkishLlm.Model.Parameters.ParameterTable, TurkishLlm.Model.Lora.Adapter>;
using ReloadImpostors = System.Collections.Generic.Dictionary<string, System.Func<TurkishLlm.Spec.Model.LoraCase, TurkishLlm.Spec.Kernel.Conditions,
    System.Func<TurkishLlm.Model.Lora.Adapter, TurkishLlm.Model.Parameters.ParameterTable, TurkishLlm.Model.Lora.Adapter>>>;
using Recognise = System.Func<TurkishLlm.Model.Parameters.ParameterTable, TurkishLlm.Model.Parameters.ParameterTable, bool>;
using RecogniseImpostors = System.Collections.Generic.Dictionary<string, System.Func<TurkishLlm.Spec.Model.FlippedBitCase, TurkishLlm.Spec.Kernel.Conditions,
    System.Func<TurkishLlm.Model.Parameters.ParameterTable, TurkishLlm.Model.Parameters.ParameterTable, bool>>>;

namespace TurkishLlm.Spec.Model;

/// <summary>Weights of which one bit is another: the lowest of the last element of a weight.</summary>
/// <param name="Weight">Its name.</param>
public sealed record FlippedBitCase(string Weight);

/// <summary>An adapter on disk, and the weights it belongs to, and how it begins: LOR-04, LOR-07, LOR-09.</summary>
public static class AdapterSpec
{
    public static readonly Requirement<LoraCase, Reload> LOR_04_Saved = new()
    {
        Id = "LOR-04",
        Statement = "A saved adapter comes back with every number, its rank, alpha and targets, and gives the logits it gave, bit for bit.",
        Source = "Silent bug LOR-04: torchtune #2537, diffusers #6366: keys that do not match are the base model evaluated as the adapter",
        CanonicalCases = LoraCase.Usual,
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
                Verdict.Equal(adapter.Lora, loaded.Lora, "size and strength"),
                .. adapter.Parameters.Names.Select(name => Verdict.AtMost(0, loaded.Parameters[name].LargestDifference(adapter.Parameters[name]), $"change of {name}")),
                Verdict.AtMost(0, LoraSpec.Logits(weights, loaded, ids, at).LargestDifference(LoraSpec.Logits(weights, adapter, ids, at)), "change of the logits"),
            ]);
        },
        Impostors = new ReloadImpostors
        {
            ["names do not match, and what is not found is drawn"] = (c, at) => (adapter, _) => Adapter.Create(c.Model.Config, adapter.Lora, at.Seed, at.Device),
            ["A alone is found"] = (_, _) => (adapter, _) => LoraCase.Changed(adapter, change: (name, t) => name.EndsWith("lora_b", StringComparison.Ordinal) ? zeros_like(t) : t.clone()),
            ["the first layer alone is found"] = (_, _) => (adapter, _) => LoraCase.Changed(adapter, change: (name, t) => name.StartsWith("layers.0.", StringComparison.Ordinal) ? t.clone() : zeros_like(t)),
            ["kept in bfloat16"] = (_, _) => (adapter, _) => LoraCase.Changed(adapter, change: (_, t) => t.to(bfloat16).to(float32)),
            ["alpha is not kept"] = (c, _) => (adapter, _) => LoraCase.WithAlpha(adapter, 2 * c.Rank),
        },
    };

    public static readonly Requirement<LoraCase, AdapterFirstSteps> LOR_07_Beginning = new()
    {
        Id = "LOR-07",
        Statement = "A new adapter changes no bit of the logits; after one step every B has moved, after two every A.",
        Source = "Hu et al. 2021, section 4.1: A random, B zero; silent bug LOR-07",
        CanonicalCases = LoraCase.Usual,
        Subject = (c, at) => AdapterFirstSteps.Measure(c, at, DrawAdapter(c, at)),
        Holds = (start, _, _) => Verdict.All(
        [
            Verdict.AtMost(0, start.Logits.LargestDifference(start.WithoutAdapter), "change of the logits before the first step"),
            .. start.AfterOne.Where(change => IsLoraB(change.Key)).Select(change => Verdict.AtLeast(1e-4, change.Value, $"change of {change.Key} after one step")),
            .. start.AfterTwo.Select(change => Verdict.AtLeast(1e-4, change.Value, $"change of {change.Key} after two steps")),
        ]),
        Impostors = new Dictionary<string, Func<LoraCase, Conditions, AdapterFirstSteps>>
        {
            ["B is drawn as A is"] = WithChangedInitialization((name, drawn, at) => IsLoraB(name) ? at.Normal(900, 0.1, drawn.shape) : drawn.clone()),
            ["B is small, not zero"] = WithChangedInitialization((name, drawn, at) => IsLoraB(name) ? at.Normal(900, 1e-4, drawn.shape) : drawn.clone()),
            ["A and B are zero"] = WithChangedInitialization((_, drawn, _) => zeros_like(drawn)),
            ["A is zero and B is drawn"] = WithChangedInitialization((name, drawn, at) => IsLoraB(name) ? at.Normal(900, 0.1, drawn.shape) : zeros_like(drawn)),
            ["the optimizer holds another copy"] = (c, at) => AdapterFirstSteps.Measure(c, at, DrawAdapter(c, at), stale: true),
        },
    };

    public static readonly Requirement<FlippedBitCase, Recognise> LOR_09_OwnWeights = new()
    {
        Id = "LOR-09",
        Statement = "The hash of weights is that of equal ones, and another when one bit of one of them is.",
        Source = "huggingface/peft #2368, #1904: an adapter on other weights computes, and nothing of what was learned",
        CanonicalCases = [new("norm.weight"), new("layers.1.ffn.down_proj.weight"), new("layers.0.attn.k_proj.weight")],
        Subject = (_, _) => (a, b) => ParameterHash.Compute(a) == ParameterHash.Compute(b),
        Holds = (same, c, at) =>
        {
            var model = ModelCase.Usual[0].Config;
            using var weights = ModelCase.Weights(model, at);
            using var copy = weights.CopyTo(at.Device);
            using var other = weights.CreateLike(name => name == c.Weight ? WithLastBitFlipped(weights[name], at.Device) : weights[name].detach().clone());
            return Verdict.All(Verdict.Equal(true, same(weights, copy), "a copy is recognised"), Verdict.Equal(false, same(weights, other), $"weights with another bit in {c.Weight} are recognised"));
        },
        Impostors = new RecogniseImpostors
        {
            ["names and shapes alone"] = (_, _) => (a, b) => a.Shapes.Select(Describe).SequenceEqual(b.Shapes.Select(Describe)),
            ["the first weight alone"] = (_, _) => (a, b) => a["embed_tokens.weight"].Equals(b["embed_tokens.weight"]),
            ["rounded to bfloat16"] = (_, _) => (a, b) => a.Names.All(name => a[name].to(bfloat16).Equals(b[name].to(bfloat16))),
            ["means of four digits"] = (_, _) => (a, b) => a.Names.All(name => Math.Abs(a[name].mean().ToDouble() - b[name].mean().ToDouble()) < 1e-4),
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

    private static Func<LoraCase, Conditions, AdapterFirstSteps> WithChangedInitialization(Func<string, Tensor, Conditions, Tensor> change) => (c, at) =>
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
