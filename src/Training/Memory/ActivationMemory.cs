using TurkishLlm.Model;
using TurkishLlm.Model.Layers;

namespace TurkishLlm.Training.Memory;

/// <summary>
/// Bytes that one micro-batch keeps for its backward pass, by kind: what the operators of <see cref="LanguageModel"/> and the
/// kernels of src/Kernels save. Update it when an operator saves something else.
/// </summary>
/// <param name="config">The model.</param>
/// <param name="rows">Rows of the micro-batch, b.</param>
/// <param name="length">Tokens of a row, t.</param>
/// <param name="compute">Number type of matrix products.</param>
/// <param name="device">The device.</param>
internal sealed class ActivationMemory(ModelConfig config, long rows, long length, ComputeType compute, DeviceMemory device)
{
    private const long Single = 4, Half = 2, Id = 8;

    private readonly long _tokens = rows * length,
        _width = config.DModel,
        _inner = config.DFf,
        _kv = (long)config.NKvHeads * config.HeadDim,
        _vocabulary = config.VocabSize;

    private bool IsHalf => compute == ComputeType.BFloat16;

    /// <summary>Inputs and targets.</summary>
    public long Batch => 2 * Id * _tokens;

    /// <summary>The residual stream before each norm, and one number per row. Includes the final norm.</summary>
    public long Norms => (2 * config.NLayers + 1) * _tokens * Single * (_width + 1);

    /// <summary>The residual streams alone, which are kept until the end of the pass.</summary>
    public long Streams => (config.NLayers + 1) * _tokens * _width * Single;

    /// <summary>Normed input, queries, keys, values, attention output, and the scores if they are stored.</summary>
    public long Attention =>
        config.NLayers
        * (
            Operands(_width)
            + (
                StoresScores ? PlainAttention
                : device.HeadPadding > 0 ? WideAttention
                : KernelAttention));

    /// <summary>Normed input, gate and up.</summary>
    public long FeedForward =>
        config.NLayers * (Operands(_width) + 2 * _tokens * _inner * (device.RoundsGates ? Operand : Single));

    /// <summary>Dropout masks: two per block and one for the embedding.</summary>
    public long Masks => config.Dropout > 0 ? (2 * config.NLayers + 1) * _tokens * _width * device.MaskBytes : 0;

    /// <summary>Weights rounded to bfloat16 for products, which their gradients need again.</summary>
    public long RoundedWeights =>
        IsHalf ? config.NLayers * (2 * _width * _width + 2 * _width * _kv + 3 * _width * _inner) * Half : 0;

    /// <summary>Exponentials of a chunk of rows, and the rounded operands.</summary>
    public long Loss => Math.Min(_tokens, device.LossRows) * (_vocabulary + _width) * Operand + LossAlone;

    /// <summary>The same without gradients.</summary>
    public long LossAlone => IsHalf ? (_tokens + _vocabulary) * _width * Half : 0;

    /// <summary>Gradients of the head and its input, which are computed together with the loss.</summary>
    public long LossGradients => (_tokens + _vocabulary) * _width * Single;

    /// <summary>
    /// Gradients in the backward pass of the last block, beyond what it has freed; those of gate and up are the largest.
    /// </summary>
    public long BlockBackward => Math.Max(
        _tokens * (2 * _inner * Single + _inner * Operand + 2 * _width * Single),
        StoresScores ? 3 * Scores * Single : 0);

    /// <summary>Gradients of head and embedding before one is added to the other.</summary>
    public long EmbeddingGradients => 2 * _vocabulary * _width * Single;

    /// <summary>One block of a pass without gradients.</summary>
    public long WithoutGradients =>
        2 * _tokens * _width * Single + Math.Max((Attention + Norms) / config.NLayers, FeedForward / config.NLayers);

    private long Scores => rows * config.NHeads * length * length;

    private long KernelAttention => _tokens * Single * (2 * _width + 2 * _kv + config.NHeads) + (IsHalf ? Operands(_width) : 0);

    // Rounded queries, keys, values and attention output, with all heads padded; the unrounded attention output; one number per
    // row.
    private long WideAttention =>
        _tokens * Half * (2 * Wide(config.NHeads) + 2 * Wide(config.NKvHeads))
        + _tokens * Single * config.NHeads
        + Operands(_width);

    private long Wide(int heads) => heads * ((long)config.HeadDim + device.HeadPadding);

    // Scaled queries, keys, values and attention output as operands of products; the weights after the softmax, and rounded ones.
    private long PlainAttention => Operands(2 * _width + 2 * _kv) + Scores * (IsHalf ? Single + Half : Single);

    private long Operand => IsHalf ? Half : Single;

    // Devices other than the CPU have a fused attention in bfloat16 only.
    private bool StoresScores => device.HeadPadding > 0 && !IsHalf;

    // What a product saves of its input: the input itself, which other products share, or one rounded copy.
    private long Operands(long width) => _tokens * width * Operand;
}
