using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>Attention as three users would write it, and with mistakes.</summary>
internal static class OwnAttention
{
    /// <summary>With the operator of libtorch.</summary>
    public static Tensor Fused(Tensor q, Tensor k, Tensor v)
    {
        var group = q.size(1) / k.size(1);
        return scaled_dot_product_attention(
            q, k.repeat_interleave(group, 1), v.repeat_interleave(group, 1), is_casual: true);
    }

    /// <summary>With batched products.</summary>
    public static Tensor ByProducts(
        Tensor q, Tensor k, Tensor v, bool alibi = false, Func<Tensor, long, Tensor>? expand = null,
        Func<Tensor, Tensor>? change = null, Func<long, double>? divisor = null, int ahead = 0, int sign = -1)
    {
        var (b, heads, t, d) = (q.size(0), q.size(1), q.size(2), q.size(3));
        expand ??= (x, group) => x.unsqueeze(2).expand(b, x.size(1), group, t, d).flatten(1, 2);
        (k, v) = (expand(k, heads / k.size(1)), expand(v, heads / v.size(1)));
        var scores = q.matmul(k.mT) / (divisor?.Invoke(d) ?? Math.Sqrt(d));
        if (alibi)
        {
            var distance = arange(t, float32).unsqueeze(1) - arange(t, float32).unsqueeze(0);
            scores = scores.to(float32) + tensor(Slopes(heads)).view(1, -1, 1, 1) * distance * sign;
        }
        scores = scores.masked_fill(ones(t, t).triu(1 + ahead).to(@bool), double.NegativeInfinity);
        return (change ?? (x => softmax(x, -1)))(scores).to(v.dtype).matmul(v);
    }

    /// <summary>Query by query.</summary>
    public static Tensor ByLoops(Tensor q, Tensor k, Tensor v, bool alibi = false)
    {
        var (heads, t) = (q.size(1), q.size(2));
        var slopes = Slopes(heads);
        Tensor One(long b, long h, long i)
        {
            var shared = h * k.size(1) / heads;
            var (keys, values) = (k[b, shared].narrow(0, 0, i + 1), v[b, shared].narrow(0, 0, i + 1));
            var scores = (keys * q[b, h, i]).sum([-1]) / Math.Sqrt(q.size(3));
            if (alibi) scores = scores.to(float32) + slopes[h] * (arange(i + 1, float32) - i);
            var powers = (scores - scores.max()).exp();
            return (powers.unsqueeze(-1) * values).sum([0]).to(q.dtype) / powers.sum([0]).to(q.dtype);
        }
        return stack(
        [
            .. from b in Range(q.size(0))
               from h in Range(heads)
               from i in Range(t)
               select One(b, h, i),
        ]).view(q.shape);
    }

    private static IEnumerable<long> Range(long count) => Enumerable.Range(0, (int)count).Select(i => (long)i);

    private static float[] Slopes(long heads) =>
        [.. Enumerable.Range(1, (int)heads).Select(h => (float)Math.Pow(2, -8.0 * h / heads))];
}
