using System.Globalization;

namespace TurkishLlm.Training;

/// <summary>A batch would have harmed the model, and the plan does not skip it. The weights were not moved by it.</summary>
public sealed class DivergenceException : Exception
{
    /// <param name="step">The step that was tried.</param>
    /// <param name="learningRate">Its learning rate.</param>
    /// <param name="verdict">What is wrong with the batch.</param>
    public DivergenceException(long step, double learningRate, BatchVerdict verdict)
        : base(string.Create(CultureInfo.InvariantCulture,
            $"Training stopped at step {step}: {verdict.Cause}, at learning rate {learningRate:0.##E+0}. The weights of step {step - 1} are untouched. {Advice(verdict)}")) =>
        (Step, LearningRate, Verdict) = (step, learningRate, verdict);

    /// <summary>The step that was tried.</summary>
    public long Step { get; }

    /// <summary>Its learning rate.</summary>
    public double LearningRate { get; }

    /// <summary>What is wrong with the batch.</summary>
    public BatchVerdict Verdict { get; }

    private static string Advice(BatchVerdict verdict)
    {
        const string slower = "Go on from the last checkpoint with a lower optimizer.learning_rate or a longer optimizer.warmup_steps";
        if (verdict.TooMany)
            return $"As many batches were refused before as safety.max_events allows: this is no accident of the data. {slower}{(verdict.IsFinite ? ", with a higher safety.spike_zscore" : "")}, or with a higher safety.max_events.";
        return $"{slower}, or let safety.{(verdict.IsFinite ? "on_spike" : "on_divergence")} skip such batches.";
    }
}
