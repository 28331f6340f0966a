using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Model;

/// <summary>A decoder: from the tokens so far to a score for every token that could come next.</summary>
/// <remarks>
/// Spec: P36–P42, ATT, TIE, LOS, SFT-14. Source: reference report, sections 2 and 16.
/// Holds no state of its own but the biases of the last length: weights live in tables, training mode is an argument.
/// </remarks>
public sealed class LanguageModel : IDisposable
{
    private readonly Tensor _embedding, _head;
    private readonly TransformerBlock[] _blocks;
    private readonly RmsNorm _norm;
    private readonly AlibiBiasCache _bias;
    private readonly ComputeType _compute;
    private readonly FusedKernels _fused;

    /// <param name="parameters">The weights; the caller keeps owning them.</param>
    /// <param name="compute">Number type of matrix products.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <param name="adapter">What is added to some of the weights; null for nothing. The caller keeps owning it.</param>
    public LanguageModel(ParameterTable parameters, ComputeType compute = ComputeType.Float32, FusedKernels fused = FusedKernels.All, Adapter? adapter = null)
    {
        (Parameters, TrainableParameters) = (parameters, adapter?.Parameters ?? parameters);
        (_compute, _fused) = (compute, fused);
        _embedding = parameters["embed_tokens.weight"];
        _head = parameters.Config.TieEmbeddings ? _embedding : parameters["lm_head.weight"];
        _blocks = [.. Enumerable.Range(0, Config.NLayers).Select(i => new TransformerBlock(parameters, i, compute, fused, adapter))];
        _norm = new RmsNorm(parameters["norm.weight"], Config.NormEps, fused);
        _bias = new AlibiBiasCache(Config.NHeads, Device);
    }

    /// <summary>Sizes of the model.</summary>
    public ModelConfig Config => Parameters.Config;

    /// <summary>The weights.</summary>
    public ParameterTable Parameters { get; }

    /// <summary>What learns: the adapter where there is one, else the weights.</summary>
    public ParameterTable TrainableParameters { get; }

    /// <summary>Where the weights are.</summary>
    public Device Device => _embedding.device;

    /// <summary>The normed residual stream that enters the head.</summary>
    /// <param name="ids">Token ids, <c>[b, t]</c>, int64.</param>
    /// <param name="training">True to drop activations at the rate of the configuration.</param>
    /// <param name="cache">Positions before <paramref name="ids"/>; gets theirs added. Null when there are none.</param>
    /// <param name="segmentStarts">
    /// The first position that each may read, <c>[b, t]</c>, int64: where a row holds several texts, the first position of its own.
    /// Null where all read from the first. Positions are relative, so nothing else tells the texts of a row apart.
    /// </param>
    /// <returns><c>[b, t, width]</c>, float32.</returns>
    /// <exception cref="ShapeException">
    /// <paramref name="ids"/> does not have two axes or is empty, or <paramref name="segmentStarts"/> has others.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// An id is outside the vocabulary, a start is behind its position, or the cache is for another model or batch.
    /// </exception>
    public Tensor ForwardHidden(Tensor ids, bool training = false, KeyValueCache? cache = null, Tensor? segmentStarts = null)
    {
        CheckInputs(ids, cache, segmentStarts);
        var (b, t) = (ids.size(0), ids.size(1));
        var x = _embedding.index_select(0, ids.reshape(-1)).view(b, t, Config.DModel);       // [b, t, width]
        if (training && Config.Dropout > 0) x = F.dropout(x, Config.Dropout, training);

        foreach (var block in _blocks)
        {
            // What a block made on the way is freed with it; autograd itself holds what its backward pass needs.
            using var scope = NewDisposeScope();
            x = block.Forward(x, _bias, training, cache, segmentStarts).MoveToOuterDisposeScope();
        }
        cache?.Advance(t);
        return _norm.Forward(x);
    }

    /// <summary>A score for every token of the vocabulary, at every position.</summary>
    /// <inheritdoc cref="ForwardHidden"/>
    /// <returns><c>[b, t, vocabulary]</c>, float32.</returns>
    public Tensor Forward(Tensor ids, bool training = false, KeyValueCache? cache = null, Tensor? segmentStarts = null) =>
        MatrixProduct.Linear(ForwardHidden(ids, training, cache, segmentStarts), _head, _compute, _fused);

    /// <summary>Scores for the token after the last one; the head reads no other position.</summary>
    /// <param name="ids">Token ids, <c>[b, t]</c>, int64.</param>
    /// <param name="cache">Positions before <paramref name="ids"/>; gets theirs added.</param>
    /// <returns><c>[b, vocabulary]</c>, float32.</returns>
    public Tensor ComputeNextTokenLogits(Tensor ids, KeyValueCache? cache = null) =>
        MatrixProduct.Linear(ForwardHidden(ids, training: false, cache).select(1, ids.size(1) - 1), _head, _compute, _fused);

