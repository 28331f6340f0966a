using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>A decoder under conditions: texts for it, its logits, and the bounds of their rounding.</summary>
internal sealed class DecoderProbe : IDisposable
{
    private readonly Conditions _at;
    private readonly long[] _tokens;

    private DecoderProbe(Decoder decoder, Conditions at)
    {
        (Decoder, _at) = (decoder, at);
        _tokens = [.. Enumerable.Range(0, decoder.Vocabulary).Select(id => (long)id).Where(id => id != decoder.PaddingId)];
        if (_tokens.Length < 2) throw new InvalidOperationException("A decoder needs at least two tokens apart from padding.");
    }

    public Decoder Decoder { get; }

    /// <summary>All ids but that of padding.</summary>
    public IReadOnlyList<long> Tokens => _tokens;

    /// <summary>Number type of matrix products.</summary>
    public ScalarType Type => Decoder.NumberType ?? Parameters.Values.FirstOrDefault(IsFloat)?.dtype ?? _at.NumberType;

    /// <summary>The parameters; none if the decoder does not state them.</summary>
    public IReadOnlyDictionary<string, Tensor> Parameters =>
        Decoder.Parameters?.Invoke() ?? System.Collections.ObjectModel.ReadOnlyDictionary<string, Tensor>.Empty;

    /// <summary>TOL-DECODER: max|a−b|/max|b| of the same logits, computed in two ways.</summary>
    public double Allowed => AllowedIn(Type);

    /// <summary>True if equal computations have equal bits.</summary>
    public bool IsExact => _at.Device.type == DeviceType.CPU;

    /// <summary>
    /// Creates a decoder in evaluation mode. Its parameters are perturbed, because a projection that begins at zero would hide
    /// everything before it.
    /// </summary>
    /// <param name="create">The factory.</param>
    /// <param name="at">Device, number type and seed.</param>
    /// <param name="perturbed">False to keep the parameters as they were created.</param>
    /// <param name="salt">Added to the seed.</param>
    public static DecoderProbe Open(Func<long, Decoder> create, Conditions at, bool perturbed = true, long salt = 0)
    {
        random.manual_seed(at.Seed + salt);
        var decoder = create(at.Seed + salt);
        try
        {
            decoder.MoveTo?.Invoke(at.Device);
            if (at.NumberType != ScalarType.Float32 && decoder.NumberType is null) decoder.ConvertTo?.Invoke(at.NumberType);
            decoder.SetTraining?.Invoke(false);
            var probe = new DecoderProbe(decoder, at);
            if (perturbed) probe.PerturbParameters();
            probe.ThrowIfWithoutTolerances();
            return probe;
        }
        catch
        {
            decoder.Dispose();
            throw;
        }
    }

    /// <summary>Clamps the case to what the decoder can read.</summary>
    public int Time(DecoderCase c) => Math.Min(c.Time, Decoder.MaxLength);

    /// <summary>Random text <c>[rows, time]</c>; of one half of the tokens only if <paramref name="half"/> is 0 or 1.</summary>
    public Tensor Text(long salt, long rows, long time, int? half = null)
    {
        var middle = _tokens.Length / 2;
        var chosen = half switch { 0 => _tokens[..middle], 1 => _tokens[middle..], _ => _tokens };
        return Select(chosen, _at.Ids(salt, chosen.Length, rows, time));
    }

    /// <summary>Another text that differs at every place.</summary>
    public Tensor Different(Tensor text, long salt)
    {
        var index = text - (Decoder.PaddingId is { } padding ? text.gt(padding).to(int64) : zeros_like(text));
        return Select(_tokens, (index + 1 + _at.Ids(salt, _tokens.Length - 1, text.shape)).remainder(_tokens.Length));
    }

    /// <summary>Random numbers for logits <c>[b, t, V]</c>, zero in the columns of the second half of the tokens.</summary>
    public Tensor UpstreamOfFirstHalf(long salt, long rows, long time)
    {
        var upstream = _at.Normal(salt, 1, rows, time, Decoder.Vocabulary);
        return upstream.index_fill(2, tensor(_tokens[(_tokens.Length / 2)..], int64, device: _at.Device), 0);
    }

    /// <summary>The tokens of one half.</summary>
    public long[] Half(int half) => half == 0 ? _tokens[..(_tokens.Length / 2)] : _tokens[(_tokens.Length / 2)..];

    /// <summary>Normal random numbers.</summary>
    public Tensor Normal(long salt, params long[] shape) => _at.Normal(salt, 1, shape);

    /// <summary>Logits as float64 on the CPU, without gradients.</summary>
    public Tensor Logits(Tensor ids) => Read(Decoder.Logits, ids);

    /// <inheritdoc cref="Logits(Tensor)"/>
    public Tensor Read(Func<Tensor, Tensor> logits, Tensor ids)
    {
        using var grad = no_grad();
        return Check(logits(ids), ids).to(float64, CPU);
    }

    /// <summary>
    /// Reads a text outside of the scopes of a requirement, so that tables that a decoder makes at its first call outlive them.
    /// </summary>
    public void WarmUp(Tensor ids) => Logits(ids);

    /// <summary>Logits with gradients.</summary>
    public Tensor LogitsWithGradient(Tensor ids) => Check(Decoder.Logits(ids), ids);

    /// <summary>TOL-DECODER for a number type.</summary>
    public double AllowedIn(ScalarType type)
    {
        var size = ModelSize.Read(Parameters, Decoder.Vocabulary);
        return Tolerance.Decoder(type, size.Layers, size.Longest);
    }

    /// <summary>Deletes the gradients of all parameters.</summary>
    public void ClearGradients()
    {
        foreach (var weight in Parameters.Values) weight.grad = null;
    }

    /// <summary>
    /// Adds random amounts to all parameters: to matrices half the scale that keeps the size of a vector, a tenth to vectors.
    /// </summary>
    public void PerturbParameters(long salt = 900)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var weight in Parameters.Values.Where(IsFloat))
        {
            var deviation = weight.ndim > 1 ? 0.5 / Math.Sqrt(weight.shape[^1]) : 0.1;
            weight.add_(_at.Normal(salt++, deviation, weight.shape).to(weight.dtype));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Decoder.Dispose();

    private void ThrowIfWithoutTolerances()
    {
        if (Type is not (ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float64))
            throw new NotSupportedException(
                $"The decoder computes in {Type}. There are tolerances for Float32, BFloat16 and Float64.");
    }

    private static bool IsFloat(Tensor weight) => weight.is_floating_point();

    private Tensor Select(long[] tokens, Tensor index) =>
        tensor(tokens, int64, device: _at.Device).index_select(0, index.flatten()).view(index.shape);

    private Tensor Check(Tensor logits, Tensor ids)
    {
        long[] required = [.. ids.shape, Decoder.Vocabulary];
        return logits.shape.AsSpan().SequenceEqual(required)
            ? logits
            : throw new InvalidOperationException(
                $"Logits of ids {ids.FormatShape()} have the shape {logits.FormatShape()}, "
                    + $"required [{string.Join(", ", required)}].");
    }
}
