using TorchSharp;
using TurkishLlm.Kernels;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Layers;

/// <summary>
/// The last layer: logits and losses of hidden states. Tokens that the model lacks have a logit of −∞ and no part in the loss.
/// </summary>
/// <remarks>
/// Without absent tokens this is one matrix product. With them, the loss reads a head without their rows, so that the fused
/// kernel need not know of them. A begin of text that is absent is the end of text to the model, so as a target it has the loss
/// of that. Spec: IMP-03.
/// </remarks>
internal sealed class OutputHead : IDisposable
{
    private readonly Tensor _weight;
    private readonly ComputeType _compute;
    private readonly FusedKernels _fused;
    private readonly AbsentTokens _absent;
    private readonly Tensor? _absentIds, _presentIds, _rows;

    /// <param name="weight"><c>[vocabulary, width]</c>, float32. Not owned.</param>
    /// <param name="absent">Tokens that the model lacks.</param>
    /// <param name="compute">Number type of the product.</param>
    /// <param name="fused">The kernels that may be used.</param>
    public OutputHead(Tensor weight, AbsentTokens absent, ComputeType compute, FusedKernels fused)
    {
        (_weight, _absent, _compute, _fused) = (weight, absent, compute, fused);
        if (absent.Count == 0) return;
        var vocabulary = (int)weight.size(0);
        var present = Enumerable.Range(0, vocabulary).Where(id => !absent.Contains(id)).Select(id => (long)id).ToArray();
        var rows = new long[vocabulary];
        for (var row = 0; row < present.Length; row++) rows[present[row]] = row;
        using var scope = NewDisposeScope();
        (_absentIds, _presentIds, _rows) = (Move(absent.Ids.Select(id => (long)id).ToArray()), Move(present), Move(rows));

        Tensor Move(long[] values) => tensor(values, int64).to(weight.device).DetachFromDisposeScope();
    }

    /// <summary>Computes logits.</summary>
    /// <param name="hidden"><c>[…, width]</c></param>
    /// <returns><c>[…, vocabulary]</c>, float32.</returns>
    public Tensor Forward(Tensor hidden)
    {
        var logits = MatrixProduct.Linear(hidden, _weight, _compute, _fused);
        return _absentIds is null ? logits : logits.index_fill(-1, _absentIds, float.NegativeInfinity);
    }

    /// <summary>Computes the sum of the losses of rows.</summary>
    /// <param name="hidden"><c>[n, width]</c></param>
    /// <param name="targets"><c>[n]</c>, int64; <see cref="CrossEntropy.IgnoreIndex"/> is ignored.</param>
    /// <param name="scale">Factor of each loss.</param>
    /// <returns>Nats, a float32 scalar.</returns>
    /// <exception cref="ArgumentException">A target is a token that the model lacks.</exception>
    public Tensor ComputeLossSum(Tensor hidden, Tensor targets, double scale)
    {
        var (weight, rows) = (_weight, targets);
        if (_presentIds is not null)
        {
            weight = _weight.index_select(0, _presentIds);
            var wanted = ReplaceBeginOfText(targets);
            rows = _rows!.index_select(0, wanted.clamp_min(0)).where(wanted.ne(CrossEntropy.IgnoreIndex), wanted);
        }
        return FusedOperators.CanUse(_fused, FusedKernels.Loss, hidden)
            ? FusedOperators.LinearCrossEntropy(
                hidden, weight, rows, CrossEntropy.IgnoreIndex, scale, _compute == ComputeType.BFloat16)
            : CrossEntropy.ComputePerToken(MatrixProduct.Linear(hidden, weight, _compute, _fused), rows).sum() * scale;
    }

    /// <summary>Computes the loss of every position.</summary>
    /// <param name="hidden"><c>[b, t, width]</c></param>
    /// <param name="targets"><c>[b, t]</c>, int64; <see cref="CrossEntropy.IgnoreIndex"/> is ignored.</param>
    /// <returns>Nats, <c>[b, t]</c>, float32.</returns>
    /// <exception cref="ArgumentException">A target is a token that the model lacks.</exception>
    public Tensor ComputeLosses(Tensor hidden, Tensor targets) =>
        CrossEntropy.ComputePerToken(Forward(hidden), ReplaceBeginOfText(targets));

    /// <inheritdoc/>
    public void Dispose()
    {
        _absentIds?.Dispose();
        _presentIds?.Dispose();
        _rows?.Dispose();
    }

    private Tensor ReplaceBeginOfText(Tensor targets)
    {
        if (_absentIds is null) return targets;
        var wanted = _absent.Contains(AbsentTokens.BeginOfText)
            ? targets.masked_fill(targets.eq(AbsentTokens.BeginOfText), AbsentTokens.EndOfText)
            : targets;
        // On CUDA, each check would synchronize the device; see TokenIdChecks.
        if (targets.device_type == DeviceType.CPU && wanted.isin(_absentIds).any().ToBoolean())
            throw new ArgumentException(
                $"A target is one of the tokens {_absent}, which the imported model lacks. Fine-tune the model first.",
                nameof(targets));
        return wanted;
    }
}
