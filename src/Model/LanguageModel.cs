using TorchSharp;
using TurkishLlm.Kernels;
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
    private readonly AlibiBias _bias;
    private readonly ComputeType _compute;
    private readonly Fused _fused;

    /// <param name="parameters">The weights; the caller keeps owning them.</param>
    /// <param name="compute">Number type of matrix products.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <param name="adapter">What is added to some of the weights; null for nothing. The caller keeps owning it.</param>
    public LanguageModel(ParameterTable parameters, ComputeType compute = ComputeType.Float32, Fused fused = Fused.All, Adapter? adapter = null)
    {
        (Parameters, Trained) = (parameters, adapter?.Parameters ?? parameters);
        (_compute, _fused) = (compute, fused);
        _embedding = parameters["embed_tokens.weight"];
        _head = parameters.Config.TieEmbeddings ? _embedding : parameters["lm_head.weight"];
        _blocks = [.. Enumerable.Range(0, Config.NLayers).Select(i => new TransformerBlock(parameters, i, compute, fused, adapter))];
        _norm = new RmsNorm(parameters["norm.weight"], Config.NormEps, fused);
        _bias = new AlibiBias(Config.NHeads, Device);
    }

    /// <summary>Sizes of the model.</summary>
    public ModelConfig Config => Parameters.Config;

    /// <summary>The weights.</summary>
    public ParameterTable Parameters { get; }

    /// <summary>What learns: the adapter where there is one, else the weights.</summary>
    public ParameterTable Trained { get; }

    /// <summary>Where the weights are.</summary>
    public Device Device => _embedding.device;

    /// <summary>The normed residual stream that enters the head.</summary>
    /// <param name="ids">Token ids, <c>[b, t]</c>, int64.</param>
    /// <param name="training">True to drop activations at the rate of the configuration.</param>
    /// <param name="cache">Positions before <paramref name="ids"/>; gets theirs added. Null when there are none.</param>
    /// <param name="starts">
    /// The first position that each may read, <c>[b, t]</c>, int64: where a row holds several texts, the first position of its own.
    /// Null where all read from the first. Positions are relative, so nothing else tells the texts of a row apart.
    /// </param>
    /// <returns><c>[b, t, width]</c>, float32.</returns>
    /// <exception cref="ShapeException">
    /// <paramref name="ids"/> does not have two axes or is empty, or <paramref name="starts"/> has others.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// An id is outside the vocabulary, a start is behind its position, or the cache is for another model or batch.
    /// </exception>
    public Tensor Hidden(Tensor ids, bool training = false, KeyValueCache? cache = null, Tensor? starts = null)
    {
        CheckInputs(ids, cache, starts);
        var (b, t) = (ids.size(0), ids.size(1));
        var x = _embedding.index_select(0, ids.reshape(-1)).view(b, t, Config.DModel);       // [b, t, width]
        if (training && Config.Dropout > 0) x = F.dropout(x, Config.Dropout, training);

        foreach (var block in _blocks)
        {
            // What a block made on the way is freed with it; autograd itself holds what its backward pass needs.
            using var scope = NewDisposeScope();
            x = block.Forward(x, _bias, training, cache, starts).MoveToOuterDisposeScope();
        }
        cache?.Advance(t);
        return _norm.Forward(x);
    }

    /// <summary>A score for every token of the vocabulary, at every position.</summary>
    /// <inheritdoc cref="Hidden"/>
    /// <returns><c>[b, t, vocabulary]</c>, float32.</returns>
    public Tensor Forward(Tensor ids, bool training = false, KeyValueCache? cache = null, Tensor? starts = null) =>
        MatrixProduct.Linear(Hidden(ids, training, cache, starts), _head, _compute, _fused);

    /// <summary>Scores for the token after the last one; the head reads no other position.</summary>
    /// <param name="ids">Token ids, <c>[b, t]</c>, int64.</param>
    /// <param name="cache">Positions before <paramref name="ids"/>; gets theirs added.</param>
    /// <returns><c>[b, vocabulary]</c>, float32.</returns>
    public Tensor NextTokenLogits(Tensor ids, KeyValueCache? cache = null) =>
        MatrixProduct.Linear(Hidden(ids, training: false, cache).select(1, ids.size(1) - 1), _head, _compute, _fused);

    /// <summary>The loss of every position.</summary>
    /// <param name="ids">Token ids, <c>[b, t]</c>, int64.</param>
    /// <param name="targets">The token that follows each, <c>[b, t]</c>, int64; <see cref="CrossEntropy.Ignored"/> counts for nothing.</param>
    /// <param name="training">True to drop activations at the rate of the configuration.</param>
    /// <returns>Nats, <c>[b, t]</c>, float32; 0 where ignored.</returns>
    /// <exception cref="ArgumentException">There is not one target for each id, or one is no token.</exception>
    public Tensor Losses(Tensor ids, Tensor targets, bool training = false) =>
        CrossEntropy.PerToken(Forward(ids, training), targets);

    /// <summary>The sum of <see cref="Losses"/>, without ever holding the logits of all positions where a kernel can do it.</summary>
    /// <param name="ids">Token ids, <c>[b, t]</c>, int64.</param>
    /// <param name="targets">The token that follows each, <c>[b, t]</c>, int64; <see cref="CrossEntropy.Ignored"/> counts for nothing.</param>
    /// <param name="training">True to drop activations at the rate of the configuration.</param>
    /// <param name="scale">What each loss counts, such as one over the targets of a step.</param>
    /// <param name="starts">The first position that each may read; see <see cref="Hidden"/>.</param>
    /// <param name="counted">Positions whose targets count, <c>[n]</c>, int64, as if all rows stood in one: the head reads no other. Null to let it read all.</param>
    /// <returns>Nats, a single float32.</returns>
    /// <exception cref="ArgumentException">
    /// There is not one target for each id, one is no token, or a counted position is outside the rows.
    /// </exception>
    public Tensor LossSum(Tensor ids, Tensor targets, bool training = false, double scale = 1, Tensor? starts = null, Tensor? counted = null)
    {
        CheckTargets(ids, targets, counted);
        var hidden = Hidden(ids, training, starts: starts).reshape(-1, Config.DModel);      // [b·t, width]
        var wanted = targets.reshape(-1);                                                   // [b·t]
        if (counted is not null) (hidden, wanted) = (hidden.index_select(0, counted), wanted.index_select(0, counted));
        return HeadLossSum(hidden, wanted, scale);
    }

    /// <summary>The sum of the losses of some positions.</summary>
    /// <param name="hidden">Rows of <see cref="Hidden"/>, <c>[n, width]</c>.</param>
    /// <param name="targets">The token that follows each, <c>[n]</c>, int64; <see cref="CrossEntropy.Ignored"/> counts for nothing.</param>
    /// <param name="scale">What each loss counts.</param>
    /// <returns>Nats, a single float32.</returns>
    /// <exception cref="ArgumentException">There is not one target for each row, or one is no token.</exception>
    public Tensor HeadLossSum(Tensor hidden, Tensor targets, double scale = 1)
    {
        ShapeException.ThrowUnless(hidden, nameof(HeadLossSum), ("rows", null), ("width", Config.DModel));
        ShapeException.ThrowUnless(targets, $"{nameof(HeadLossSum)}, targets", ("rows", hidden.size(0)));
        CrossEntropy.ThrowUnlessTargets(targets, Config.VocabSize, Device);
        var inBFloat16 = _compute == ComputeType.BFloat16;
        return FusedOperators.Has(_fused, Fused.Loss, hidden)
            ? FusedOperators.LinearCrossEntropy(hidden, _head, targets, CrossEntropy.Ignored, scale, inBFloat16)
            : CrossEntropy.PerToken(MatrixProduct.Linear(hidden, _head, _compute, _fused), targets).sum() * scale;
    }

    /// <inheritdoc/>
    public void Dispose() => _bias.Dispose();

    private void CheckInputs(Tensor ids, KeyValueCache? cache, Tensor? starts)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ShapeException.ThrowUnless(ids, nameof(LanguageModel), ("batch", null), ("time", null));
        var (b, t) = (ids.size(0), ids.size(1));
        if (b == 0 || t == 0)
            throw new ShapeException(
                $"{nameof(LanguageModel)} takes at least one row and one position but received [{b}, {t}].");
        TokenIds.ThrowUnlessOn(ids, "ids", Device);
        TokenIds.ThrowUnlessWithin(
            ids, "ids", 0, Config.VocabSize,
            $"the vocabulary has {Config.VocabSize} tokens, from 0 on. The tokenizer belongs to another model.");
        cache?.ThrowUnlessFor(Config, b);
        if (starts is null) return;
        if (cache is not null)
            throw new ArgumentException("A cache holds one text per row, so there is nothing to keep apart.", nameof(starts));
        ShapeException.ThrowUnless(starts, "starts", ("batch", b), ("time", t));
        TokenIds.ThrowUnlessOn(starts, "starts", Device);
        TokenIds.ThrowUnlessStarts(starts);
    }

    private void CheckTargets(Tensor ids, Tensor targets, Tensor? counted)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(targets);
        if (!targets.shape.AsSpan().SequenceEqual(ids.shape))
            throw new ShapeException(
                $"{nameof(LossSum)} takes a target for each id but received ids {TensorDescription.Shape(ids.shape)} "
                + $"and targets {TensorDescription.Shape(targets.shape)}.");
        if (counted is null) return;
        ShapeException.ThrowUnless(counted, "counted", ("positions", null));
        TokenIds.ThrowUnlessOn(counted, "counted", Device);
        TokenIds.ThrowUnlessWithin(counted, "counted", 0, ids.numel(), $"there are {ids.numel()} positions, from 0 on.");
    }
}
