using TurkishLlm.Specification.LanguageModels.Oracles;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>Computes the cross-entropy of every position, in nats; 0 where the target is ignored.</summary>
/// <param name="logits"><c>[b, t, V]</c>, float32 or bfloat16.</param>
/// <param name="targets"><c>[b, t]</c>, ids or the ignore index.</param>
/// <returns><c>[b, t]</c>, float32.</returns>
public delegate Tensor LossFunction(Tensor logits, Tensor targets);

/// <summary>Computes the mean cross-entropy over the targets that are not ignored, in nats.</summary>
/// <param name="logits"><c>[b, t, V]</c>, float32 or bfloat16.</param>
/// <param name="targets"><c>[b, t]</c>, ids or the ignore index.</param>
/// <returns>A scalar, float32.</returns>
public delegate Tensor MeanLoss(Tensor logits, Tensor targets);

/// <summary>Logits and targets.</summary>
/// <param name="Batch">Rows.</param>
/// <param name="Time">Positions; unlike the rows, so that the two cannot be confused.</param>
/// <param name="Vocabulary">Entries.</param>
/// <param name="Scale">Standard deviation of the logits.</param>
public sealed record LossCase(int Batch, int Time, int Vocabulary, double Scale)
{
    internal static IReadOnlyList<LossCase> Usual { get; } = [new(3, 7, 31, 3), new(2, 11, 300, 6)];

    /// <summary>Draws logits, <c>[batch, time, vocabulary]</c>.</summary>
    /// <param name="at">Seed and device.</param>
    /// <param name="salt">Selects the random stream.</param>
    public Tensor Logits(Conditions at, long salt = 70) => at.Normal(salt, Scale, Batch, Time, Vocabulary);

    /// <summary>
    /// Draws targets, <c>[batch, time]</c>: about a third are ignored, the first one is, and the first and last id occur.
    /// </summary>
    /// <param name="at">Seed and device.</param>
    public Tensor Targets(Conditions at)
    {
        const long ignored = CrossEntropyOracle.IgnoreIndex;
        var targets = at.Ids(71, Vocabulary, Batch, Time).masked_fill(at.Ids(72, 3, Batch, Time).eq(0), ignored);
        targets[0, 0] = tensor(ignored, device: at.Device);
        targets[0, 1] = tensor(0L, device: at.Device);
        if (Time > 2) targets[0, 2] = tensor(Vocabulary - 1L, device: at.Device);
        return targets;
    }
}
