using TurkishLlm.Specification.LanguageModels.Oracles;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>Returns the learning rate of a step, computed in float64: an error of 10⁻¹² of the peak is allowed.</summary>
/// <param name="step">Number of the step, from 1.</param>
public delegate double LearningRateFunction(long step);

/// <summary>A learning-rate schedule.</summary>
/// <param name="Peak">Rate of the last warm-up step.</param>
/// <param name="Minimum">Rate of the last step.</param>
/// <param name="Warmup">Steps of the warm-up.</param>
/// <param name="Steps">Steps of the run.</param>
public sealed record ScheduleCase(double Peak, double Minimum, long Warmup, long Steps)
{
    // Largest change of the rate in a step: of the warm-up, or in the middle of half a cosine.
    internal double LargestChange => Math.Max(Peak / Warmup, Math.PI / 2 * (Peak - Minimum) / (Steps - Warmup));

    internal double Oracle(long step) => CosineScheduleOracle.Rate(step, Peak, Minimum, Warmup, Steps);

    // Every step of a short run, some of a long one, and those around the joints.
    internal IEnumerable<long> Numbers(long last) =>
        Enumerable.Range(0, 101).Select(i => 1 + (last - 1) * i / 100)
            .Concat([Warmup - 1, Warmup, Warmup + 1, (Warmup + Steps) / 2, Steps - 1, Steps])
            .Where(n => n >= 1 && n <= last)
            .Distinct()
            .Order();
}
