namespace TurkishLlm.Plans;

/// <summary>Formats in which a run also writes its metrics, for other programs: list <c>logging</c> of a plan.</summary>
[Flags]
public enum LogFormats
{
    /// <summary>Only <c>metrics.jsonl</c> and <c>samples.jsonl</c>.</summary>
    None = 0,

    /// <summary>Event files that TensorBoard reads.</summary>
    TensorBoard = 1,

    /// <summary>A table of comma-separated values.</summary>
    Csv = 2,
}
