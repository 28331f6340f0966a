using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>A Llama: rotary positions, RMSNorm, SwiGLU, grouped queries, no bias, a cache, padding and packed texts.</summary>
internal sealed class LlamaModel : Module<Tensor, Tensor>
{
    public const int Vocabulary = 97, Width = 32, Heads = 4, KeyValueHeads = 2, MaxLength = 512;

    private readonly ForeignBug _bug;
    private readonly Embedding _embedding;
    private readonly ModuleList<LlamaBlock> _blocks;
    private readonly LlamaNorm _norm;
    private readonly Linear _head;
    private readonly LlamaRotary _rotary;

    public LlamaModel(ForeignBug bug = ForeignBug.None)
        : base(nameof(LlamaModel))
    {
        _bug = bug;
        _rotary = new(Width / Heads, bug);
        _embedding = Embedding(Vocabulary, Width);
        _blocks = ModuleList(
            new LlamaBlock(new LlamaMlp(Width, 64), bug), new LlamaBlock(new LlamaMlp(Width, 64), bug));
        _norm = new(Width, bug);
        _head = Linear(Width, Vocabulary, hasBias: false);
        RegisterComponents();
        foreach (var weight in parameters().Where(weight => weight.ndim > 1)) init.normal_(weight, 0, 0.02);
    }

    public override Tensor forward(Tensor input) => Run(input, Positions(0, input), Causal(input.size(1), input.size(1), input));

    /// <summary>Starts a cache; each call of the result reads the next ids.</summary>
    public Func<Tensor, Tensor> StartCache()
    {
        var cache = _blocks.Select(_ => new LlamaCache(_bug)).ToArray();
        var past = 0L;
        return ids =>
        {
            var count = ids.size(1);
            var start = _bug == ForeignBug.CachePositionsRestart ? 0 : past;
            var mask = _bug switch
            {
                ForeignBug.CausalMaskTopLeft => ones(count, past + count, @bool, ids.device).tril(),
                ForeignBug.ChunkNotCausal when past > 0 => ones(count, past + count, @bool, ids.device),
                _ => Causal(count, past + count, ids),
            };
            past += count;
            return Run(ids, Positions(start, ids), mask, cache);
        };
    }

    /// <summary>Reads rows with padding, where the mask is false.</summary>
    public Tensor ReadPadded(Tensor ids, Tensor mask)
    {
        var positions = _bug == ForeignBug.PaddingShiftsRotation
            ? Positions(0, ids)
            : (mask.to(int64).cumsum(1) - 1).clamp_min(0);
        var allowed = Causal(ids.size(1), ids.size(1), ids);
        if (_bug != ForeignBug.PaddingAttended) allowed = allowed.logical_and(mask.view(mask.size(0), 1, 1, -1));
        return Run(ids, positions, allowed);
    }

    /// <summary>Reads several texts in a row, with the number of the text of each token.</summary>
    public Tensor ReadPacked(Tensor ids, Tensor segments)
    {
        var same = segments.unsqueeze(1).eq(segments.unsqueeze(2));                                     // [b, t, t]
        var allowed = Causal(ids.size(1), ids.size(1), ids);
        var positions = _bug == ForeignBug.PackedPositionsRunOn
            ? Positions(0, ids)
            : same.logical_and(allowed).to(int64).sum(-1) - 1;
        return Run(
            ids, positions, _bug == ForeignBug.PackedTextsAttend ? allowed : allowed.logical_and(same.unsqueeze(1)));
    }

    private static Tensor Positions(long start, Tensor ids) => arange(start, start + ids.size(1), int64, ids.device).unsqueeze(0);

    private static Tensor Causal(long queries, long keys, Tensor ids) =>
        ones(queries, keys, @bool, ids.device).tril(keys - queries);

    private Tensor Run(Tensor ids, Tensor positions, Tensor allowed, LlamaCache[]? cache = null)
    {
        var x = _embedding.forward(ids);
        var angles = _rotary.Tables(positions, x.dtype);
        for (var i = 0; i < _blocks.Count; i++) x = _blocks[i].Run(x, angles, allowed, cache?[i]);
        return _head.forward(_norm.forward(x));
    }
}

/// <summary>The rotary table.</summary>
internal sealed class LlamaRotary(int headSize, ForeignBug bug = ForeignBug.None)
{
    private readonly Dictionary<long, (Tensor Cos, Tensor Sin)> _byLength = [];

    /// <summary>Cosines and sines [b, 1, t, d] of positions [b, t].</summary>
    public (Tensor Cos, Tensor Sin) Tables(Tensor positions, ScalarType type)
    {
        if (bug == ForeignBug.RopeTableByLength && _byLength.TryGetValue(positions.size(1), out var kept)
            && kept.Cos.dtype == type)
            return kept;
        var exact = bug == ForeignBug.PositionsInModelType ? type : float32;
        var frequencies = pow(10000f, arange(0, headSize, 2, float32, positions.device) / -headSize).to(exact);
        var angles = (positions.to(exact).unsqueeze(-1) * cat([frequencies, frequencies])).unsqueeze(1);
        return _byLength[positions.size(1)] = (angles.cos().to(type), angles.sin().to(type));
    }

    public static Tensor Rotate(Tensor x, (Tensor Cos, Tensor Sin) angles)
    {
        var halves = x.chunk(2, -1);
        return x * angles.Cos + cat([-halves[1], halves[0]], -1) * angles.Sin;
    }

    /// <summary>The other convention: neighboring features are a pair.</summary>
    public static Tensor RotatePairs(Tensor x, (Tensor Cos, Tensor Sin) angles)
    {
        var pairs = x.reshape([.. x.shape[..^1], x.size(-1) / 2, 2]);
        var (even, odd) = (pairs.select(-1, 0), pairs.select(-1, 1));
        var (cos, sin) = (angles.Cos.chunk(2, -1)[0], angles.Sin.chunk(2, -1)[0]);
        return stack([even * cos - odd * sin, even * sin + odd * cos], -1).reshape(x.shape);
    }
}

/// <summary>Keys and values of one block.</summary>
internal sealed class LlamaCache(ForeignBug bug = ForeignBug.None)
{
    private const int Capacity = 48;

    private Tensor? _keys, _values;

    public bool IsEmpty => _keys is null;

    public (Tensor Keys, Tensor Values) Add(Tensor keys, Tensor values)
    {
        _keys = _keys is null ? keys : cat([_keys, keys], 2);
        _values = _values is null ? values : cat([_values, values], 2);
        if (bug != ForeignBug.CacheOverwritten || _keys.size(2) <= Capacity) return (_keys, _values);
        var oldest = _keys.size(2) - Capacity;
        return (_keys.narrow(2, oldest, Capacity), _values.narrow(2, oldest, Capacity));
    }
}
