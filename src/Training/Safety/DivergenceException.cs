using System.Globalization;

namespace TurkishLlm.Training.Safety;

/// <summary>Thrown when a batch would harm the model and the plan does not skip it. The weights were not changed.</summary>
public sealed class DivergenceException : Exception
{
    /// <param name="step">The step that failed.</param>
    /// <param name="learningRate">Its learning rate.</param>
    /// <param name="checkResult">The verdict about the batch.</param>
    public DivergenceException(long step, double learningRate, DivergenceCheckResult checkResult)
        : base(string.Create(CultureInfo.InvariantCulture,
            $"Training stopped at step {step}: {checkResult.Cause}, at learning rate {learningRate:0.##E+0}. "
                + $"The weights are those of step {step - 1}. {GetAdvice(checkResult)}")) =>
        (Step, LearningRate, CheckResult) = (step, learningRate, checkResult);

    /// <summary>The step that failed.</summary>
    public long Step { get; }

    /// <summary>Its learning rate.</summary>
    public double LearningRate { get; }

    /// <summary>The verdict about the batch.</summary>
    public DivergenceCheckResult CheckResult { get; }

    private static string GetAdvice(DivergenceCheckResult checkResult)
    {
        const string slower = "Resume from the last checkpoint with a lower optimizer.learning_rate or a longer "
            + "optimizer.warmup_steps";
        if (checkResult.IsLimitReached)
            return "The run has already refused as many batches as safety.max_refused_batches allows, so "
                + "single bad batches are not the cause. "
                + $"{slower}{(checkResult.IsFinite ? ", with a higher safety.spike_zscore" : "")}, or with a "
                    + "higher safety.max_refused_batches.";
        return $"{slower}, or let safety.{(checkResult.IsFinite ? "on_spike" : "on_divergence")} skip such batches.";
    }
}
