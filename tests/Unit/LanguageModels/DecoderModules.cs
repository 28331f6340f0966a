using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>
/// A GPT as a user writes it, with modules of TorchSharp: learned positions, one matrix for queries, keys and values, biases,
/// fused attention, dropout.
/// </summary>
internal sealed class LearnedGpt : Module<Tensor, Tensor>
{
    private readonly Embedding _tokens, _positions;
    private readonly Dropout _dropout;
    private readonly ModuleList<LearnedBlock> _blocks;
    private readonly LayerNorm _norm;
    private readonly Linear _head;

    public LearnedGpt(int vocabulary = 97, int maxLength = 32, int width = 32, double dropout = 0.1, bool leaks = false)
        : base(nameof(LearnedGpt))
    {
        (_tokens, _positions) = (Embedding(vocabulary, width), Embedding(maxLength, width));
        _dropout = Dropout(dropout);
        _blocks = ModuleList(
            new LearnedBlock(width, 4, dropout, causal: !leaks), new LearnedBlock(width, 4, dropout, causal: true));
        _norm = LayerNorm(width);
        _head = Linear(width, vocabulary, hasBias: false);
        RegisterComponents();
        foreach (var (_, weight) in named_parameters())
            if (weight.ndim > 1) init.normal_(weight, 0, 0.02);
    }

    public override Tensor forward(Tensor ids)
    {
        var positions = arange(ids.size(1), int64, ids.device);
        var x = _dropout.forward(_tokens.forward(ids) + _positions.forward(positions));
        foreach (var block in _blocks) x = block.forward(x);
        return _head.forward(_norm.forward(x));
    }
}

/// <summary>A block of <see cref="LearnedGpt"/>.</summary>
internal sealed class LearnedBlock : Module<Tensor, Tensor>
{
    private readonly int _heads;
    private readonly bool _causal;
    private readonly LayerNorm _before, _between;
    private readonly Linear _joint, _output, _up, _down;
    private readonly Dropout _dropout;

    public LearnedBlock(int width, int heads, double dropout, bool causal)
        : base(nameof(LearnedBlock))
    {
        (_heads, _causal) = (heads, causal);
        (_before, _between) = (LayerNorm(width), LayerNorm(width));
        (_joint, _output) = (Linear(width, 3 * width), Linear(width, width));
        (_up, _down) = (Linear(width, 4 * width), Linear(4 * width, width));
        _dropout = Dropout(dropout);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var (b, t, width) = (x.size(0), x.size(1), x.size(2));
        var parts = _joint
            .forward(_before.forward(x))
            .chunk(3, -1)
            .Select(part => part.view(b, t, _heads, -1).transpose(1, 2))
            .ToArray();
        var attended = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_casual: _causal);
        x = x + _dropout.forward(_output.forward(attended.transpose(1, 2).reshape(b, t, width)));
        return x + _dropout.forward(_down.forward(functional.gelu(_up.forward(_between.forward(x)))));
    }
}
