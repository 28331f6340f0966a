using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>A BLOOM with one key/value head: ALiBi, a norm of the embedding, GELU, biases, a tied head, a cache.</summary>
internal sealed class BloomModel : Module<Tensor, Tensor>
{
    public const int Vocabulary = 97, Width = 32, MaxLength = 64;

    private readonly ForeignBug _bug;
    private readonly Embedding _embedding;
    private readonly ModuleList<BloomBlock> _blocks;
    private readonly LayerNorm _first, _last;
    private LlamaCache[]? _kept;
    private long _keptPast;

    public BloomModel(ForeignBug bug = ForeignBug.None)
        : base(nameof(BloomModel))
    {
        _bug = bug;
        (_embedding, _first, _last) = (Embedding(Vocabulary, Width), LayerNorm(Width), LayerNorm(Width));
        _blocks = bug == ForeignBug.BlocksShared
            ? ModuleList(new BloomBlock(bug))
            : ModuleList(new BloomBlock(bug), new BloomBlock(bug));
        RegisterComponents();
        foreach (var weight in parameters().Where(weight => weight.ndim > 1)) init.normal_(weight, 0, 0.02);
    }

    public override Tensor forward(Tensor input) => Run(input, 0, null);

    public Func<Tensor, Tensor> StartCache()
    {
        var (cache, past) = (CreateCache(), 0L);
        if (_bug == ForeignBug.CacheKept) (cache, past) = (_kept ?? cache, _keptPast);
        _kept = cache;
        return ids =>
        {
            var logits = Run(ids, past, cache);
            past += ids.size(1);
            _keptPast = past;
            return logits;
        };
    }

    private static LlamaCache[] CreateCache() => [.. Enumerable.Range(0, 2).Select(_ => new LlamaCache())];

    private Tensor Run(Tensor ids, long past, LlamaCache[]? cache)
    {
        var x = _first.forward(_embedding.forward(ids));
        for (var i = 0; i < 2; i++) x = _blocks[i % _blocks.Count].Run(x, past, cache?[i]);
        var logits = functional.linear(_last.forward(x), _embedding.weight!);
        return _bug == ForeignBug.ProbabilitiesReturned ? logits.softmax(-1) : logits;
    }
}

/// <summary>A block of BLOOM.</summary>
internal sealed class BloomBlock : Module
{
    private const int Heads = 4, HeadSize = BloomModel.Width / Heads;

    private readonly ForeignBug _bug;
    private readonly LayerNorm _before, _between;
    private readonly Linear _joint, _output, _up, _down;

    public BloomBlock(ForeignBug bug)
        : base(nameof(BloomBlock))
    {
        const int Width = BloomModel.Width;
        _bug = bug;
        (_before, _between) = (LayerNorm(Width), LayerNorm(Width));
        (_joint, _output) = (Linear(Width, Width + 2 * HeadSize), Linear(Width, Width));
        (_up, _down) = (Linear(Width, 4 * Width), Linear(4 * Width, Width));
        RegisterComponents();
    }

    public Tensor Run(Tensor x, long past, LlamaCache? cache)
    {
        var attended = Attend(_before.forward(x), past, cache);
        x = _bug == ForeignBug.ResidualMissing ? attended : x + attended;
        return x + _down.forward(functional.gelu(_up.forward(_between.forward(x))));
    }

    private Tensor Attend(Tensor x, long past, LlamaCache? cache)
    {
        var (b, t) = (x.size(0), x.size(1));
        var joint = _joint.forward(x);
        var query = joint.narrow(2, 0, BloomModel.Width).view(b, t, Heads, HeadSize).transpose(1, 2);    // [b, h, t, d]
        var (key, value) = (
            joint.narrow(2, BloomModel.Width, HeadSize).unsqueeze(1),
            joint.narrow(2, BloomModel.Width + HeadSize, HeadSize).unsqueeze(1));                        // [b, 1, t, d]
        if (cache is not null) (key, value) = cache.Add(key, value);
        var scores = matmul(query, key.transpose(-1, -2)) / Math.Sqrt(HeadSize) + Bias(t, past, key.size(2), x);
        var allowed = ones(t, key.size(2), @bool, x.device).tril(past);
        var weights = scores.masked_fill(allowed.logical_not(), -1e30).softmax(-1);
        return _output.forward(matmul(weights, value).transpose(1, 2).reshape(b, t, BloomModel.Width));
    }

    // The slope of a head times the position of the key, as in BLOOM: softmax does not see what all keys have in common.
    private Tensor Bias(long queries, long past, long keys, Tensor x)
    {
        var isShort = _bug == ForeignBug.AlibiZeroInCache && queries == 1 && past > 0;
        var positions = isShort ? zeros(1, float32, x.device) : arange(keys, float32, x.device);
        var slopes = pow(2f, arange(1, Heads + 1, 1, float32, x.device) * -8f / Heads).view(Heads, 1, 1);
        if (_bug == ForeignBug.AlibiSignFlipped) slopes = -slopes;
        return (slopes * positions).to(x.dtype);
    }
}
