using TorchSharp;
using TurkishLlm.Kernels;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Model.Layers;

/// <summary>Cross-entropy: the negative log-probability of the target, in nats.</summary>
/// <remarks>Spec: P37, P38, LOS. The log-sum-exp is computed in float32 with any compute type.</remarks>
public static class CrossEntropy
{
    /// <summary>The target value that is ignored.</summary>
    public const long IgnoreIndex = -1;

    /// <param name="logits"><c>[b, t, vocabulary]</c></param>
    /// <param name="targets"><c>[b, t]</c>, int64; <see cref="IgnoreIndex"/> is ignored.</param>
    /// <returns><c>[b, t]</c>, float32; 0 for ignored targets. The caller divides by the number of other targets.</returns>
    /// <exception cref="ArgumentException">
    /// The numbers of logit rows and targets differ, or a target is outside the vocabulary.
    /// </exception>
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

    /// <exception cref="ArgumentException">A target is neither a token id nor <see cref="IgnoreIndex"/>.</exception>
    internal static void ThrowIfInvalidTargets(Tensor targets, long vocabularySize, Device device)
    {
        TokenIdChecks.ThrowIfWrongTypeOrDevice(targets, "targets", device);
        TokenIdChecks.ThrowIfOutOfRange(
            targets, "targets", IgnoreIndex, vocabularySize,
            $"targets are 0 … {vocabularySize - 1}, or {IgnoreIndex} to be ignored.");
    }
}
