using System.Globalization;

namespace TurkishLlm.Training.Safety;

/// <summary>A batch would have harmed the model, and the plan does not skip it. The weights were not moved by it.</summary>
public sealed class DivergenceException : Exception
{
    /// <param name="step">The step that was tried.</param>
    /// <param name="learningRate">Its learning rate.</param>
    /// <param name="checkResult">What is wrong with the batch.</param>
    public DivergenceException(long step, double learningRate, DivergenceCheckResult checkResult)
        : base(string.Create(CultureInfo.InvariantCulture,
            $"Training stopped at step {step}: {checkResult.Cause}, at learning rate {learningRate:0.##E+0}. The weights of step {step - 1} are untouched. {GetAdvice(checkResult)}")) =>
        (Step, LearningRate, CheckResult) = (step, learningRate, checkResult);

    /// <summary>The step that was tried.</summary>
    public long Step { get; }

    /// <summary>Its learning rate.</summary>
    public double LearningRate { get; }

    /// <summary>What is wrong with the batch.</summary>
    public DivergenceCheckResult CheckResult { get; }

    private static string GetAdvice(DivergenceCheckResult checkResult)
    {
        const string slower = "Go on from the last checkpoint with a lower optimizer.learning_rate or a longer optimizer.warmup_steps";
        if (checkResult.IsLimitReached)
            return $"As many batches were refused before as safety.max_refused_batches allows: this is no accident of the data. {slower}{(checkResult.IsFinite ? ", with a higher safety.spike_zscore" : "")}, or with a higher safety.max_refused_batches.";
        return $"{slower}, or let safety.{(checkResult.IsFinite ? "on_spike" : "on_divergence")} skip such batches.";
    }
}
