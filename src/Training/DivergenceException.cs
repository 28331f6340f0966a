namespace TurkishLlm.Training;

/// <summary>The loss or the gradient is not a number any more. The weights were not moved by it.</summary>
public sealed class DivergenceException : Exception
{
    /// <param name="step">The step that failed.</param>
    /// <param name="loss">Its loss.</param>
    /// <param name="gradientNorm">Norm of its gradient.</param>
    /// <param name="learningRate">Its learning rate.</param>
    public DivergenceException(long step, double loss, double gradientNorm, double learningRate)
        : base(FormattableString.Invariant(
            $"Training stopped at step {step}: the loss is {loss}, the gradient norm {gradientNorm}, at learning rate {learningRate:0.##E+0}. The weights of step {step - 1} are untouched. Go on from the last checkpoint with a lower optimizer.learning_rate or a longer optimizer.warmup_steps."))
    {
    }
}
