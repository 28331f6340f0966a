using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Kernels.Autograd;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Model;

/// <summary>A decoder-only transformer language model: computes next-token logits from token ids.</summary>
/// <remarks>
/// Spec: P36–P42, ATT, TIE, LOS, SFT-14. Source: reference report, sections 2 and 16. The only state is a cache of the biases of
/// the last length: weights are in parameter tables, training mode is an argument.
/// </remarks>
public sealed class LanguageModel : IDisposable
{
    private readonly Tensor _embedding;
    private readonly OutputHead _head;
    private readonly TransformerBlock[] _blocks;
    private readonly RmsNorm _norm;
    private readonly AlibiBiasCache _bias;
    private readonly bool _recomputesBlocks, _drawsRandomNumbers;

    /// <param name="parameters">The weights. Not owned.</param>
    /// <param name="compute">Number type of matrix products.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <param name="adapter">Adapter to apply; null for none. Not owned.</param>
    /// <param name="recomputesBlocks">
    /// True to compute the activations of blocks again in the backward pass instead of keeping them.
    /// </param>
    /// <exception cref="NotSupportedException">
    /// Blocks with dropout are recomputed on another device than the CPU, where random numbers cannot be drawn again.
    /// </exception>
    public LanguageModel(
        ParameterTable parameters,
        ComputeType compute = ComputeType.Float32,
        FusedKernels fused = FusedKernels.All,
        Adapter? adapter = null,
        bool recomputesBlocks = false)
    {
        (Parameters, TrainableParameters, Adapter) = (parameters, adapter?.Parameters ?? parameters, adapter);
        _recomputesBlocks = recomputesBlocks;
        _embedding = parameters["embed_tokens.weight"];
        _head = new OutputHead(
            Config.TieEmbeddings ? _embedding : parameters["lm_head.weight"], Config.AbsentTokens, compute, fused);
        _blocks =
        [
            .. Enumerable.Range(0, Config.NLayers).Select(i => new TransformerBlock(parameters, i, compute, fused, adapter)),
        ];
        _norm = new RmsNorm(parameters["norm.weight"], Config.NormEps, fused);
        _bias = new AlibiBiasCache(Config.NHeads, Device);
        _drawsRandomNumbers = Config.Dropout > 0 || adapter?.Lora.Dropout > 0;
        if (recomputesBlocks && _drawsRandomNumbers && Device.type != DeviceType.CPU)
            throw new NotSupportedException(
                $"Blocks with dropout cannot be recomputed on {Device}; their random numbers can be drawn again on the CPU.");
    }

    /// <summary>The configuration of the model.</summary>
    public ModelConfig Config => Parameters.Config;

    /// <summary>The weights.</summary>
    public ParameterTable Parameters { get; }

    /// <summary>The trainable parameters: those of the adapter if there is one, otherwise the weights.</summary>
    public ParameterTable TrainableParameters { get; }

    /// <summary>The adapter; null for none.</summary>
    public Adapter? Adapter { get; }

    /// <summary>Device of the weights.</summary>
    public Device Device => _embedding.device;

    /// <summary>Computes the final hidden states: the normed residual stream before the head.</summary>
    /// <param name="ids">Token ids, <c>[b, t]</c>, int64.</param>
    /// <param name="training">True to apply dropout.</param>
    /// <param name="cache">
    /// Keys and values of earlier positions, to which those of <paramref name="ids"/> are appended; null for none.
    /// </param>
    /// <param name="segmentStarts">
    /// First position that each position may attend to, <c>[b, t]</c>, int64; for packed rows, the start of its own segment. Null
    /// if all attend to the whole row. Positions are relative, so nothing else separates the segments of a row.
    /// </param>
    /// <returns><c>[b, t, width]</c>, float32.</returns>
    /// <exception cref="ShapeException">
    /// <paramref name="ids"/> does not have two axes or is empty, or <paramref name="segmentStarts"/> has others.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// An id is outside the vocabulary, a segment start is after its position, or the cache is for another model or batch size.
    /// </exception>
    public Tensor ForwardHidden(Tensor ids, bool training = false, KeyValueCache? cache = null, Tensor? segmentStarts = null)
    {
        CheckInputs(ids, cache, segmentStarts);
        var (b, t) = (ids.size(0), ids.size(1));
        var x = _embedding.index_select(0, ids.reshape(-1)).view(b, t, Config.DModel);       // [b, t, width]
        if (training && Config.Dropout > 0) x = F.dropout(x, Config.Dropout, training);

        for (var layer = 0; layer < _blocks.Length; layer++)
        {
            // Intermediate results of a block are freed with its scope; autograd itself holds what the backward pass needs.
            using var scope = NewDisposeScope();
            var block = _blocks[layer];
            x = (_recomputesBlocks && cache is null && is_grad_enabled()
                ? Recomputation.Run(
                    RequireGradient(x, layer), input => block.Forward(input, _bias, training, cache: null, segmentStarts),
                    training && _drawsRandomNumbers)
                : block.Forward(x, _bias, training, cache, segmentStarts)).MoveToOuterDisposeScope();
        }
        cache?.Advance(t);
        return _norm.Forward(x);
    }

