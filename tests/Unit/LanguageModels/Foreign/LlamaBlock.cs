using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>Grouped-query attention and a feed-forward layer.</summary>
internal sealed class LlamaBlock : Module
{
    private const int HeadSize = LlamaModel.Width / LlamaModel.Heads, Group = LlamaModel.Heads / LlamaModel.KeyValueHeads;

    private readonly ForeignBug _bug;
    private readonly LlamaNorm _before, _between;
    private readonly Linear _query, _key, _value, _output;
    private readonly Module<Tensor, Tensor> _feedForward;

    public LlamaBlock(Module<Tensor, Tensor> feedForward, ForeignBug bug = ForeignBug.None)
        : base(nameof(LlamaBlock))
    {
        const int Shared = LlamaModel.KeyValueHeads * HeadSize;
        (_bug, _feedForward) = (bug, feedForward);
        (_before, _between) = (new(LlamaModel.Width, bug), new(LlamaModel.Width, bug));
        (_query, _output) = (Matrix(LlamaModel.Width), Matrix(LlamaModel.Width));
        (_key, _value) = (Matrix(Shared), Matrix(Shared));
        RegisterComponents();
        static Linear Matrix(int outputs) => Linear(LlamaModel.Width, outputs, hasBias: false);
    }

    public Tensor Run(Tensor x, (Tensor Cos, Tensor Sin) angles, Tensor allowed, LlamaCache? cache = null)
    {
        x = x + Attend(_before.forward(x), angles, allowed, cache);
        return x + _feedForward.forward(_between.forward(x));
    }

    private Tensor Attend(Tensor x, (Tensor Cos, Tensor Sin) angles, Tensor allowed, LlamaCache? cache)
    {
        var (query, key, value) = (Split(_query, x), Split(_key, x), Split(_value, x));
        var isPair = _bug == ForeignBug.RopeInterleavedInCache && cache is not null;
        (query, key) = isPair
            ? (LlamaRotary.RotatePairs(query, angles), LlamaRotary.RotatePairs(key, angles))
            : (LlamaRotary.Rotate(query, angles), LlamaRotary.Rotate(key, angles));
        var isStep = cache is { IsEmpty: false };
        if (cache is not null) (key, value) = cache.Add(key, value);
        if (_bug == ForeignBug.CacheRotatedAgain && isStep) key = RotatePast(key, query.size(2), angles);
        var isTiled = _bug == ForeignBug.HeadsTiled || (_bug == ForeignBug.HeadsTiledInCache && isStep);
        (key, value) = isTiled
            ? (key.repeat(1, Group, 1, 1), value.repeat(1, Group, 1, 1))
            : (key.repeat_interleave(Group, 1), value.repeat_interleave(Group, 1));
        allowed = allowed.narrow(-1, allowed.size(-1) - key.size(2), key.size(2));                      // [.., q, k]
        var scores = matmul(query, key.transpose(-1, -2)) / Math.Sqrt(HeadSize);
        var weights = scores.masked_fill(allowed.logical_not(), -1e30).softmax(-1);
        return _output.forward(matmul(weights, value).transpose(1, 2).reshape(x.size(0), x.size(1), -1));
    }

    private static Tensor RotatePast(Tensor keys, long present, (Tensor Cos, Tensor Sin) angles)
    {
        var past = keys.size(2) - present;
        var again = LlamaRotary.Rotate(keys.narrow(2, 0, past), (angles.Cos.narrow(2, 0, 1), angles.Sin.narrow(2, 0, 1)));
        return cat([again, keys.narrow(2, past, present)], 2);
    }

    private static Tensor Split(Linear projection, Tensor x) =>
        projection.forward(x).view(x.size(0), x.size(1), -1, HeadSize).transpose(1, 2);                 // [b, h, t, d]
}

/// <summary>RMSNorm.</summary>
internal sealed class LlamaNorm : Module<Tensor, Tensor>
{
    private readonly ForeignBug _bug;
    private readonly Parameter _weight;

    public LlamaNorm(int width, ForeignBug bug = ForeignBug.None)
        : base(nameof(LlamaNorm))
    {
        (_bug, _weight) = (bug, Parameter(ones(width)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var exact = _bug == ForeignBug.NormInBFloat16 ? bfloat16 : input.dtype == float64 ? float64 : float32;
        var x = input.to(exact);
        var square = x.square().mean([_bug == ForeignBug.NormOverTime ? -2 : -1], keepdim: true);
        if (_bug == ForeignBug.NormInPlace)
        {
            input.mul_((square + 1e-5).rsqrt().to(input.dtype));
            return input * _weight;
        }
        return (x * (square + 1e-5).rsqrt()).to(input.dtype) * _weight;
    }
}

/// <summary>SwiGLU.</summary>
internal sealed class LlamaMlp : Module<Tensor, Tensor>
{
    private readonly Linear _gate, _up, _down;

    public LlamaMlp(int width, int inner)
        : base(nameof(LlamaMlp))
    {
        (_gate, _up) = (Linear(width, inner, hasBias: false), Linear(width, inner, hasBias: false));
        _down = Linear(inner, width, hasBias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) =>
        _down.forward(functional.silu(_gate.forward(input)) * _up.forward(input));
}
