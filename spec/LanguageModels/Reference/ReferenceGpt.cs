using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Decoders;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>
/// A small decoder in plain TorchSharp. Requirements for decoders judge it in tests, and their impostors are this model with one
/// mistake.
/// </summary>
public sealed partial class ReferenceGpt : IDisposable
{
    private readonly Dictionary<string, Tensor> _weights = new(StringComparer.Ordinal);
    private readonly ReferenceGptOptions _options;
    private readonly DecoderBug _bug;
    private Tensor? _staleHead;
    private bool _training, _wasEvaluated;

    /// <summary>Creates a model with random weights in evaluation mode.</summary>
    /// <param name="seed">Seed of the weights.</param>
    /// <param name="options">Sizes and variants; null = the defaults.</param>
    public ReferenceGpt(long seed, ReferenceGptOptions? options = null)
        : this(seed, options ?? new(), DecoderBug.None)
    {
    }

    internal ReferenceGpt(long seed, ReferenceGptOptions options, DecoderBug bug)
    {
        (_options, _bug) = (options, bug);
        using var generator = new Generator((ulong)seed);
        foreach (var (name, shape) in options.Shapes) _weights[name] = CreateWeight(name, shape, generator);
        if (bug == DecoderBug.HeadCloned) Untie();
        if (bug == DecoderBug.HeadStale) _staleHead = Own(Head.detach().clone());
    }

    /// <summary>The parameters by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Parameters => _weights;

    private Tensor Head => _weights.TryGetValue("head", out var head) ? head : _weights["embedding"];

    /// <summary>Creates the model as a decoder with every capability.</summary>
    /// <param name="seed">Seed of the weights.</param>
    /// <param name="options">Sizes and variants; null = the defaults.</param>
    public static Decoder CreateDecoder(long seed, ReferenceGptOptions? options = null) =>
        CreateDecoder(seed, options ?? new(), DecoderBug.None);

    internal static Decoder CreateDecoder(long seed, ReferenceGptOptions options, DecoderBug bug)
    {
        var model = new ReferenceGpt(seed, options, bug);
        return new()
        {
            Logits = model.Logits,
            Vocabulary = options.Vocabulary,
            MaxLength = options.MaxLength,
            Parameters = () => model.Parameters,
            SetTraining = model.SetTraining,
            Dropout = options.Dropout,
            Tied = options.Tied,
            StartCache = model.StartCache,
            PaddedLogits = model.PaddedLogits,
            PackedLogits = model.PackedLogits,
            PositionsRestart = true,
            Save = model.Save,
            Load = model.Load,
            ConvertTo = type => model.Replace(weight => weight.to(type)),
            MoveTo = device => model.Replace(weight => weight.to(device)),
            Owned = model,
        };
    }

    /// <summary>Computes logits <c>[b, t, V]</c> of ids <c>[b, t]</c>.</summary>
    public Tensor Logits(Tensor ids)
    {
        _wasEvaluated |= !_training;
        return Run(ids, ReadText(ids.size(1), ids.device));
    }

    /// <summary>Switches between training mode and evaluation mode.</summary>
    /// <param name="on">True for training mode.</param>
    public void SetTraining(bool on) => _training = on || (_training && _bug == DecoderBug.StaysInTraining);

    /// <summary>Writes all parameters to a file, as float64.</summary>
    /// <param name="path">The file.</param>
    public void Save(string path)
    {
        using var writer = new BinaryWriter(File.Create(path));
        foreach (var weight in _weights.Values)
            foreach (var value in weight.Doubles()) writer.Write(value);
    }

    /// <summary>Reads all parameters from a file that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    public void Load(string path)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        using var reader = new BinaryReader(File.OpenRead(path));
        foreach (var weight in _weights.Values)
        {
            var values = new double[weight.numel()];
            for (var i = 0; i < values.Length; i++) values[i] = reader.ReadDouble();
            weight.copy_(tensor(values, weight.shape));
        }
        if (_bug == DecoderBug.UntiedByLoading) Untie();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var weight in _weights.Values) weight.Dispose();
        _staleHead?.Dispose();
    }

    private Tensor CreateWeight(string name, long[] shape, Generator generator)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        var deviation = _bug == DecoderBug.EmbeddingOfUnitVariance && name == "embedding" ? 1 : _options.Deviation;
        var weight = shape.Length > 1 ? randn(shape, float32, generator: generator) * deviation
            : name.EndsWith("bias", StringComparison.Ordinal) ? zeros(shape) : ones(shape);
        return Own(weight).requires_grad_();
    }

    private void Replace(Func<Tensor, Tensor> change)
    {
        using var scope = NewDisposeScope();
        foreach (var (name, weight) in _weights.ToArray())
        {
            _weights[name] = Own(change(weight.detach()).clone()).requires_grad_();
            weight.Dispose();
        }
        if (_staleHead is { } stale)
        {
            _staleHead = Own(change(stale).clone());
            stale.Dispose();
        }
        if (_bug == DecoderBug.UntiedByConversion && _weights["embedding"].dtype != float32) Untie();
    }

    private void Untie() => _weights["head"] = Own(Head.detach().clone()).requires_grad_();

    // Parameters outlive the scope in which they are created.
    private static Tensor Own(Tensor tensor) => tensor.DetachFromDisposeScope();
}
