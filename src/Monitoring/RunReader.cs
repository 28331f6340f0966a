using TurkishLlm.Data.Batches;
using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Monitoring;

/// <summary>
/// Reads a run folder again and again while the run trains. Of the metrics, each call reads only what was appended, so its time
/// does not depend on the length of the run.
/// </summary>
/// <param name="folder">The run folder.</param>
public sealed class RunReader(RunFolder folder)
{
    private readonly MetricsTail _metrics = new(folder.MetricsFile);
    private FileIdentity? _planFile;
    private TrainingPlan? _plan;
    private IReadOnlyList<Hardware> _machines = [];
    private RunProgress? _progress;
    private int _added;
    private long? _trainingTokens;

    /// <summary>Reads the current state. The record shares its steps with this object and is valid until the next call.</summary>
    /// <exception cref="FileNotFoundException">The folder has no plan.</exception>
    /// <exception cref="ConfigurationException">The plan is of another kind of run.</exception>
    /// <exception cref="InvalidDataException">A file of the run is invalid; the message names it.</exception>
    public RunRecord Read()
    {
        var plan = ReadPlan();
        var machines = Hardware.Read(folder);
        var unchanged = _metrics.Read();
        var progress = _progress;
        if (progress is null || unchanged < _added || !machines.SequenceEqual(_machines))
        {
            // The pace is that since the run started or resumed.
            var resumedAfter = machines is [.., var machine] ? machine.AfterStep : 0;
            var earlier = _metrics.Steps.TakeWhile(line => line.Step <= resumedAfter).ToArray();
            (progress, _added) = (new(plan, machines, earlier), earlier.Length);
        }
        for (; _added < _metrics.Steps.Count; _added++) progress.Add(_metrics.Steps[_added]);
        (_machines, _progress) = (machines, progress);
        return new(folder, plan, _metrics.Steps, machines, progress, _trainingTokens);
    }

    private TrainingPlan ReadPlan()
    {
        var file = File.Exists(folder.PlanFile) ? FileIdentity.Read(folder.PlanFile) : null;
        if (_plan is { } known && file is not null && file == _planFile) return known;
        _progress = null;
        var plan = TrainingPlan.Load(folder.PlanFile, []);
        _trainingTokens = plan.Sft is null && plan.Preference is null && plan.Grpo is null
            ? TryCountTokens(plan.Data.Shards) : null;
        (_plan, _planFile) = (plan, file);
        return plan;
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
