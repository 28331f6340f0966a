using TurkishLlm.Model;
using TurkishLlm.Model.Layers;

namespace TurkishLlm.Training.Memory;

/// <summary>
/// Bytes that one micro-batch leaves for its backward pass, by kind: what the operators of <see cref="LanguageModel"/> and the
/// kernels of src/Kernels keep. An operator that keeps something else has to be told here.
/// </summary>
/// <param name="config">The model.</param>
/// <param name="rows">Sequences of the micro-batch, b.</param>
/// <param name="length">Tokens of a sequence, t.</param>
/// <param name="compute">Number type of matrix products.</param>
/// <param name="device">The device.</param>
internal sealed class ActivationMemory(ModelConfig config, long rows, long length, ComputeType compute, DeviceMemory device)
{
    private const long Single = 4, Half = 2, Id = 8;

    private readonly long _tokens = rows * length, _width = config.DModel, _inner = config.DFf, _kv = (long)config.NKvHeads * config.HeadDim, _vocabulary = config.VocabSize;

    private bool IsHalf => compute == ComputeType.BFloat16;

    /// <summary>Inputs and targets.</summary>
    public long Batch => 2 * Id * _tokens;

    /// <summary>The stream before each norm, with one number a row. The final norm included.</summary>
    public long Norms => (2 * config.NLayers + 1) * _tokens * Single * (_width + 1);

    /// <summary>The streams alone, which the pass keeps to its end.</summary>
    public long Streams => (config.NLayers + 1) * _tokens * _width * Single;

    /// <summary>Normed input, queries, keys, values, mixture, and scores where they are stored.</summary>
    public long Attention => config.NLayers * (Operands(_width) + (StoresScores ? PlainAttention : device.HeadPadding > 0 ? WideAttention : KernelAttention));

    /// <summary>Normed input, gate and up.</summary>
    public long FeedForward => config.NLayers * (Operands(_width) + 2 * _tokens * _inner * (device.RoundsGates ? Operand : Single));

    /// <summary>Two masks a block and one on the embedding.</summary>
    public long Masks => config.Dropout > 0 ? (2 * config.NLayers + 1) * _tokens * _width * device.MaskBytes : 0;

    /// <summary>Weights rounded for products, which their gradients need again.</summary>
    public long RoundedWeights => IsHalf ? config.NLayers * (2 * _width * _width + 2 * _width * _kv + 3 * _width * _inner) * Half : 0;

    /// <summary>Exponentials of a chunk of rows, and rounded operands.</summary>
    public long Loss => Math.Min(_tokens, device.LossRows) * (_vocabulary + _width) * Operand + LossAlone;

    /// <summary>The same where no gradient is asked for.</summary>
    public long LossAlone => IsHalf ? (_tokens + _vocabulary) * _width * Half : 0;

    /// <summary>Gradients of the head and its input, which are made along with the loss.</summary>
    public long LossGradients => (_tokens + _vocabulary) * _width * Single;

    /// <summary>Gradients within the last block on the way back, beyond what it has given back: the widest are those of gate and up.</summary>
    public long BlockBackward => Math.Max(
        _tokens * (2 * _inner * Single + _inner * Operand + 2 * _width * Single),
        StoresScores ? 3 * Scores * Single : 0);

    /// <summary>Gradients of head and embedding side by side, before one is added to the other.</summary>
    public long EmbeddingGradients => 2 * _vocabulary * _width * Single;

    /// <summary>A block of a pass that keeps nothing.</summary>
    public long WithoutGradients => 2 * _tokens * _width * Single + Math.Max((Attention + Norms) / config.NLayers, FeedForward / config.NLayers);

    private long Scores => rows * config.NHeads * length * length;

    private long KernelAttention => _tokens * Single * (2 * _width + 2 * _kv + config.NHeads) + (IsHalf ? Operands(_width) : 0);

    // Rounded queries, keys, values and mixture, all heads of them wider; the mixture as it was; one number a row.
    private long WideAttention => _tokens * Half * (2 * Wide(config.NHeads) + 2 * Wide(config.NKvHeads)) + _tokens * Single * config.NHeads + Operands(_width);

    private long Wide(int heads) => heads * ((long)config.HeadDim + device.HeadPadding);

    // Scaled queries, keys, values and mixture as operands of products; the weights after the softmax, and rounded ones.
    private long PlainAttention => Operands(2 * _width + 2 * _kv) + Scores * (IsHalf ? Single + Half : Single);

    private long Operand => IsHalf ? Half : Single;

    // A device has attention of its own in bfloat16 only.
    private bool StoresScores => device.HeadPadding > 0 && !IsHalf;

    // What a product keeps of its input: the input itself, which others share, or one rounded copy.
    private long Operands(long width) => _tokens * width * Operand;
}
