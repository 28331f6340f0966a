using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>A Mixtral: the attention of Llama, and in place of its feed-forward layer two of three experts per token.</summary>
internal sealed class MixtralModel : Module<Tensor, Tensor>
{
    public const int Vocabulary = LlamaModel.Vocabulary, MaxLength = 64;

    private readonly Embedding _embedding;
    private readonly ModuleList<LlamaBlock> _blocks;
    private readonly LlamaNorm _norm;
    private readonly Linear _head;
    private readonly LlamaRotary _rotary = new(LlamaModel.Width / LlamaModel.Heads);

    public MixtralModel(ForeignBug bug = ForeignBug.None)
        : base(nameof(MixtralModel))
    {
        _embedding = Embedding(Vocabulary, LlamaModel.Width);
        _blocks = ModuleList(new LlamaBlock(new MixtralExperts(bug)), new LlamaBlock(new MixtralExperts(bug)));
        _norm = new(LlamaModel.Width);
        _head = Linear(LlamaModel.Width, Vocabulary, hasBias: false);
        RegisterComponents();
        foreach (var weight in parameters().Where(weight => weight.ndim > 1)) init.normal_(weight, 0, 0.02);
    }

    public override Tensor forward(Tensor input)
    {
        var time = input.size(1);
        var x = _embedding.forward(input);
        var angles = _rotary.Tables(arange(time, int64, input.device).unsqueeze(0), x.dtype);
        var allowed = ones(time, time, @bool, input.device).tril();
        foreach (var block in _blocks) x = block.Run(x, angles, allowed);
        return _head.forward(_norm.forward(x));
    }
}

/// <summary>A router and its experts.</summary>
internal sealed class MixtralExperts : Module<Tensor, Tensor>
{
    private const int Count = 3, Inner = 48;

    private readonly ForeignBug _bug;
    private readonly Linear _router;
    private readonly ModuleList<LlamaMlp>? _experts;
    private readonly LlamaMlp[] _all;

    public MixtralExperts(ForeignBug bug)
        : base(nameof(MixtralExperts))
    {
        _bug = bug;
        _router = Linear(LlamaModel.Width, Count, hasBias: false);
        _all = [.. Enumerable.Range(0, Count).Select(_ => new LlamaMlp(LlamaModel.Width, Inner))];
        if (bug != ForeignBug.ExpertsNotRegistered) _experts = ModuleList(_all);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var x = input.reshape(-1, LlamaModel.Width);                                                    // [n, d]
        var scores = _router.forward(x);
        if (_bug == ForeignBug.RouterNoiseInEvaluation) scores = scores + 0.1 * randn_like(scores);
        var probabilities = _bug == ForeignBug.RouterOverTokens
            ? _router.forward(input).softmax(1).reshape(-1, Count)
            : scores.softmax(-1);
        var (weights, chosen) = probabilities.topk(_bug == ForeignBug.TopOneNormalized ? 1 : 2, -1);
        if (_bug != ForeignBug.RouterOverTokens) weights = weights / weights.sum(-1, keepdim: true);
        if (_bug == ForeignBug.RouterDetached) weights = weights.detach();
        var output = zeros_like(x);
        var count = _bug == ForeignBug.LastExpertNeverUsed ? Count - 1 : Count;
        for (var expert = 0; expert < count; expert++)
        {
            var entries = chosen.eq(expert).nonzero();                                                  // [m, 2]: token, place
            var capacity = _bug == ForeignBug.CapacityOverBatch ? (2 * x.size(0) + Count - 1) / Count : long.MaxValue;
            entries = entries.narrow(0, 0, Math.Min(capacity, entries.size(0)));
            if (entries.size(0) == 0) continue;
            var (tokens, places) = (entries.select(1, 0), entries.select(1, 1));
            var share = weights[TensorIndex.Tensor(tokens), TensorIndex.Tensor(places)].unsqueeze(1);
            var result = share * _all[expert].forward(x.index_select(0, tokens));
            if (_bug == ForeignBug.ExpertOutputsMisplaced) tokens = arange(tokens.size(0), int64, x.device);
            output = output.index_add(0, tokens, result, 1);
        }
        return output.view(input.shape);
    }
}
