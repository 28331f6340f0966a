using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Training;

/// <summary>Receives the progress of a run.</summary>
public interface IRunObserver
{
    /// <summary>Called after each step.</summary>
    void OnStep(StepMetrics metrics);

    /// <summary>Called after each generated sample.</summary>
    void OnSample(TextSample sample);

    /// <summary>Called after a checkpoint was written to a folder.</summary>
    void OnCheckpointSaved(string folder);

    /// <summary>
    /// Called for everything that is not a step. Stalls are reported from another thread, while the step hangs.
    /// </summary>
    void OnEvent(RunEvent runEvent)
    {
    }
}