    /// <summary>Computes the logits of all positions.</summary>
    /// <inheritdoc cref="ForwardHidden"/>
    /// <returns><c>[b, t, vocabulary]</c>, float32.</returns>
    public Tensor Forward(Tensor ids, bool training = false, KeyValueCache? cache = null, Tensor? segmentStarts = null) =>
        _head.Forward(ForwardHidden(ids, training, cache, segmentStarts));

    /// <summary>Computes the logits of the next token; the head reads only the last position.</summary>
    /// <param name="ids">Token ids, <c>[b, t]</c>, int64.</param>
    /// <param name="cache">Keys and values of earlier positions, to which those of <paramref name="ids"/> are appended.</param>
    /// <returns><c>[b, vocabulary]</c>, float32.</returns>
    public Tensor ComputeNextTokenLogits(Tensor ids, KeyValueCache? cache = null) =>
        _head.Forward(ForwardHidden(ids, training: false, cache).select(1, ids.size(1) - 1));

    /// <summary>Computes the loss of every position.</summary>
    /// <param name="ids">Token ids, <c>[b, t]</c>, int64.</param>
    /// <param name="targets">
    /// Target of each position, the next token, <c>[b, t]</c>, int64; <see cref="CrossEntropy.IgnoreIndex"/> is ignored.
    /// </param>
    /// <param name="training">True to apply dropout.</param>
    /// <returns>Nats, <c>[b, t]</c>, float32; 0 for ignored targets.</returns>
    /// <exception cref="ArgumentException">
    /// The numbers of ids and targets differ, or a target is outside the vocabulary.
    /// </exception>
    public Tensor ComputeLosses(Tensor ids, Tensor targets, bool training = false) =>
        _head.ComputeLosses(ForwardHidden(ids, training), targets);

    /// <summary>
    /// Computes the sum of <see cref="ComputeLosses"/>. With the fused kernel, the logits of all positions never exist together.
    /// </summary>
    /// <param name="ids">Token ids, <c>[b, t]</c>, int64.</param>
    /// <param name="targets">
    /// Target of each position, the next token, <c>[b, t]</c>, int64; <see cref="CrossEntropy.IgnoreIndex"/> is ignored.
    /// </param>
    /// <param name="training">True to apply dropout.</param>
    /// <param name="scale">Factor of each loss, such as one over the targets of a step.</param>
    /// <param name="segmentStarts">First position that each position may attend to; see <see cref="ForwardHidden"/>.</param>
    /// <param name="lossPositions">
    /// Positions with targets, <c>[n]</c>, int64, in the flattened rows: the head reads only these. Null to read all.
    /// </param>
    /// <returns>Nats, a float32 scalar.</returns>
    /// <exception cref="ArgumentException">
    /// The numbers of ids and targets differ, a target is outside the vocabulary, or a loss position is outside the rows.
    /// </exception>
    public Tensor ComputeLossSum(
        Tensor ids, Tensor targets,
        bool training = false,
        double scale = 1,
        Tensor? segmentStarts = null,
        Tensor? lossPositions = null)
    {
        CheckTargets(ids, targets, lossPositions);
        var hidden = ForwardHidden(ids, training, segmentStarts: segmentStarts).reshape(-1, Config.DModel);      // [b·t, width]
        var wanted = targets.reshape(-1);                                                   // [b·t]
        if (lossPositions is not null)
            (hidden, wanted) = (hidden.index_select(0, lossPositions), wanted.index_select(0, lossPositions));
        return ComputeHeadLossSum(hidden, wanted, scale);
    }

