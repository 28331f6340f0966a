using TurkishLlm.Model;

namespace TurkishLlm.Training.Objectives;

/// <summary>Rows that go through the model in one forward and backward pass.</summary>
public interface IMicroBatch : IDisposable
{
    /// <summary>
    /// Number of loss terms: targets, or preference pairs. Known on the host, so no device has to be synchronized.
    /// </summary>
    long LossTerms { get; }

    /// <summary>Adds the gradient of the summed losses to the trainable parameters.</summary>
    /// <param name="model">The model.</param>
    /// <param name="scale">Factor of each loss, such as one over the loss terms of the step.</param>
    /// <param name="training">True to apply dropout.</param>
    /// <returns>The scaled sum of the losses, in nats.</returns>
    double Backward(LanguageModel model, double scale, bool training);

    /// <summary>Splits the micro-batch into parts that need less memory.</summary>
    /// <param name="maxRows">Largest number of rows, or preference pairs, of a part.</param>
    /// <returns>The parts; this micro-batch itself if it has no more rows than that.</returns>
    IEnumerable<IMicroBatch> Split(int maxRows);
}
