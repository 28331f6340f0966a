using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>Remembers what it is told of a run, and may stop it.</summary>
internal sealed class Watcher(long? stopAfter = null, CancellationTokenSource? source = null) : IRunObserver
{
    public List<RunEvent> Events { get; } = [];

    /// <summary>What is done when a checkpoint was written.</summary>
    public Action<string> OnSaved { get; init; } = _ => { };

    public void Stepped(StepMetrics numbers)
    {
        if (numbers.Step == stopAfter) source?.Cancel();
    }

    public void Sampled(TextSample sample)
    {
    }

    public void Saved(string folder) => OnSaved(folder);

    public void Happened(RunEvent what) => Events.Add(what);
}
