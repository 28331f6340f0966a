using TorchSharp;
using TurkishLlm.Kernels;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Model.Layers;

/// <summary>How surprising the true next token was, in nats.</summary>
/// <remarks>Spec: P37, P38, LOS. The log-sum-exp is taken in float32 whatever the compute type.</remarks>
public static class CrossEntropy
{
    /// <summary>A target that counts for nothing.</summary>
    public const long IgnoreIndex = -1;

    /// <param name="logits"><c>[b, t, vocabulary]</c></param>
    /// <param name="targets"><c>[b, t]</c>, int64; <see cref="IgnoreIndex"/> counts for nothing.</param>
    /// <returns><c>[b, t]</c>, float32; 0 where ignored. The caller divides by the number of counted targets.</returns>
    /// <exception cref="ArgumentException">There is not one target for each row of logits, or one is no token.</exception>
    public static Tensor ComputePerToken(Tensor logits, Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(targets);
        if (logits.ndim == 0 || !logits.shape.AsSpan(..^1).SequenceEqual(targets.shape))
            throw new ShapeException(
                $"{nameof(CrossEntropy)} takes logits [..., vocabulary] and a target for each of their rows but received "
                + $"{TensorDescription.Describe(logits)} and {TensorDescription.Describe(targets)}.");
        ThrowIfInvalidTargets(targets, logits.size(-1), logits.device);
        var rows = logits.to(float32).reshape(-1, logits.size(-1));
        return F.cross_entropy(rows, targets.reshape(-1), ignore_index: IgnoreIndex, reduction: nn.Reduction.None)
            .view(targets.shape);
    }

    /// <exception cref="ArgumentException">A target is neither a token nor <see cref="IgnoreIndex"/>.</exception>
    internal static void ThrowIfInvalidTargets(Tensor targets, long vocabularySize, Device device)
    {
        TokenIdChecks.ThrowIfWrongTypeOrDevice(targets, "targets", device);
        TokenIdChecks.ThrowIfOutOfRange(
            targets, "targets", IgnoreIndex, vocabularySize,
            $"a target is a token of the {vocabularySize}, from 0 on, or {IgnoreIndex}, which counts for nothing.");
    }
}