    /// <summary>Computes the sum of the losses of some hidden states.</summary>
    /// <param name="hidden">Rows of <see cref="ForwardHidden"/>, <c>[n, width]</c>.</param>
    /// <param name="targets">Target of each row, <c>[n]</c>, int64; <see cref="CrossEntropy.IgnoreIndex"/> is ignored.</param>
    /// <param name="scale">Factor of each loss.</param>
    /// <returns>Nats, a float32 scalar.</returns>
    /// <exception cref="ArgumentException">
    /// The numbers of rows and targets differ, or a target is outside the vocabulary.
    /// </exception>
    public Tensor ComputeHeadLossSum(Tensor hidden, Tensor targets, double scale = 1)
    {
        ShapeException.ThrowIfMismatch(hidden, nameof(ComputeHeadLossSum), ("rows", null), ("width", Config.DModel));
        ShapeException.ThrowIfMismatch(targets, $"{nameof(ComputeHeadLossSum)}, targets", ("rows", hidden.size(0)));
        CrossEntropy.ThrowIfInvalidTargets(targets, Config.VocabSize, Device);
        return _head.ComputeLossSum(hidden, targets, scale);
    }

    /// <summary>Computes the rewards of some hidden states with the scalar head of a reward model.</summary>
    /// <param name="hidden">Rows of <see cref="ForwardHidden"/>, <c>[n, width]</c>.</param>
    /// <returns><c>[n]</c>, float32.</returns>
    /// <exception cref="InvalidOperationException">The model has no reward head.</exception>
    public Tensor ComputeRewards(Tensor hidden)
    {
        if (!Config.HasRewardHead)
            throw new InvalidOperationException("The model has no reward head: it was not trained with preference.reward.");
        ShapeException.ThrowIfMismatch(hidden, nameof(ComputeRewards), ("rows", null), ("width", Config.DModel));
        return RewardHead.Forward(Parameters[RewardHead.WeightName], hidden);
    }

    /// <summary>Computes the logits of some hidden states.</summary>
    /// <param name="hidden">Rows of <see cref="ForwardHidden"/>, <c>[n, width]</c>.</param>
    /// <returns><c>[n, vocabulary]</c>, float32.</returns>
    public Tensor ComputeHeadLogits(Tensor hidden)
    {
        ShapeException.ThrowIfMismatch(hidden, nameof(ComputeHeadLogits), ("rows", null), ("width", Config.DModel));
        return _head.Forward(hidden);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bias.Dispose();
        _head.Dispose();
    }

    // Below the first trained weight the stream has no gradient. A block that is recomputed gets gradients of its weights through
    // that of its input.
    private Tensor RequireGradient(Tensor x, int layer)
    {
        if (x.requires_grad) return x;
        var prefix = $"layers.{layer}.";
        return TrainableParameters.Names.Any(name =>
            name.StartsWith(prefix, StringComparison.Ordinal) && TrainableParameters[name].requires_grad)
            ? x.detach().requires_grad_() : x;
    }

    private void CheckInputs(Tensor ids, KeyValueCache? cache, Tensor? segmentStarts)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ShapeException.ThrowIfMismatch(ids, nameof(LanguageModel), ("batch", null), ("time", null));
        var (b, t) = (ids.size(0), ids.size(1));
        if (b == 0 || t == 0)
            throw new ShapeException(
                $"{nameof(LanguageModel)} takes at least one row and one position but received [{b}, {t}].");
        TokenIdChecks.ThrowIfWrongTypeOrDevice(ids, "ids", Device);
        TokenIdChecks.ThrowIfOutOfRange(
            ids, "ids", 0, Config.VocabSize,
            $"ids are 0 … {Config.VocabSize - 1}. The tokenizer belongs to another model.");
        cache?.ThrowIfIncompatible(Config, b);
        if (segmentStarts is null) return;
        if (cache is not null)
            throw new ArgumentException("A cache holds one segment per row; pass no segment starts.", nameof(segmentStarts));
        ShapeException.ThrowIfMismatch(segmentStarts, "segmentStarts", ("batch", b), ("time", t));
        TokenIdChecks.ThrowIfWrongTypeOrDevice(segmentStarts, "segmentStarts", Device);
        TokenIdChecks.ThrowIfInvalidSegmentStarts(segmentStarts);
    }

    private void CheckTargets(Tensor ids, Tensor targets, Tensor? lossPositions)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(targets);
        if (!targets.shape.AsSpan().SequenceEqual(ids.shape))
            throw new ShapeException(
                $"{nameof(ComputeLossSum)} takes a target for each id but received ids "
                    + $"{TensorDescription.FormatShape(ids.shape)} "
                + $"and targets {TensorDescription.FormatShape(targets.shape)}.");
        if (lossPositions is null) return;
        ShapeException.ThrowIfMismatch(lossPositions, "lossPositions", ("positions", null));
        TokenIdChecks.ThrowIfWrongTypeOrDevice(lossPositions, "lossPositions", Device);
        TokenIdChecks.ThrowIfOutOfRange(lossPositions, "lossPositions", 0, ids.numel(), $"positions are 0 … {ids.numel() - 1}.");
    }
}
