using TurkishLlm.Specification;
using static TorchSharp.torch;

namespace MySpec;

/// <summary>Numbers of heads.</summary>
internal sealed record HeadCase(int Heads, int KeyValueHeads);

/// <summary>A requirement of this project's own, about <see cref="Attention.Attend"/>.</summary>
internal static class AttentionRequirements
{
    /// <summary>Found by changing the values of one head at a time.</summary>
    public static Requirement<HeadCase, Func<Tensor, Tensor, Tensor, Tensor>> Groups { get; } = new()
    {
        Id = "MY-01",
        Statement = "Neighboring query heads share a key/value head.",
        Source = "arXiv:2305.13245",
        CanonicalCases = [new(4, 2), new(6, 3), new(8, 2)],
        Subject = (_, _) => Attention.Attend,
        Holds = (attend, c, at) => Verdict.All(
            from head in Enumerable.Range(0, c.KeyValueHeads)
            let first = head * c.Heads / c.KeyValueHeads
            select Verdict.Equal(
                string.Join(' ', Enumerable.Range(first, c.Heads / c.KeyValueHeads)), FindReaders(attend, head, c, at),
                $"query heads that read head {head}")),
        Impostors = new()
        {
            ["key/value heads tiled"] = (c, _) => (q, k, v) => Attend(q, Tile(k, c), Tile(v, c)),
            ["only the first key/value head"] = (c, _) => (q, k, v) => Attend(q, First(k, c), First(v, c)),
        },
    };

    private static string FindReaders(Func<Tensor, Tensor, Tensor, Tensor> attend, int head, HeadCase c, Conditions at)
    {
        var (q, k, v) = (
            at.Normal(1, 1, 2, c.Heads, 5, 8), at.Normal(2, 1, 2, c.KeyValueHeads, 5, 8),
            at.Normal(3, 1, 2, c.KeyValueHeads, 5, 8));
        var changed = v.clone();
        changed.select(1, head).add_(1);
        var difference = (attend(q, k, changed) - attend(q, k, v)).abs();         // [b, hq, t, d]
        return string.Join(
            ' ', Enumerable.Range(0, c.Heads).Where(h => difference.select(1, h).max().item<float>() > 0));
    }

    private static Tensor Attend(Tensor q, Tensor k, Tensor v) =>
        nn.functional.scaled_dot_product_attention(q, k, v, is_casual: true);

    private static Tensor Tile(Tensor x, HeadCase c) => x.repeat(1, c.Heads / c.KeyValueHeads, 1, 1);

    private static Tensor First(Tensor x, HeadCase c) => x.narrow(1, 0, 1).expand(-1, c.Heads, -1, -1);
}
