using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Model;

/// <summary>How surprising the true next token was, in nats.</summary>
/// <remarks>Spec: P37, P38, LOS. The log-sum-exp is taken in float32 whatever the compute type.</remarks>
public static class CrossEntropy
{
    /// <summary>A target that counts for nothing.</summary>
    public const long Ignored = -1;

    /// <param name="logits"><c>[b, t, vocabulary]</c></param>
    /// <param name="targets"><c>[b, t]</c>, int64; <see cref="Ignored"/> counts for nothing.</param>
    /// <returns><c>[b, t]</c>, float32; 0 where ignored. The caller divides by the number of counted targets.</returns>
    public static Tensor PerToken(Tensor logits, Tensor targets)
    {
        var rows = logits.to(float32).reshape(-1, logits.size(-1));
        return F.cross_entropy(rows, targets.reshape(-1), ignore_index: Ignored, reduction: nn.Reduction.None)
            .view(targets.shape);
    }
}
