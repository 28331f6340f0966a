using TurkishLlm.Model;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;

namespace TurkishLlm.Training.Safety;

/// <summary>What a run takes from the machine it is on. Another one can be given: a full disk, little memory, a clock that jumps.</summary>
public sealed record RunEnvironment
{
    /// <summary>The machine at hand.</summary>
    public static RunEnvironment Current { get; } = new();

    /// <summary>Tells the time, and wakes who watches it.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Bytes that can still be written to the volume of a folder.</summary>
    public Func<string, long> GetFreeBytes { get; init; } = folder => new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;

    /// <summary>Computes the gradient of a step and returns its loss, as <see cref="GradientAccumulation.Compute"/> does.</summary>
    public Func<LanguageModel, IEnumerable<IMicroBatch>, LossTermCount, double> ComputeGradient { get; init; } =
        (model, microBatches, targets) => GradientAccumulation.Compute(model, microBatches, targets);

    /// <summary>The processes that train together; this one alone when nothing is said.</summary>
    public IProcessGroup ProcessGroup { get; init; } = SingleProcessGroup.Instance;

    /// <summary>Ends the process, with last words and exit code 1.</summary>
    public Action<string> TerminateProcess { get; init; } = ProcessTermination.Terminate;
}
