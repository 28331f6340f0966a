using TorchSharp;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using TurkishLlm.Specification.LanguageModels.Functions;
using TurkishLlm.Specification.LanguageModels.Oracles;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>Wrong functions as users write them.</summary>
internal static class FunctionMistakes
{
    /// <summary>Mistakes, each with the impostors that describe it.</summary>
    public static IReadOnlyList<(string Name, Func<Catalog> Judge, string[] Impostors)> All { get; } =
    [
        ("heads tiled", () => Attention(expand: (x, group) => x.repeat(1, group, 1, 1)), ["key value heads tiled"]),
        ("one head for all", () => Attention(expand: (x, group) => x[.., ..1].repeat(1, group * x.size(1), 1, 1)),
            ["first key value head only"]),
        ("heads of the next group", () => Attention(expand: (x, group) => x.roll(-1, 1).repeat_interleave(group, 1)),
            ["key value heads of next group"]),
        ("divided by d", () => Attention(divisor: d => d), ["scores scaled by width"]),
        ("not divided", () => Attention(divisor: _ => 1), ["scores not scaled"]),
        ("one ahead", () => Attention(ahead: 1), ["sees one ahead"]),
        ("no mask", () => Attention(ahead: 99), ["no mask"]),
        ("mask multiplied afterwards", () => Attention(99, change: x => softmax(x, -1).tril()), ["mask after softmax"]),
        ("softmax over queries", () => Attention(change: x => softmax(x, -2)), ["softmax over queries"]),
        ("softmax in bfloat16", () => Attention(change: x => softmax(x.to(bfloat16), -1)), ["rounded softmax"]),
        ("heads joined in the wrong order", () => Judge.AttentionHeads((q, k, v) =>
            OwnAttention.Fused(q, k, v).transpose(1, 2).contiguous().view(q.shape)), ["heads merged without transpose"]),
        ("scores without gradient", () => Judge.AttentionHeads((q, k, v) =>
            OwnAttention.Fused(q.detach(), k.detach(), v)), ["scores detached"]),
        ("biases that prefer far tokens", () => Judge.AttentionHeads((q, k, v) =>
            OwnAttention.ByProducts(q, k, v, alibi: true, sign: 1), alibi: true), ["alibi sign flipped"]),
        ("no biases", () => Judge.AttentionHeads(OwnAttention.Fused, alibi: true), ["no alibi"]),

        ("RMSNorm with the mean subtracted", () => Judge.Norm((x, w, eps) =>
            layer_norm(x, [x.size(-1)], w, eps: eps)), ["subtracts the mean"]),
        ("RMSNorm of all positions", () => Judge.Norm((x, w, eps) =>
            x * rsqrt(x.pow(2).mean([1, 2], keepdim: true) + eps) * w), ["mean square over time too"]),
        ("ε added to the root", () => Judge.Norm((x, w, eps) =>
            x / (x.norm(-1, keepdim: true) / Math.Sqrt(x.size(-1)) + eps) * w), ["ε outside the root"]),
        ("divided by the sum of squares", () => Judge.Norm((x, w, eps) =>
            x * rsqrt(x.pow(2).sum([-1], keepdim: true) + eps) * w), ["divides by the length"]),
        ("Gemma's weight", () => Judge.Norm((x, w, eps) => x * rsqrt(x.pow(2).mean([-1], keepdim: true) + eps) * (1 + w)),
            ["1 added to the weight"]),
        ("squares in bfloat16", () => Judge.Norm((x, w, eps) =>
            x * rsqrt(x.to(bfloat16).pow(2).mean([-1], keepdim: true).to(float32) + eps) * w), ["statistics in bfloat16"]),
        ("unbiased variance", () => Judge.LayerNorm((x, w, b, eps) =>
            (x - x.mean([-1], keepdim: true)) / (x.var(-1, unbiased: true, keepdim: true) + eps).sqrt() * w + b),
            ["variance divided by the width minus 1"]),
        ("bias forgotten", () => Judge.LayerNorm((x, w, _, eps) => layer_norm(x, [x.size(-1)], w, eps: eps)),
            ["no bias", "bias carries no gradient"]),

        ("SiLU of up", () => Judge.FeedForward((x, gate, up, down) => linear(linear(x, gate) * silu(linear(x, up)), down)),
            ["gate and up swapped"]),
        ("GELU", () => Judge.FeedForward((x, gate, up, down) => linear(gelu(linear(x, gate)) * linear(x, up), down)),
            ["gelu for silu"]),
        ("sigmoid", () => Judge.FeedForward((x, gate, up, down) => linear(linear(x, gate).sigmoid() * linear(x, up), down)),
            ["sigmoid gate"]),
        ("no up", () => Judge.FeedForward((x, gate, _, down) => linear(silu(linear(x, gate)), down)), ["up unused"]),

        ("padding counted", () => Judge.MeanLoss((logits, targets) => cross_entropy(logits.to(float32).flatten(0, 1),
            targets.flatten(), ignore_index: -1, reduction: nn.Reduction.Sum) / targets.numel()), ["divided by all positions"]),
        ("mean of rows", () => Judge.MeanLoss((logits, targets) => stack(
            [
                .. from i in Enumerable.Range(0, (int)targets.size(0))
                   let counted = targets[i].ne(-1)
                   select cross_entropy(logits[i].to(float32), targets[i], ignore_index: -1, reduction: nn.Reduction.Sum)
                       / counted.sum().clamp(min: 1),
            ]).sum() / targets.ne(-1).any(1).sum()), ["mean of the means of rows"]),
        ("padding learned as id 0", () => Judge.Loss((logits, targets) => PerToken(logits.to(float32), targets.clamp(min: 0))),
            ["ignored targets count as id 0"]),
        ("logits in bfloat16", () => Judge.Loss((logits, targets) => PerToken(logits.to(bfloat16).to(float32), targets)),
            ["logits rounded to bfloat16"]),
        ("log of the softmax", () => Judge.Loss((logits, targets) =>
            (-softmax(logits.to(float32), -1).gather(2, targets.clamp(min: 0).unsqueeze(2)).squeeze(2).log())
                .masked_fill(targets.lt(0), 0)), ["logarithm of the softmax", "exponentials without subtracting the maximum"]),
        ("shifted targets", () => Judge.Loss((logits, targets) =>
            PerToken(logits.to(float32), cat([targets[.., 1..], full_like(targets[.., ..1], -1)], 1))), ["shifts a second time"]),

        ("rate one step late", () => Judge.CosineSchedule(c => step => Rate(step - 1, c)), ["steps are counted from zero"]),
        ("a cosine that returns", () => Judge.CosineSchedule(c => step => step <= c.Warmup ? c.Peak * step / c.Warmup
            : c.Minimum + (c.Peak - c.Minimum) * (1 + Math.Cos(Math.PI * (step - c.Warmup) / (c.Steps - c.Warmup))) / 2),
            ["no clamp"]),
        ("a line for a cosine", () => Judge.CosineSchedule(c => step => step <= c.Warmup ? c.Peak * step / c.Warmup
            : c.Peak - (c.Peak - c.Minimum) * Math.Min(1, 1.0 * (step - c.Warmup) / (c.Steps - c.Warmup))), ["linear"]),

        ("everything decays", () => Judge.AdamW((weights, c) => Adam(optim.AdamW(
            weights.Values, 1, c.Beta1, c.Beta2, c.Epsilon, c.WeightDecay))), ["norms decay too"]),
        ("Adam with L2", () => Judge.AdamW((weights, c) => Adam(optim.Adam(
            weights.Values, 1, c.Beta1, c.Beta2, c.Epsilon, c.WeightDecay))), ["decay added to the gradient"]),
        ("defaults", () => Judge.AdamW((weights, _) => Adam(optim.AdamW(weights.Values))), ["the defaults of a library"]),
        ("each weight clipped", () => Judge.Clipping((weights, maxNorm) =>
            Math.Sqrt(weights.Sum(weight => Math.Pow(nn.utils.clip_grad_norm_([weight], maxNorm), 2)))),
            ["every weight by itself"]),
        ("clipped by value", () => Judge.Clipping((weights, maxNorm) =>
        {
            var norm = nn.utils.clip_grad_norm_(weights, 1e30);
            nn.utils.clip_grad_value_(weights, maxNorm);
            return norm;
        }), ["every element by itself"]),

        ("top-p over all tokens", () => Judge.Sampler((logits, o, chosen) =>
        {
            var kept = SamplerOracle.Probabilities(logits, o.Temperature, 0, o.TopP, o.RepetitionPenalty, chosen.ToArray());
            return SamplerOracle.Probabilities(
                [.. logits.Select((x, i) => kept[i] > 0 ? x : -1e6f)], o.Temperature, o.TopK, 1, o.RepetitionPenalty,
                chosen.ToArray());
        }), ["top-p is computed over all tokens, not over those of top-k"]),
        ("penalty once per occurrence", () => Judge.Sampler((logits, o, chosen) => SamplerOracle.Probabilities(
            [
                .. logits.Select((x, i) => (float)(x * Math.Pow(
                    x > 0 ? 1 / o.RepetitionPenalty : o.RepetitionPenalty, chosen.Count(id => id == i)))),
            ], o.Temperature, o.TopK, o.TopP, 1, [])), ["once per occurrence"]),
        ("mask of the input", () => Judge.Masks(tokens => (
            [.. tokens.Ids.SkipLast(1).Select(id => (long)id)],
            [.. tokens.Ids.Skip(1).Select((id, i) => tokens.LossMask[i] ? id : -1L)])),
            ["the mask applies to the position that predicts"]),
        ("text in lower case", () => Judge.Tokenizer(new(
            text => [.. text.ToLowerInvariant().Select(c => (int)c)], ids => string.Concat(ids.Select(id => (char)id)))),
            ["lower-cases with the invariant culture"]),
        ("text trimmed", () => Judge.Tokenizer(ByteCodec.Create().After(text => text.TrimEnd())), ["trims the end"]),

        ("slopes from 1", () => Judge.AlibiSlopes(n => [.. Enumerable.Range(0, n).Select(h => (float)Math.Pow(2, -8.0 * h / n))]),
            ["counted from zero"]),
        ("biases in bfloat16", () => Judge.AlibiBias((h, q, k) => Bias(h, q, k).to(bfloat16)),
            ["cast with the model", "rounded to bfloat16"]),
        ("mask of −1e4", () => Judge.AlibiBias((h, q, k) => Bias(h, q, k).clamp(min: -1e4)), ["−10000 in place of −∞"]),
        ("queries from the first key", () => Judge.AlibiBias((h, q, k) => Bias(h, k, k).narrow(1, 0, q)),
            ["aligned at the first key", "sees one ahead"]),
    ];

