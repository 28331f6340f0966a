using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Loops;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>
/// The small model of <see cref="ReferenceLoop"/>: an embedding, fixed positions, the mean of the earlier tokens, a feed-forward
/// block with norms and a bias, and a head. Every parameter but the positions has a gradient.
/// </summary>
internal sealed class ReferenceLoopModel : IDisposable
{
    public const int Vocabulary = 29, Time = 16;
    public const string Positions = "positions";

    private const int Width = 12, Inner = 20;

    private readonly LoopOptions _options;

    public ReferenceLoopModel(LoopOptions options)
    {
        _options = options;
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)options.Seed);
        Parameters = new(StringComparer.Ordinal)
        {
            ["embedding"] = Draw(0.7, Vocabulary, Width),
            [Positions] = Draw(0.3, Time, Width),
            ["mixing"] = Draw(0.4, Width, Width),
            ["norm"] = Draw(0.1, Width) + 1,
            ["up"] = Draw(0.4, Inner, Width),
            ["up_bias"] = Draw(0.2, Inner),
            ["down"] = Draw(0.3, Width, Inner),
            ["final_norm"] = Draw(0.1, Width) + 1,
            ["head"] = Draw(0.3, Vocabulary, Width),
        };
        foreach (var name in Parameters.Keys.ToArray())
            Parameters[name] = Parameters[name].to(options.Device).detach().requires_grad_(name != Positions)
                .DetachFromDisposeScope();

        Tensor Draw(double scale, params long[] shape) => randn(shape, float32, generator: generator) * scale;
    }

    public OrderedDictionary<string, Tensor> Parameters { get; }

    /// <summary>Computes logits [b, t, V]; with dropout if there is a generator for it.</summary>
    public Tensor ComputeLogits(Tensor ids, Generator? generator)
    {
        var positions = Parameters[Positions].narrow(0, 0, ids.shape[1]);
        var x = Parameters["embedding"].index_select(0, ids.flatten()).reshape(ids.shape[0], ids.shape[1], -1); // [b, t, d]
        x = x + positions;
        var counts = arange(1, ids.shape[1] + 1, dtype: float32, device: x.device).unsqueeze(-1);
        x = x + Drop(Product(x.cumsum(1) / counts, Parameters["mixing"]), generator);
        var inner = Product(Normalize(x, "norm"), Parameters["up"]) + Parameters["up_bias"];
        x = x + Drop(Product(nn.functional.silu(inner), Parameters["down"]), generator);
        return Product(Normalize(x, "final_norm"), Parameters["head"]);
    }

    public void Dispose()
    {
        foreach (var parameter in Parameters.Values) parameter.Dispose();
    }

    private Tensor Normalize(Tensor x, string name) => x * rsqrt(x.square().mean([-1], true) + 1e-5) * Parameters[name];

    // The generator is one of the CPU, on every device.
    private Tensor Drop(Tensor x, Generator? generator) => generator is null || _options.Dropout == 0
        ? x
        : x * empty(x.shape).bernoulli_(1 - _options.Dropout, generator).to(x.device) / (1 - _options.Dropout);

    // x [b, t, n] times the transpose of weight [m, n], as one product of matrices.
    private Tensor Product(Tensor x, Tensor weight)
    {
        var (left, right) = (x.flatten(0, 1).unsqueeze(0), weight.t().unsqueeze(0));
        return bmm(left.to(_options.NumberType), right.to(_options.NumberType)).to(float32).reshape(x.shape[0], x.shape[1], -1);
    }
}
