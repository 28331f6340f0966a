namespace TurkishLlm.Data.FineTuning;

/// <summary>What becomes of an example that stays too long when its context has been cut.</summary>
public enum ExcessLengthStrategy
{
    /// <summary>It is left out and counted.</summary>
    Drop,

    /// <summary>
    /// Its last exchanges are dropped; of a single one, the end of the answer, and then its end of turn too: an answer that
    /// breaks off must not teach to stop.
    /// </summary>
    Truncate,
}
