using TurkishLlm.Model;
using TurkishLlm.Monitoring.Diagnosis;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Monitoring;

/// <summary>State of a run.</summary>
public enum RunState
{
    /// <summary>A process opens the gate, before it trains in the folder.</summary>
    AtGate,

    /// <summary>A process holds the lock of the folder.</summary>
    Running,

    /// <summary>The last step of the plan was taken.</summary>
    Finished,

    /// <summary>Not running, and steps of the plan are missing.</summary>
    Interrupted,
}

/// <summary>Everything that a run folder records, read once.</summary>
public sealed class RunRecord
{
    internal RunRecord(
        RunFolder folder, TrainingPlan plan, IReadOnlyList<StepMetrics> steps, IReadOnlyList<Hardware> machines,
        RunProgress progress, long? trainingTokens)
    {
        (Folder, Plan, Steps, Machines, Progress) = (folder, plan, steps, machines, progress);
        TrainingTokens = trainingTokens;
        Events = [.. EventLog.Read(folder.EventsFile)];
    }

    /// <summary>The run folder.</summary>
    public RunFolder Folder { get; }

    /// <summary>The plan of the run.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>The metrics of every step, ascending.</summary>
    public IReadOnlyList<StepMetrics> Steps { get; }

    /// <summary>The hardware of the run.</summary>
    public IReadOnlyList<Hardware> Machines { get; }

    /// <summary>The events of the run.</summary>
    public IReadOnlyList<RunEvent> Events { get; }

    /// <summary>Smoothed loss, speed and cost over <see cref="Steps"/>.</summary>
    public RunProgress Progress { get; }

    /// <summary>Tokens of the training split; null if the shards no longer exist.</summary>
    public long? TrainingTokens { get; }

    /// <summary>Number of the last step taken.</summary>
    public long LastStep => Steps.Count > 0 ? Steps[^1].Step : 0;

    /// <summary>Whether the run is at the gate, running, finished or interrupted.</summary>
    public RunState State =>
        Folder.IsLocked ? RunState.Running
        : Folder.IsAtGate ? RunState.AtGate
        : LastStep >= Plan.Training.Steps ? RunState.Finished
        : RunState.Interrupted;

    /// <summary>The findings of <see cref="CurveDiagnosis"/>.</summary>
    public IReadOnlyList<CurveFinding> Findings => CurveDiagnosis.Diagnose(new LossCurves(Plan, Steps, TrainingTokens));

    /// <summary>Reads a run. It may still be running.</summary>
    /// <exception cref="FileNotFoundException">The folder has no plan.</exception>
    /// <exception cref="ConfigurationException">The plan is of another kind of run.</exception>
    /// <exception cref="InvalidDataException">A file of the run is invalid; the message names it.</exception>
    public static RunRecord Read(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return new RunReader(folder).Read();
    }

    /// <summary>Finds the first step with a smoothed loss at or below a bound, or null.</summary>
    /// <param name="loss">The bound, in nats.</param>
    public StepMetrics? FindFirstAtOrBelow(double loss)
    {
        var mean = new ExponentialMovingAverage();
        return Steps.FirstOrDefault(line => mean.Add(line.Loss) <= loss);
    }
}
