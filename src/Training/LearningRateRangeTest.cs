using TurkishLlm.Monitoring.Diagnosis;
using TurkishLlm.Plans;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Training;

/// <summary>Learning rates of a range test.</summary>
/// <param name="First">Learning rate of the first step.</param>
/// <param name="Last">Learning rate of the last step.</param>
/// <param name="Steps">Number of steps, at least 2; the rate rises by the same factor from step to step.</param>
public sealed record LearningRateRange(double First = 1e-6, double Last = 1, int Steps = 120)
{
    /// <summary>Returns the learning rate of a step.</summary>
    /// <param name="step">Number of the step, from 1.</param>
    public double GetRate(int step) => First * Math.Pow(Last / First, (step - 1) / (double)(Steps - 1));
}

/// <summary>
/// A throw-away run of a plan with a learning rate that rises exponentially: the loss shows which rates are too low, good and
/// too high.
/// </summary>
/// <remarks>
/// The steps are those of the run, on its first batches, from its initial weights, with its optimizer and clipping; only the
/// schedule is replaced. Nothing is logged or saved. Source: Smith 2017, arXiv:1506.01186, section 3.3. Spec: OPT-27.
/// </remarks>
public static class LearningRateRangeTest
{
    // The test ends when the mean of the last losses is above their lowest mean by this share: later rates only destroy.
    private const double LargestRise = 0.25;
    private const int RecentSteps = 5;

    /// <summary>
    /// Returns the plan of the test: a folder for what the data must store, and no check that would skip a batch or stop before
    /// the loss shows it.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="scratch">An empty folder, which the caller deletes.</param>
    public static TrainingPlan Prepare(TrainingPlan plan, string scratch)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return plan with
        {
            RunFolder = scratch,
            Safety = plan.Safety with
            {
                OnDivergence = DivergenceAction.Stop,
                OnSpike = DivergenceAction.Log,
                SpikeZScore = 0,
            },
        };
    }

    /// <summary>Takes the steps of the test until the last one, until the loss has risen, or until it is not finite.</summary>
    /// <param name="clearance">Proof that the specification holds for a plan that <see cref="Prepare"/> returned.</param>
    /// <param name="range">The learning rates.</param>
    /// <param name="report">Receives every step; null for nothing.</param>
    /// <param name="cancellationToken">Ends the test after the current step.</param>
    /// <exception cref="OperationCanceledException">The test was canceled.</exception>
    public static LearningRateCurve Run(
        Clearance clearance, LearningRateRange range, Action<int, double, double>? report = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(range);
        using var trainer = Trainer.Create(clearance);
        var points = new List<(double Rate, double Loss)>();
        var lowest = double.PositiveInfinity;
        for (var step = 1; step <= range.Steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rate = range.GetRate(step);
            try
            {
                points.Add((rate, trainer.TakeStep(rate).Loss));
            }
            catch (DivergenceException)
            {
                break;      // the weights of the step before, which its rate has thrown out of range
            }
            report?.Invoke(step, rate, points[^1].Loss);
            var recent = points.TakeLast(RecentSteps).Average(point => point.Loss);
            lowest = Math.Min(lowest, recent);
            if (recent > (1 + LargestRise) * lowest) break;
        }
        return new(points);
    }
}
