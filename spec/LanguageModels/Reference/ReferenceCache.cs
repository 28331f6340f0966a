using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>Keys and values of the tokens that were read, by layer.</summary>
internal sealed class ReferenceCache(int layers)
{
    private readonly Tensor?[] _keys = new Tensor?[layers];
    private readonly Tensor?[] _values = new Tensor?[layers];

    /// <summary>Positions of the tokens, <c>[1, n]</c>; null before the first.</summary>
    public Tensor? Positions { get; private set; }

    /// <summary>Number of tokens.</summary>
    public long Length => Positions?.size(1) ?? 0;

    public Tensor AppendPositions(Tensor positions) =>
        Positions = Positions is null ? positions : cat([Positions, positions], 1);

    public (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values, DecoderBug bug, Func<Tensor, Tensor> rotate)
    {
        if (_keys[layer] is { } pastKeys && _values[layer] is { } pastValues)
        {
            if (bug == DecoderBug.CacheRotatesAgain) pastKeys = rotate(pastKeys);
            if (bug == DecoderBug.CacheWithoutValues) pastValues = zeros_like(pastValues);
            (keys, values) = (cat([pastKeys, keys], 2), cat([pastValues, values], 2));
        }
        return (_keys[layer] = keys, _values[layer] = values);
    }
}
