using TurkishLlm.Model;

namespace TurkishLlm.Training.Objectives;

/// <summary>A part of a step that goes through the model at once.</summary>
public interface IMicroBatch : IDisposable
{
    /// <summary>How many things its losses are summed over: targets, or pairs of answers. Known on the host so that no device is asked.</summary>
    long LossTerms { get; }

    /// <summary>Adds the gradient of the summed losses to what learns.</summary>
    /// <param name="model">Where it goes through.</param>
    /// <param name="scale">What each loss counts, such as one over all that count in the step.</param>
    /// <param name="training">True to drop activations at the rate of the configuration.</param>
    /// <returns>The sum, each loss counted so; in nats.</returns>
    double Backward(LanguageModel model, double scale, bool training);

    /// <summary>The same in parts that take less memory at once.</summary>
    /// <param name="maxRows">Most rows of a part, or pairs of answers.</param>
    /// <returns>The parts; this one itself where it has no more rows than that.</returns>
    IEnumerable<IMicroBatch> Split(int maxRows);
}
