using FluentAssertions;
using TorchSharp;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using TurkishLlm.Specification.LanguageModels.Functions;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>Functions as a user writes them, in several ways that share no code with the references.</summary>
public sealed class FunctionTests
{
    [Fact]
    public void A_norm_by_operators_and_one_by_loops_hold()
    {
        Judge.Norm((x, weight, eps) => x * rsqrt(x.pow(2).mean([-1], keepdim: true) + eps) * weight).Verify();
        Judge.Norm((x, weight, eps) => x / (x.norm(-1, keepdim: true).square() / x.size(-1) + eps).sqrt() * weight).Verify();
        Judge.Norm((x, weight, eps) =>
            PerPosition(x, row => row * (row.dot(row) / row.size(0) + eps).pow(-0.5) * weight)).Verify();
    }

    [Fact]
    public void A_norm_of_libtorch_and_one_by_variance_hold()
    {
        Judge.LayerNorm((x, weight, bias, eps) => layer_norm(x, [x.size(-1)], weight, bias, eps)).Verify();
        Judge.LayerNorm((x, weight, bias, eps) =>
        {
            var (mean, square) = (x.mean([-1], keepdim: true), x.square().mean([-1], keepdim: true));
            return (x - mean) / (square - mean.square() + eps).sqrt() * weight + bias;
        }).Verify();
        Judge.LayerNorm((x, weight, bias, eps) => PerPosition(x, row =>
        {
            var centered = row - row.sum() / row.size(0);
            return centered / (centered.dot(centered) / row.size(0) + eps).sqrt() * weight + bias;
        })).Verify();
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void Attention_of_libtorch_of_products_and_of_loops_holds(ScalarType type)
    {
        var at = new Conditions(numberType: type, seed: 7);
        Judge.AttentionHeads(OwnAttention.Fused).Verify(at);
        Judge.AttentionHeads((q, k, v) => OwnAttention.ByProducts(q, k, v)).Verify(at);
        Judge.AttentionHeads((q, k, v) => OwnAttention.ByLoops(q, k, v)).Verify(at);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Attention_with_linear_biases_holds(ScalarType type)
    {
        var at = new Conditions(numberType: type, seed: 7);
        Judge.AttentionHeads((q, k, v) => OwnAttention.ByProducts(q, k, v, alibi: true), alibi: true).Verify(at);
        Judge.AttentionHeads((q, k, v) => OwnAttention.ByLoops(q, k, v, alibi: true), alibi: true).Verify(at);
    }

    [Fact]
    public void A_layer_with_its_projections_holds() => Judge.AttentionLayer((x, w) =>
    {
        Tensor Split(Tensor weight, int heads) => linear(x, weight).view(x.size(0), x.size(1), heads, -1).transpose(1, 2);
        var mixed = OwnAttention.Fused(Split(w.Query, w.Heads), Split(w.Key, w.KeyValueHeads), Split(w.Value, w.KeyValueHeads));
        return linear(mixed.transpose(1, 2).flatten(2, 3), w.Output);
    }).Verify();

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_feed_forward_network_holds(ScalarType type)
    {
        var at = new Conditions(numberType: type, seed: 7);
        Judge.FeedForward((x, gate, up, down) => linear(silu(linear(x, gate)) * linear(x, up), down)).Verify(at);
        Judge.FeedForward((x, gate, up, down) =>
        {
            var both = linear(x, cat([gate, up], 0)).chunk(2, -1);
            return linear(both[0] / (1 + (-both[0]).exp()) * both[1], down);
        }).Verify(at);
    }

    [Fact]
    public void Biases_and_slopes_hold()
    {
        float[] Slopes(int heads) => [.. Enumerable.Range(1, heads).Select(h => (float)Math.Pow(2, -8.0 * h / heads))];
        Judge.AlibiSlopes(Slopes).Verify();
        Judge.AlibiBias((heads, queries, keys) => stack(
            [
                .. from slope in Slopes(heads)
                   select tensor(
                       [
                           .. from i in Enumerable.Range(keys - queries, queries)
                              from j in Enumerable.Range(0, keys)
                              select j <= i ? slope * (j - i) : float.NegativeInfinity,
                       ], [queries, keys]),
            ])).Verify();
        Judge.AlibiBias((heads, queries, keys) =>
        {
            var distance = arange(keys, float32).unsqueeze(0) - arange(keys - queries, keys, float32).unsqueeze(1);
            var bias = tensor(Slopes(heads)).view(-1, 1, 1) * distance;
            return where(distance.gt(0), double.NegativeInfinity, bias).to(float32);
        }).Verify();
    }

    [Fact]
    public void Catalogs_of_functions_open_a_gate_together()
    {
        var catalog = Judge.AttentionHeads(OwnAttention.Fused)
            .And(Judge.LayerNorm((x, weight, bias, eps) => layer_norm(x, [x.size(-1)], weight, bias, eps)));
        var report = Gate.With(catalog).Clear(new Conditions(seed: 3)).Report;
        report.ToJson().Should().Contain("GQA-01").And.Contain("LNM-02");
    }

    [Fact]
    public void Inputs_of_LayerNorm_are_within_what_its_tolerance_assumes()
    {
        foreach (var seed in Enumerable.Range(1, 50))
            foreach (var c in LayerNormRequirements.Oracle.CanonicalCases)
            {
                using var scope = NewDisposeScope();
                using var at = new Conditions(seed: seed);
                c.Input(at).Doubles().Chunk(c.Width)
                    .Max(row => row.Average(x => x * x) / (row.Average(x => x * x) - Math.Pow(row.Average(), 2) + c.Epsilon))
                    .Should().BeLessThan(3, "TOL-LAYERNORM");
            }
    }

    private static Tensor PerPosition(Tensor x, Func<Tensor, Tensor> function) =>
        stack([.. x.flatten(0, -2).unbind(0).Select(function)]).view(x.shape);
}
