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
    private readonly bool _autocast;

    public LearnedGpt(
        int vocabulary = 97, int maxLength = 32, int width = 32, double dropout = 0.1, bool leaks = false, bool autocast = false)
        : base(nameof(LearnedGpt))
    {
        _autocast = autocast;
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
        x = _norm.forward(x);
        return _autocast ? functional.linear(x.to(bfloat16), _head.weight!.to(bfloat16)) : _head.forward(x);
    }
}

/// <summary>
/// A GPT that attends to the last eight tokens. Positions run on in packed rows. The padding token must not be read.
/// </summary>
internal sealed class WindowedGpt : Module<Tensor, Tensor>
{
    public const int Window = 8, Padding = 50;

    private readonly Embedding _tokens, _positions;
    private readonly LearnedBlock _first, _second;
    private readonly Linear _head;

    public WindowedGpt(int vocabulary = 97, int maxLength = 32, int width = 32)
        : base(nameof(WindowedGpt))
    {
        (_tokens, _positions) = (Embedding(vocabulary, width), Embedding(maxLength, width));
        (_first, _second) = (new(width, 4, dropout: 0, causal: true), new(width, 4, dropout: 0, causal: true));
        _head = Linear(width, vocabulary, hasBias: false);
        RegisterComponents();
        foreach (var (_, weight) in named_parameters())
            if (weight.ndim > 1) init.normal_(weight, 0, 0.02);
    }

    public override Tensor forward(Tensor ids) => Read(ids, zeros_like(ids));

    public Tensor Read(Tensor ids, Tensor segments)
    {
        if (ids.eq(Padding).any().item<bool>()) throw new InvalidOperationException("Padding was read as a token.");
        var index = arange(ids.size(1), int64, ids.device);
        var distance = index.unsqueeze(1) - index;
        var mask = segments.unsqueeze(2).eq(segments.unsqueeze(1)).logical_and(distance.ge(0)).logical_and(distance.lt(Window));
        var x = _tokens.forward(ids) + _positions.forward(index);
        return _head.forward(_second.Read(_first.Read(x, mask.unsqueeze(1)), mask.unsqueeze(1)));
    }
}

/// <summary>A GPT with a table of positions that it makes at its first call.</summary>
internal sealed class LazyTableGpt : Module<Tensor, Tensor>
{
    private const int MaxLength = 32, Width = 32;

    private readonly Embedding _tokens = Embedding(97, Width);
    private readonly LearnedBlock _block = new(Width, 4, dropout: 0, causal: true);
    private readonly LayerNorm _norm = LayerNorm(Width);
    private readonly Linear _head = Linear(Width, 97, hasBias: false);
    private Tensor? _table;

    public LazyTableGpt()
        : base(nameof(LazyTableGpt))
    {
        RegisterComponents();
        foreach (var (_, weight) in named_parameters())
            if (weight.ndim > 1) init.normal_(weight, 0, 0.02);
    }

    public override Tensor forward(Tensor ids)
    {
        _table ??= (arange(MaxLength, float32).unsqueeze(1) * pow(100, arange(Width, float32) / -Width)).sin() * 0.1;
        return _head.forward(_norm.forward(_block.forward(_tokens.forward(ids) + _table.narrow(0, 0, ids.size(1)))));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _table?.Dispose();
        base.Dispose(disposing);
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

    public override Tensor forward(Tensor x) => Read(x, mask: null);

    /// <summary>Attends where a mask is true; without one, to every token or to all before.</summary>
    public Tensor Read(Tensor x, Tensor? mask)
    {
        var (b, t, width) = (x.size(0), x.size(1), x.size(2));
        var parts = _joint
            .forward(_before.forward(x))
            .chunk(3, -1)
            .Select(part => part.view(b, t, _heads, -1).transpose(1, 2))
            .ToArray();
        var attended = functional.scaled_dot_product_attention(
            parts[0], parts[1], parts[2], mask, is_casual: _causal && mask is null);
        x = x + _dropout.forward(_output.forward(attended.transpose(1, 2).reshape(b, t, width)));
        return x + _dropout.forward(_down.forward(functional.gelu(_up.forward(_between.forward(x)))));
    }
}
