namespace TurkishLlm.Data.FineTuning;

/// <summary>How an example is handled that is too long even after its context was truncated.</summary>
public enum ExcessLengthStrategy
{
    /// <summary>The example is excluded and counted.</summary>
    Drop,

    /// <summary>
    /// The last exchanges are dropped. If only one is left, the end of its answer is removed, including its end of turn, so that
    /// the model does not learn to stop within an answer.
    /// </summary>
    Truncate,
}