    /// <summary>The loss of every position.</summary>
    /// <param name="ids">Token ids, <c>[b, t]</c>, int64.</param>
    /// <param name="targets">The token that follows each, <c>[b, t]</c>, int64; <see cref="CrossEntropy.IgnoreIndex"/> counts for nothing.</param>
    /// <param name="training">True to drop activations at the rate of the configuration.</param>
    /// <returns>Nats, <c>[b, t]</c>, float32; 0 where ignored.</returns>
    /// <exception cref="ArgumentException">There is not one target for each id, or one is no token.</exception>
    public Tensor ComputeLosses(Tensor ids, Tensor targets, bool training = false) =>
        CrossEntropy.ComputePerToken(Forward(ids, training), targets);

    /// <summary>The sum of <see cref="ComputeLosses"/>, without ever holding the logits of all positions where a kernel can do it.</summary>
    /// <param name="ids">Token ids, <c>[b, t]</c>, int64.</param>
    /// <param name="targets">The token that follows each, <c>[b, t]</c>, int64; <see cref="CrossEntropy.IgnoreIndex"/> counts for nothing.</param>
    /// <param name="training">True to drop activations at the rate of the configuration.</param>
    /// <param name="scale">What each loss counts, such as one over the targets of a step.</param>
    /// <param name="segmentStarts">The first position that each may read; see <see cref="ForwardHidden"/>.</param>
    /// <param name="lossPositions">Positions whose targets count, <c>[n]</c>, int64, as if all rows stood in one: the head reads no other. Null to let it read all.</param>
    /// <returns>Nats, a single float32.</returns>
    /// <exception cref="ArgumentException">
    /// There is not one target for each id, one is no token, or a counted position is outside the rows.
    /// </exception>
    public Tensor ComputeLossSum(Tensor ids, Tensor targets, bool training = false, double scale = 1, Tensor? segmentStarts = null, Tensor? lossPositions = null)
    {
        CheckTargets(ids, targets, lossPositions);
        var hidden = ForwardHidden(ids, training, segmentStarts: segmentStarts).reshape(-1, Config.DModel);      // [b·t, width]
        var wanted = targets.reshape(-1);                                                   // [b·t]
        if (lossPositions is not null) (hidden, wanted) = (hidden.index_select(0, lossPositions), wanted.index_select(0, lossPositions));
        return ComputeHeadLossSum(hidden, wanted, scale);
    }

    /// <summary>The sum of the losses of some positions.</summary>
    /// <param name="hidden">Rows of <see cref="ForwardHidden"/>, <c>[n, width]</c>.</param>
    /// <param name="targets">The token that follows each, <c>[n]</c>, int64; <see cref="CrossEntropy.IgnoreIndex"/> counts for nothing.</param>
    /// <param name="scale">What each loss counts.</param>
    /// <returns>Nats, a single float32.</returns>
    /// <exception cref="ArgumentException">There is not one target for each row, or one is no token.</exception>
    public Tensor ComputeHeadLossSum(Tensor hidden, Tensor targets, double scale = 1)
    {
        ShapeException.ThrowIfMismatch(hidden, nameof(ComputeHeadLossSum), ("rows", null), ("width", Config.DModel));
        ShapeException.ThrowIfMismatch(targets, $"{nameof(ComputeHeadLossSum)}, targets", ("rows", hidden.size(0)));
        CrossEntropy.ThrowIfInvalidTargets(targets, Config.VocabSize, Device);
        var inBFloat16 = _compute == ComputeType.BFloat16;
        return FusedOperators.CanUse(_fused, FusedKernels.Loss, hidden)
            ? FusedOperators.LinearCrossEntropy(hidden, _head, targets, CrossEntropy.IgnoreIndex, scale, inBFloat16)
            : CrossEntropy.ComputePerToken(MatrixProduct.Linear(hidden, _head, _compute, _fused), targets).sum() * scale;
    }

    /// <inheritdoc/>
    public void Dispose() => _bias.Dispose();

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
            $"the vocabulary has {Config.VocabSize} tokens, from 0 on. The tokenizer belongs to another model.");
        cache?.ThrowIfIncompatible(Config, b);
        if (segmentStarts is null) return;
        if (cache is not null)
            throw new ArgumentException("A cache holds one text per row, so there is nothing to keep apart.", nameof(segmentStarts));
        ShapeException.ThrowIfMismatch(segmentStarts, "starts", ("batch", b), ("time", t));
        TokenIdChecks.ThrowIfWrongTypeOrDevice(segmentStarts, "starts", Device);
        TokenIdChecks.ThrowIfInvalidSegmentStarts(segmentStarts);
    }

    private void CheckTargets(Tensor ids, Tensor targets, Tensor? lossPositions)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(targets);
        if (!targets.shape.AsSpan().SequenceEqual(ids.shape))
            throw new ShapeException(
                $"{nameof(ComputeLossSum)} takes a target for each id but received ids {TensorDescription.FormatShape(ids.shape)} "
                + $"and targets {TensorDescription.FormatShape(targets.shape)}.");
        if (lossPositions is null) return;
        ShapeException.ThrowIfMismatch(lossPositions, "counted", ("positions", null));
        TokenIdChecks.ThrowIfWrongTypeOrDevice(lossPositions, "counted", Device);
        TokenIdChecks.ThrowIfOutOfRange(lossPositions, "counted", 0, ids.numel(), $"there are {ids.numel()} positions, from 0 on.");
    }
}
