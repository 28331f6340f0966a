using TurkishLlm.Runs.Logs;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>Records the events of a run, and can stop it.</summary>
internal sealed class RecordingObserver(long? stopAfter = null, CancellationTokenSource? source = null) : IRunObserver
{
    public List<RunEvent> Events { get; } = [];

    /// <summary>Called after a checkpoint was written.</summary>
    public Action<string> OnSaved { get; init; } = _ => { };

    public void OnStep(StepMetrics metrics)
    {
        if (metrics.Step == stopAfter) source?.Cancel();
    }

    public void OnSample(TextSample sample)
    {
    }

    public void OnCheckpointSaved(string folder) => OnSaved(folder);

    public void OnEvent(RunEvent runEvent) => Events.Add(runEvent);
}
