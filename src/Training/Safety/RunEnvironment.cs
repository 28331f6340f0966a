using TurkishLlm.Model;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;

namespace TurkishLlm.Training.Safety;

/// <summary>
/// Everything that a run takes from its machine. Tests replace parts of it: a full disk, little memory, a clock that jumps.
/// </summary>
public sealed record RunEnvironment
{
    /// <summary>The environment of this machine.</summary>
    public static RunEnvironment Current { get; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Returns the free bytes of the volume that holds a folder.</summary>
    public Func<string, long> GetFreeBytes { get; init; } = folder => new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;

    /// <summary>
    /// Computes the gradient of a step and returns its loss, as <see cref="GradientAccumulation.Compute"/> does.
    /// </summary>
    public Func<LanguageModel, IEnumerable<IMicroBatch>, LossTermCount, double> ComputeGradient { get; init; } =
        (model, microBatches, targets) => GradientAccumulation.Compute(model, microBatches, targets);

    /// <summary>The processes that train together; by default this one alone.</summary>
    public IProcessGroup ProcessGroup { get; init; } = SingleProcessGroup.Instance;

    /// <summary>Ends the process with a message and exit code 1.</summary>
    public Action<string> TerminateProcess { get; init; } = ProcessTermination.Terminate;
}
