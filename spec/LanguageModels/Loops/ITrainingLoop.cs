using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>What the requirements of a training loop need to see of it.</summary>
public interface ITrainingLoop : IDisposable
{
    /// <summary>
    /// The tensors that the optimizer changes, by name, one entry per storage; with master weights, these. The requirements also
    /// write to them between steps.
    /// </summary>
    IReadOnlyDictionary<string, Tensor> Parameters { get; }

    /// <summary>Makes one optimizer update.</summary>
    /// <param name="microBatches">The rows of the step. Micro-batches may have different numbers of rows and of targets.</param>
    StepResult Step(IReadOnlyList<TokenRows> microBatches);

    /// <summary>Writes everything that the next step depends on.</summary>
    /// <param name="folder">An empty folder.</param>
    void Save(string folder);

    /// <summary>Reads what <see cref="Save"/> of a loop with the same options, except for the seed, wrote.</summary>
    /// <param name="folder">The folder.</param>
    void Load(string folder);
}

/// <summary>Rows of tokens with what follows each of them.</summary>
/// <param name="Ids">Token ids [rows, time], int64.</param>
/// <param name="Targets">The next token of each position [rows, time], int64; −100 if it does not count.</param>
public sealed record TokenRows(Tensor Ids, Tensor Targets);

/// <summary>What a step reports. What is null is not judged.</summary>
/// <param name="Loss">Mean loss over the counted targets of the step, before the update, in nats.</param>
/// <param name="GradientNorm">Norm of all gradients before clipping.</param>
/// <param name="LearningRate">Learning rate of the update.</param>
/// <param name="Skipped">True if the loop refused the update because something was not finite.</param>
public sealed record StepResult(double Loss, double? GradientNorm = null, double? LearningRate = null, bool Skipped = false)
{
    /// <summary>
    /// The gradients as the optimizer received them, by name of the parameter. With them the bounds are those of rounding;
    /// without them, updates are compared.
    /// </summary>
    public IReadOnlyDictionary<string, double[]>? Gradients { get; init; }
}