    private static Catalog Attention(
        int ahead = 0, Func<Tensor, long, Tensor>? expand = null, Func<Tensor, Tensor>? change = null,
        Func<long, double>? divisor = null) =>
        Judge.AttentionHeads((q, k, v) => OwnAttention.ByProducts(q, k, v, false, expand, change, divisor, ahead));

    private static Tensor PerToken(Tensor logits, Tensor targets) => cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index: -1, reduction: nn.Reduction.None).view(targets.shape);

    private static double Rate(long step, ScheduleCase c) =>
        step <= c.Warmup ? c.Peak * step / c.Warmup
        : step >= c.Steps ? c.Minimum
        : c.Minimum + (c.Peak - c.Minimum) * (1 + Math.Cos(Math.PI * (step - c.Warmup) / (c.Steps - c.Warmup))) / 2;

    private static Action<double> Adam(optim.Optimizer optimizer) => rate =>
    {
        foreach (var group in optimizer.ParamGroups) group.LearningRate = rate;
        optimizer.step();
    };

    private static Tensor Bias(int heads, int queries, int keys)
    {
        var distance = arange(keys, float32).unsqueeze(0) - arange(keys - queries, keys, float32).unsqueeze(1);
        var slopes = Enumerable.Range(1, heads).Select(h => (float)Math.Pow(2, -8.0 * h / heads)).ToArray();
        return (tensor(slopes).view(-1, 1, 1) * distance).masked_fill(distance.gt(0), double.NegativeInfinity);
    }
}
