namespace TurkishLlm.Monitoring;

/// <summary>Names states of runs.</summary>
public static class RunStateText
{
    /// <summary>Describes a state: at the gate, running, finished, interrupted.</summary>
    public static string Describe(this RunState state) =>
        state == RunState.AtGate ? "at the gate" : state.ToString().ToLowerInvariant();
}
