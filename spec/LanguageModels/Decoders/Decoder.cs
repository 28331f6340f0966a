using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>
/// A model that reads tokens and predicts the next one, as functions. Requirements that need a member that is null are skipped
/// with the reason.
/// </summary>
/// <example>
/// <code>
/// Judge.Decoder(seed => Decoder.From(new MyGpt(), vocabulary: 97, maxLength: 64)).Verify();
/// </code>
/// </example>
public sealed record Decoder : IDisposable
{
    /// <summary>Computes logits <c>[b, t, V]</c> of ids <c>[b, t]</c>, int64.</summary>
    public required Func<Tensor, Tensor> Logits { get; init; }

    /// <summary>V, the number of ids.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>The longest text that the decoder can read.</summary>
    public required int MaxLength { get; init; }

    /// <summary>
    /// Returns the parameters by name, each storage once. It is a function because loading and conversion may replace tensors.
    /// </summary>
    public Func<IReadOnlyDictionary<string, Tensor>>? Parameters { get; init; }

    /// <summary>Switches between training mode (true) and evaluation mode.</summary>
    public Action<bool>? SetTraining { get; init; }

    /// <summary>The largest dropout probability; null or 0 without dropout.</summary>
    public double? Dropout { get; init; }

    /// <summary>True if the output projection is the embedding.</summary>
    public bool? Tied { get; init; }

    /// <summary>Number of tokens that attention reaches back; null if it has no window.</summary>
    public int? Window { get; init; }

    /// <summary>An id that the decoder treats as padding: no requirement uses it as a token.</summary>
    public long? PaddingId { get; init; }

    /// <summary>
    /// Creates a key/value cache. Each call of the result reads the next ids <c>[b, n]</c> and returns their
    /// logits <c>[b, n, V]</c>.
    /// </summary>
    public Func<Func<Tensor, Tensor>>? StartCache { get; init; }

    /// <summary>Computes logits of ids with a mask <c>[b, t]</c>, bool, that is false at padding.</summary>
    public Func<Tensor, Tensor, Tensor>? PaddedLogits { get; init; }

    /// <summary>Computes logits of ids with segment numbers <c>[b, t]</c>, int64, of several texts packed into a row.</summary>
    public Func<Tensor, Tensor, Tensor>? PackedLogits { get; init; }

    /// <summary>True if positions count from 0 in every packed segment.</summary>
    public bool PositionsRestart { get; init; }

    /// <summary>Writes the parameters to a file.</summary>
    public Action<string>? Save { get; init; }

    /// <summary>Reads the parameters from a file that <see cref="Save"/> wrote.</summary>
    public Action<string>? Load { get; init; }

    /// <summary>Converts the parameters to a number type.</summary>
    public Action<ScalarType>? ConvertTo { get; init; }

    /// <summary>Moves the parameters to a device.</summary>
    public Action<Device>? MoveTo { get; init; }

    /// <summary>Number type of matrix products, if it is not that of the parameters, as with autocast.</summary>
    public ScalarType? NumberType { get; init; }

    /// <summary>Disposed together with the decoder.</summary>
    public IDisposable? Owned { get; init; }

    /// <summary>Creates a decoder from a module that maps ids to logits.</summary>
    /// <param name="module">The module; it is disposed with the decoder.</param>
    /// <param name="vocabulary">V, the number of ids.</param>
    /// <param name="maxLength">The longest text that the module can read.</param>
    public static Decoder From(Module<Tensor, Tensor> module, int vocabulary, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(module);
        var dropout = module.modules().OfType<TorchSharp.Modules.Dropout>().Select(layer => layer.p).DefaultIfEmpty(0).Max();
        return new()
        {
            Logits = module.forward,
            Vocabulary = vocabulary,
            MaxLength = maxLength,
            Parameters = () => ReadParameters(module),
            SetTraining = on => module.train(on),
            Dropout = dropout,
            Save = path => module.save(path),
            Load = path => module.load(path),
            ConvertTo = type => module.to(type),
            MoveTo = device => module.to(device),
            Owned = module,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => Owned?.Dispose();

    private static Dictionary<string, Tensor> ReadParameters(Module module)
    {
        var handles = new HashSet<IntPtr>();
        return module
            .named_parameters()
            .Where(entry => handles.Add(entry.parameter.Handle))
            .ToDictionary(entry => entry.name, Tensor (entry) => entry.parameter, StringComparer.Ordinal);
    }
}
