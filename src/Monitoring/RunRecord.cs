using TurkishLlm.Data.Batches;
using TurkishLlm.Model;
using TurkishLlm.Monitoring.Diagnosis;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Monitoring;

/// <summary>Whether a run goes on.</summary>
public enum RunState
{
    /// <summary>A process holds the folder's claim.</summary>
    Running,

    /// <summary>The last step of the plan was taken.</summary>
    Finished,

    /// <summary>Neither.</summary>
    Interrupted,
}

/// <summary>All that a run folder tells of its run, read once.</summary>
public sealed class RunRecord
{
    private RunRecord(RunFolder folder)
    {
        Folder = folder;
        Plan = TrainingPlan.Load(folder.PlanFile, []);
        Steps = DropReplacedSteps(MetricsLog.Read(folder.MetricsFile));
        Machines = Hardware.Read(folder);
        Events = [.. EventLog.Read(folder.EventsFile)];
        Progress = new RunProgress(Plan, Machines, Steps);
        TrainingTokens = Plan.Sft is null && Plan.Preference is null ? TryCountTokens(Plan.Data.Shards) : null;
    }

    /// <summary>Where it was read from.</summary>
    public RunFolder Folder { get; }

    /// <summary>The plan in effect.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>The numbers of every step, ascending.</summary>
    public IReadOnlyList<StepMetrics> Steps { get; }

    /// <summary>What it was computed on.</summary>
    public IReadOnlyList<Hardware> Machines { get; }

    /// <summary>What happened on the way.</summary>
    public IReadOnlyList<RunEvent> Events { get; }

    /// <summary>Sums and means over <see cref="Steps"/>.</summary>
    public RunProgress Progress { get; }

    /// <summary>Tokens of the training split; null where the shards are not there any more.</summary>
    public long? TrainingTokens { get; }

    /// <summary>Steps taken.</summary>
    public long LastStep => Steps.Count > 0 ? Steps[^1].Step : 0;

    /// <summary>Whether it goes on.</summary>
    public RunState State => Folder.IsLocked ? RunState.Running : LastStep >= Plan.Training.Steps ? RunState.Finished : RunState.Interrupted;

    /// <summary>What the curves say.</summary>
    public IReadOnlyList<CurveFinding> Findings => CurveDiagnosis.Diagnose(new LossCurves(Plan, Steps, TrainingTokens));

    /// <summary>Reads a run, finished or not, while it is being written too.</summary>
    /// <exception cref="FileNotFoundException">The folder has no plan.</exception>
    /// <exception cref="ConfigurationException">The plan is of another kind of run.</exception>
    /// <exception cref="InvalidDataException">A file of the run is not what it should be; says which.</exception>
    public static RunRecord Read(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return new(folder);
    }

    /// <summary>The first line at which the smoothed loss was no more than a bound; null where it never was.</summary>
    /// <param name="loss">The bound, in nats.</param>
    public StepMetrics? FindFirstAtOrBelow(double loss)
    {
        var mean = new ExponentialMovingAverage();
        return Steps.FirstOrDefault(line => mean.Add(line.Loss) <= loss);
    }

    // Where a run was rolled back, the later lines of a step are those that count.
    private static List<StepMetrics> DropReplacedSteps(IEnumerable<StepMetrics> lines)
    {
        var steps = new List<StepMetrics>();
        foreach (var line in lines)
        {
            while (steps.Count > 0 && steps[^1].Step >= line.Step) steps.RemoveAt(steps.Count - 1);
            steps.Add(line);
        }
        return steps;
    }

    private static long? TryCountTokens(string shards)
    {
        try
        {
            return ShardManifest.Read(shards).CountTokens(DataSplit.Train);
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            return null;
        }
    }
}
