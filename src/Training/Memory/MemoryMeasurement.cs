using System.Diagnostics;
using TurkishLlm.Plans;
using TurkishLlm.Training.Speed;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Memory;

/// <summary>Measures the memory of a plan by running its steps on random tokens; no file is read or written.</summary>
public static class MemoryMeasurement
{
    /// <summary>Runs steps, the validation of a row, and another step.</summary>
    /// <param name="plan">The plan; its device is the CPU.</param>
    /// <param name="steps">Number of steps; the first ones allocate the most.</param>
    /// <returns>Peak memory of this process so far, in bytes.</returns>
    public static long MeasurePeak(TrainingPlan plan, int steps)
    {
        new RandomTokenSteps(plan, CPU).Run(steps);
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
