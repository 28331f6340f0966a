using FluentAssertions;
using TurkishLlm.Spec.Oracles;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>An oracle that keeps its results still depends on every input.</summary>
public sealed class OracleCacheTests
{
    private static readonly TransformerSizes Sizes = new(
        Vocabulary: 7, Width: 4, Layers: 1, QueryHeads: 2, KeyValueHeads: 1, Inner: 3, Tied: true, NormEps: 1e-5);

    private readonly Dictionary<string, double[]> _weights = CreateWeights();

    [Fact]
    public void A_changed_weight_id_target_or_size_changes_the_result()
    {
        var known = new HashSet<string> { Run(Sizes, [1, 2, 3, 4], [2, 3, 4, 5], 1) };
        known.Add(Run(Sizes, [1, 2, 3, 6], [2, 3, 4, 5], 1)).Should().BeTrue();
        known.Add(Run(Sizes, [1, 2, 3, 4], [2, 3, 4, 6], 1)).Should().BeTrue();
        known.Add(Run(Sizes, [1, 2, 3, 4], [2, 3, 4, 5], 2)).Should().BeTrue("two rows do not see one another");
        known.Add(Run(Sizes with { NormEps = 0.1 }, [1, 2, 3, 4], [2, 3, 4, 5], 1)).Should().BeTrue();
        foreach (var weight in _weights.Values)
        {
            weight[^1] += 0.25;      // in the array that the oracle has seen before
            known.Add(Run(Sizes, [1, 2, 3, 4], [2, 3, 4, 5], 1)).Should().BeTrue();
        }
    }

    [Fact]
    public void A_changed_input_changes_attention_to_far_keys()
    {
        var (q, k, v, gradient) = (Draw(1, 12), Draw(2, 12), Draw(3, 12), Draw(4, 24));
        var known = new HashSet<string> { Run(heads: 2, relative: 1e-6) };
        known.Add(Run(heads: 2, relative: 1e-5)).Should().BeTrue();
        foreach (var input in new[] { q, k, v, gradient })
        {
            input[5] += 0.25;
            known.Add(Run(heads: 2, relative: 1e-6)).Should().BeTrue();
        }
        gradient = Draw(4, 36);
        known.Add(Run(heads: 3, relative: 1e-6)).Should().BeTrue();
        gradient = Draw(4, 48);
        known.Add(Run(heads: 4, relative: 1e-6)).Should().BeTrue();

        string Run(int heads, double relative)
        {
            var (output, dq, dk, dv) = new FarKeyOracle(q, k, v, heads, size: 3, relative).Run(gradient);
            return string.Join(' ', new[] { output, dq, dk, dv }.SelectMany(result => result.Value.Concat(result.Allowed))
                .Select(value => FormattableString.Invariant($"{value:R}")));
        }
    }

    [Fact]
    public void The_divisor_of_the_loss_divides_its_gradients()
    {
        var oracle = new TransformerOracle(Sizes, _weights);
        var (mean, sum) = (oracle.Run([1, 2, 3], [2, 3, 4], 1), oracle.Run([1, 2, 3], [2, 3, 4], 1, count: 1));
        sum.Loss.Should().BeApproximately(3 * mean.Loss, 1e-12);
        sum.Gradients["norm.weight"][2].Should().BeApproximately(3 * mean.Gradients["norm.weight"][2], 1e-12);
    }

    [Fact]
    public void Changing_a_result_does_not_change_the_next_one()
    {
        var oracle = new TransformerOracle(Sizes, _weights);
        var (logits, result) = (oracle.Logits([1, 2], 1), oracle.Run([1, 2], [2, 3], 1));
        var (logit, gradient) = (logits[3], result.Gradients["norm.weight"][1]);
        logits[3] = result.Logits[3] = result.Gradients["norm.weight"][1] = double.NaN;
        oracle.Logits([1, 2], 1)[3].Should().Be(logit);
        oracle.Run([1, 2], [2, 3], 1).Logits[3].Should().Be(logit);
        oracle.Run([1, 2], [2, 3], 1).Gradients["norm.weight"][1].Should().Be(gradient);
    }

    private string Run(TransformerSizes sizes, long[] inputs, long[] targets, int batch)
    {
        var result = new TransformerOracle(sizes, _weights).Run(inputs, targets, batch);
        return string.Join(' ', result.Logits.Append(result.Loss).Select(value => FormattableString.Invariant($"{value:R}")));
    }

    private static double[] Draw(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.5)];
    }

    private static Dictionary<string, double[]> CreateWeights()
    {
        var random = new Random(5);
        (string Name, int Length)[] shapes =
        [
            ("embed_tokens", 28), ("norm", 4), ("layers.0.attn_norm", 4), ("layers.0.attn.q_proj", 16),
            ("layers.0.attn.k_proj", 8), ("layers.0.attn.v_proj", 8), ("layers.0.attn.o_proj", 16), ("layers.0.ffn_norm", 4),
            ("layers.0.ffn.gate_proj", 12), ("layers.0.ffn.up_proj", 12), ("layers.0.ffn.down_proj", 12),
        ];
        return shapes.ToDictionary(
            shape => shape.Name + ".weight",
            shape => Enumerable.Range(0, shape.Length).Select(_ => random.NextDouble() - 0.5).ToArray(),
            StringComparer.Ordinal);
    }
}
