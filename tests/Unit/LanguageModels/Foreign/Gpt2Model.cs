using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>A GPT-2: learned positions, one biased matrix for queries, keys and values, dropout, a tied head.</summary>
internal sealed class Gpt2Model : Module<Tensor, Tensor>
{
    public const int Vocabulary = 97, Width = 32, MaxLength = 64;

    private readonly ForeignBug _bug;
    private readonly Embedding _tokens, _positions;
    private readonly Dropout _dropout;
    private readonly ModuleList<Gpt2Block> _blocks;
    private readonly LayerNorm _norm;
    private Parameter? _ownHead;

    public Gpt2Model(ForeignBug bug = ForeignBug.None, double dropout = 0.1)
        : base(nameof(Gpt2Model))
    {
        _bug = bug;
        (_tokens, _positions, _dropout) = (Embedding(Vocabulary, Width), Embedding(MaxLength, Width), Dropout(dropout));
        _blocks = ModuleList(new Gpt2Block(Width, 4, dropout, bug), new Gpt2Block(Width, 4, dropout, bug));
        _norm = LayerNorm(Width);
        RegisterComponents();
        foreach (var (name, weight) in named_parameters())
            if (weight.ndim > 1 && !(bug == ForeignBug.EmbeddingOfUnitVariance && name == "_tokens.weight"))
                init.normal_(weight, 0, 0.02);
    }

    public override Tensor forward(Tensor input) => Run(input, Positions(0, input), Causal(input.size(1), input.size(1), input));

    public Func<Tensor, Tensor> StartCache()
    {
        var cache = _blocks.Select(_ => new LlamaCache()).ToArray();
        var past = 0L;
        return ids =>
        {
            var start = _bug == ForeignBug.LearnedPositionsRestart ? 0 : past;
            past += ids.size(1);
            return Run(ids, Positions(start, ids), Causal(ids.size(1), past, ids), cache);
        };
    }

    public Tensor ReadPadded(Tensor ids, Tensor mask)
    {
        var positions = _bug == ForeignBug.PaddingShiftsLearnedPositions
            ? Positions(0, ids)
            : (mask.to(int64).cumsum(1) - 1).clamp_min(0);
        if (_bug == ForeignBug.PaddingMaskInverted) mask = mask.logical_not();
        return Run(ids, positions, Causal(ids.size(1), ids.size(1), ids).logical_and(mask.view(mask.size(0), 1, 1, -1)));
    }

    public void LoadWeights(string path)
    {
        load(path);
        if (_bug == ForeignBug.UntiedByLoading) Untie();
    }

    public void Convert(ScalarType type)
    {
        if (_bug == ForeignBug.UntiedByConversion) Untie();
        this.to(type);
    }

    private static Tensor Positions(long start, Tensor ids) => arange(start, start + ids.size(1), int64, ids.device).unsqueeze(0);

    private static Tensor Causal(long queries, long keys, Tensor ids) =>
        ones(queries, keys, @bool, ids.device).tril(keys - queries);

    private void Untie()
    {
        if (_ownHead is not null) return;
        register_parameter("_ownHead", _ownHead = new(_tokens.weight!.detach().clone()));
    }

    private Tensor Run(Tensor ids, Tensor positions, Tensor allowed, LlamaCache[]? cache = null)
    {
        var x = _dropout.forward(_tokens.forward(ids) + _positions.forward(positions));
        var count = _bug == ForeignBug.LastBlockSkipped ? _blocks.Count - 1 : _blocks.Count;
        for (var i = 0; i < count; i++) x = _blocks[i].Run(x, allowed, cache?[i]);
        return functional.linear(_norm.forward(x), _ownHead ?? _tokens.weight!);
    }
}

/// <summary>A block of GPT-2.</summary>
internal sealed class Gpt2Block : Module
{
    private readonly ForeignBug _bug;
    private readonly int _heads;
    private readonly double _dropping;
    private readonly LayerNorm _before, _between;
    private readonly Linear _joint, _output, _up, _down;
    private readonly Dropout _dropout;
    private bool _wasEvaluated;

    public Gpt2Block(int width, int heads, double dropout, ForeignBug bug = ForeignBug.None)
        : base(nameof(Gpt2Block))
    {
        (_bug, _heads, _dropping, _dropout) = (bug, heads, dropout, Dropout(dropout));
        (_before, _between) = (LayerNorm(width), LayerNorm(width));
        (_joint, _output) = (Linear(width, 3 * width), Linear(width, width));
        (_up, _down) = (Linear(width, 4 * width), Linear(4 * width, width));
        RegisterComponents();
    }

    public Tensor Run(Tensor x, Tensor allowed, LlamaCache? cache)
    {
        x = x + _dropout.forward(_output.forward(Attend(Normalize(_before, x), allowed, cache)));
        return x + _dropout.forward(_down.forward(functional.gelu(_up.forward(Normalize(_between, x)))));
    }

    private Tensor Normalize(LayerNorm norm, Tensor x)
    {
        if (_bug != ForeignBug.NormOverText) return norm.forward(x);
        var deviation = x.var([-2, -1], unbiased: false, keepdim: true).add(1e-5).sqrt();
        return (x - x.mean([-2, -1], keepdim: true)) / deviation * norm.weight! + norm.bias!;
    }

    private Tensor Attend(Tensor x, Tensor allowed, LlamaCache? cache)
    {
        var (b, t, width) = (x.size(0), x.size(1), x.size(2));
        var parts = _joint.forward(x).chunk(3, -1).Select(part => _bug == ForeignBug.HeadsByView
            ? part.reshape(b, _heads, t, width / _heads)
            : part.view(b, t, _heads, width / _heads).transpose(1, 2)).ToArray();                        // [b, h, t, d]
        var (key, value) = cache?.Add(parts[1], parts[2]) ?? (parts[1], parts[2]);
        var scores = matmul(parts[0], key.transpose(-1, -2)) / Math.Sqrt(width / _heads);
        scores = _bug == ForeignBug.MaskMultiplied
            ? scores * allowed.to(scores.dtype)
            : scores.masked_fill(allowed.logical_not(), -1e30);
        var weights = Drop(scores.softmax(_bug == ForeignBug.SoftmaxOverQueries ? -2 : -1));
        var mixed = matmul(weights, value);
        return _bug == ForeignBug.HeadsJoinedByView
            ? mixed.reshape(b, t, width)
            : mixed.transpose(1, 2).reshape(b, t, width);
    }

    private Tensor Drop(Tensor weights)
    {
        _wasEvaluated |= !training;
        var isOff = _bug == ForeignBug.DropoutOffAfterEvaluation && _wasEvaluated;
        var isOn = _bug == ForeignBug.DropoutInEvaluation || (training && !isOff);
        return functional.dropout(weights, _dropping, isOn);
    }
}
