using TorchSharp;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using TurkishLlm.Specification.LanguageModels.Oracles;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace TurkishLlm.Spec.Export;

/// <summary>
/// Records the calls that requirements make of a function, with the results in float64, in place of a function that they judge.
/// </summary>
internal sealed class FunctionRecorder(ExportedTensors tensors)
{
    private readonly Dictionary<string, FunctionCheck> _checks = new(StringComparer.Ordinal);
    private string _requirement = "";

    /// <summary>The calls, in order, each once.</summary>
    public IReadOnlyList<FunctionCheck> Checks => [.. _checks.Values];

    /// <summary>The requirements that were recorded, by id.</summary>
    public Dictionary<string, Requirement> Requirements { get; } = new(StringComparer.Ordinal);

    /// <summary>Records the calls of all functions.</summary>
    /// <param name="at">The conditions; float32 on the CPU.</param>
    /// <exception cref="InvalidOperationException">A requirement does not hold for the recorded results.</exception>
    public void RecordAll(Conditions at)
    {
        Record(at, Judge.Norm((x, weight, eps) => Call(
            "norm", [("x", x), ("weight", weight)], [("eps", eps)],
            t => t[0] * (t[0].square().mean([-1], keepdim: true) + eps).rsqrt() * t[1],
            y => y.abs() * Tolerance.RmsNorm(ScalarType.Float32, x.size(-1)))), "NRM-02", "P16", "P18", "NRM-04");
        Record(at, Judge.LayerNorm((x, weight, bias, eps) => Call(
            "layer_norm", [("x", x), ("weight", weight), ("bias", bias)], [("eps", eps)],
            t => Standardize(t[0], eps) * t[1] + t[2],
            _ => tensor(LayerNormOracle.Scale(x.Doubles(), weight.Doubles(), bias.Doubles(), eps)).view(x.shape)
                * Tolerance.LayerNorm(x.size(-1)))),
            "LNM-02", "LNM-04");
        Record(
            at, Judge.AttentionHeads((q, k, v) => CallAttention("attention", q, k, v, alibi: false)),
            "ATT-04", "GQA-01", "GQA-03", "ATT-06", "P29");
        Record(
            at, Judge.AttentionHeads((q, k, v) => CallAttention("alibi_attention", q, k, v, alibi: true), alibi: true),
            "ATT-04", "GQA-01", "GQA-02", "GQA-03", "ATT-06", "P29");
        Record(at, Judge.FeedForward((x, gate, up, down) => Call(
            "swiglu", [("x", x), ("gate", gate), ("up", up), ("down", down)], [],
            t => linear(silu(linear(t[0], t[1])) * linear(t[0], t[2]), t[3]), y => AllowedOfLayer(y, down.size(1)))),
            "FFN-01", "P31");
        Record(at, Judge.Loss(
            (logits, targets) => Call(
                "cross_entropy", [("logits", logits), ("targets", targets)], [("ignore_index", -100)],
                t => (t[0].logsumexp(-1) - t[0].gather(-1, targets.clamp_min(0).unsqueeze(-1)).squeeze(-1)) * targets.ne(-100),
                y => ones_like(y) * Tolerance.Loss(
                    ScalarType.Float32, logits.size(-1), logits.abs().max().ToDouble())),
            ignoreIndex: -100), "LOS-01", "LOS-03", "LOS-04", "LOS-05");
    }

    private static Tensor Standardize(Tensor x, double eps)
    {
        var centered = x - x.mean([-1], keepdim: true);
        return centered * (centered.square().mean([-1], keepdim: true) + eps).rsqrt();
    }

    private static Tensor AllowedOfLayer(Tensor y, long longest) =>
        ones_like(y) * y.abs().max() * Tolerance.Model(ScalarType.Float32, 1, longest);

    private Tensor CallAttention(string name, Tensor q, Tensor k, Tensor v, bool alibi) => Call(
        name, [("q", q), ("k", k), ("v", v)], [],
        t => Attend(t[0], t[1], t[2], alibi), y => AllowedOfLayer(y, Math.Max(q.size(2), q.size(3))));

    private static Tensor Attend(Tensor q, Tensor k, Tensor v, bool alibi)
    {
        var (heads, time, size) = (q.size(1), q.size(2), q.size(3));
        Tensor PerHead(Tensor x) => x.repeat_interleave(heads / x.size(1), 1).flatten(0, 1);
        var scores = bmm(q.flatten(0, 1), PerHead(k).transpose(1, 2)) / Math.Sqrt(size);
        var positions = arange(time, float64, q.device);
        var distances = positions.unsqueeze(1) - positions;
        if (alibi)
        {
            var slopes = pow(2, (arange(heads, float64, q.device) + 1) * -8 / heads);
            scores = scores - slopes.repeat(q.size(0)).view(-1, 1, 1) * distances;
        }
        var weights = scores.masked_fill(distances.lt(0), double.NegativeInfinity).softmax(-1);
        return bmm(weights, PerHead(v)).view(q.shape);
    }

    // Requirements that compare values, the most general one first: the first one that makes a call has it.
    private void Record(Conditions at, Catalog catalog, params string[] ids)
    {
        foreach (var requirement in ids.Select(catalog.Find))
        {
            _requirement = requirement.Id;
            Requirements[requirement.Id] = requirement;
            foreach (var (i, name) in requirement.GetCaseNames(at).Index())
                if (requirement.Judge(i, at) is { Holds: false } verdict)
                    throw new InvalidOperationException($"{requirement.Id} {name} does not hold: {verdict.Evidence}");
        }
    }

    private Tensor Call(
        string function, (string Name, Tensor Value)[] inputs, (string Name, double Value)[] constants,
        Func<Tensor[], Tensor> compute, Func<Tensor, Tensor> getAllowed)
    {
        var y = compute([.. inputs.Select(input => input.Value.is_floating_point() ? input.Value.to(float64) : input.Value)]);
        var names = inputs.ToDictionary(input => input.Name, input => tensors.Add($"{function}.{input.Name}", input.Value));
        var numbers = constants.ToDictionary(constant => constant.Name, constant => constant.Value);
        var key = string.Join(' ', [function, .. names.Values, .. numbers.Values.Select(value => $"{value:R}")]);
        if (!_checks.ContainsKey(key))
            _checks[key] = new(
                _requirement, function, names, numbers,
                tensors.Add($"{function}.expected", y), tensors.Add($"{function}.allowed", getAllowed(y.detach())));
        return y.to(inputs[0].Value.dtype);
    }
}
