using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MySpec;

/// <summary>A small GPT: ids [b, t] to logits [b, t, V].</summary>
internal sealed class Gpt : Module<Tensor, Tensor>
{
    public const int Vocabulary = 97, MaxLength = 64, Width = 32;

    private readonly Embedding _embedding = Embedding(Vocabulary, Width);
    private readonly ModuleList<Block> _blocks = ModuleList(new Block(), new Block());
    private readonly LayerNorm _norm = LayerNorm(Width);
    private readonly Linear? _head = PlantedBug.Is("untied") ? Linear(Width, Vocabulary, hasBias: false) : null;

    public Gpt()
        : base(nameof(Gpt))
    {
        RegisterComponents();
        foreach (var (_, weight) in named_parameters())
            if (weight.ndim > 1) init.normal_(weight, 0, 0.02);
    }

    public override Tensor forward(Tensor ids)
    {
        var x = _embedding.forward(ids);                                          // [b, t, D]
        foreach (var block in _blocks) x = block.forward(x);
        return functional.linear(_norm.forward(x), (_head?.weight ?? _embedding.weight)!);
    }
}

/// <summary>Attention and a feed-forward layer, each after a LayerNorm and added to its input.</summary>
internal sealed class Block : Module<Tensor, Tensor>
{
    private const int Heads = 4, KeyValueHeads = 2, HeadSize = Gpt.Width / Heads;

    private readonly LayerNorm _before = LayerNorm(Gpt.Width), _between = LayerNorm(Gpt.Width);
    private readonly Linear _query = Linear(Gpt.Width, Heads * HeadSize, hasBias: false);
    private readonly Linear _key = Linear(Gpt.Width, KeyValueHeads * HeadSize, hasBias: false);
    private readonly Linear _value = Linear(Gpt.Width, KeyValueHeads * HeadSize, hasBias: false);
    private readonly Linear _output = Linear(Heads * HeadSize, Gpt.Width, hasBias: false);
    private readonly Linear _up = Linear(Gpt.Width, 4 * Gpt.Width), _down = Linear(4 * Gpt.Width, Gpt.Width);

    public Block()
        : base(nameof(Block)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var h = _before.forward(x);
        var attended = Attention.Attend(
            Attention.Rotate(Split(_query.forward(h))), Attention.Rotate(Split(_key.forward(h))), Split(_value.forward(h)));
        x = x + _output.forward(attended.transpose(1, 2).flatten(2));
        return x + _down.forward(functional.gelu(_up.forward(_between.forward(x))));
    }

    // [b, t, h·d] to [b, h, t, d]
    private static Tensor Split(Tensor x) => x.view(x.size(0), x.size(1), -1, HeadSize).transpose(1, 2);
}
