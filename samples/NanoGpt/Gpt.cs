using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace NanoGpt;

/// <summary>A small GPT: rotary positions, layer norms before each branch, a GELU layer, a tied head.</summary>
internal sealed class Gpt : Module<Tensor, Tensor>
{
    public const int Vocabulary = 65, MaxLength = 64;

    private readonly Embedding _embedding;
    private readonly ModuleList<Block> _blocks;
    private readonly LayerNorm _norm;

    public Gpt(int width = 32, int heads = 4, int layers = 2, double dropout = 0)
        : base(nameof(Gpt))
    {
        _embedding = Embedding(Vocabulary, width);
        _blocks = ModuleList([.. Enumerable.Range(0, layers).Select(_ => new Block(width, heads, dropout))]);
        _norm = LayerNorm(width);
        RegisterComponents();
        foreach (var weight in parameters().Where(weight => weight.ndim > 1)) init.normal_(weight, 0, 0.02);
    }

    /// <summary>Computes logits [b, t, V] of ids [b, t].</summary>
    public override Tensor forward(Tensor input)
    {
        var x = _embedding.forward(input);
        var (cos, sin) = Rotary.Tables(input.size(1), _blocks[0].HeadSize, x);
        foreach (var block in _blocks) x = block.forward(x, cos, sin);
        return functional.linear(_norm.forward(x), _embedding.weight!);
    }
}

/// <summary>Attention and a GELU layer, each added to what it reads.</summary>
internal sealed class Block : Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly int _heads;
    private readonly LayerNorm _before, _between;
    private readonly Linear _queryKeyValue, _output, _up, _down;
    private readonly Dropout _dropout;

    public Block(int width, int heads, double dropout)
        : base(nameof(Block))
    {
        (_heads, HeadSize) = (heads, width / heads);
        (_before, _between) = (LayerNorm(width), LayerNorm(width));
        (_queryKeyValue, _output) = (Linear(width, 3 * width, hasBias: false), Linear(width, width, hasBias: false));
        (_up, _down) = (Linear(width, 4 * width), Linear(4 * width, width));
        _dropout = Dropout(dropout);
        RegisterComponents();
    }

    public int HeadSize { get; }

    public override Tensor forward(Tensor x, Tensor cos, Tensor sin)
    {
        x = x + _dropout.forward(Attend(_before.forward(x), cos, sin));
        return x + _dropout.forward(_down.forward(functional.gelu(_up.forward(_between.forward(x)))));
    }

    private Tensor Attend(Tensor x, Tensor cos, Tensor sin)
    {
        var (b, t, width) = (x.size(0), x.size(1), x.size(2));
        var parts = _queryKeyValue.forward(x).chunk(3, -1)
            .Select(part => part.view(b, t, _heads, HeadSize).transpose(1, 2)).ToArray();                // [b, h, t, d]
        var (query, key) = (Rotary.Rotate(parts[0], cos, sin), Rotary.Rotate(parts[1], cos, sin));
        var mixed = functional.scaled_dot_product_attention(query, key, parts[2], is_casual: true);
        return _output.forward(mixed.transpose(1, 2).reshape(b, t, width));
    }
}

/// <summary>Rotary positions: pairs of features, one of each half, are rotated by angles that grow with the position.</summary>
internal static class Rotary
{
    /// <summary>Returns cosines and sines [t, d] in the type of x. Angles are float32: bfloat16 counts to 256 only.</summary>
    public static (Tensor Cos, Tensor Sin) Tables(long time, int headSize, Tensor x)
    {
        var frequencies = pow(10000f, arange(0, headSize, 2, float32, x.device) / -headSize);
        var angles = arange(time, float32, x.device).unsqueeze(1) * cat([frequencies, frequencies]);
        return (angles.cos().to(x.dtype), angles.sin().to(x.dtype));
    }

    /// <summary>Rotates queries or keys [b, h, t, d].</summary>
    public static Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
    {
        var halves = x.chunk(2, -1);
        return x * cos + cat([-halves[1], halves[0]], -1) * sin;
    }
}
