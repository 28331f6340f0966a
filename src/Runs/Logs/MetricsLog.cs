namespace TurkishLlm.Runs.Logs;

/// <summary>The numbers of every step: <c>metrics.jsonl</c>, one JSON object a line.</summary>
public sealed class MetricsLog : IDisposable
{
    private readonly StepLog<StepMetrics> _log;

    private MetricsLog(string file) => _log = new(file, line => line.Step);

    /// <summary>Opens the file for appending and cuts off every line after a step.</summary>
    /// <param name="file">Where it is; made when it is not there.</param>
    /// <param name="afterStep">The last step that counts: that of the checkpoint, or 0 to begin anew.</param>
    /// <exception cref="InvalidDataException">A line before is not a line of this file; says which.</exception>
    /// <exception cref="IOException">The file cannot be written to.</exception>
    public static MetricsLog Open(string file, long afterStep)
    {
        ArgumentNullException.ThrowIfNull(file);
        var log = new MetricsLog(file);
        log._log.Open(afterStep);
        return log;
    }

    /// <summary>Reads a file; nothing where there is none.</summary>
    /// <exception cref="InvalidDataException">A line is not a line of this file; says which.</exception>
    public static IEnumerable<StepMetrics> Read(string file) => StepLog<StepMetrics>.Read(file);

    /// <summary>Adds a line. It is with the operating system when this returns.</summary>
    /// <exception cref="IOException">The disk is full or the file cannot be written to.</exception>
    public void Append(StepMetrics line) => _log.Append(line);

    /// <summary>Cuts off every line after a step that is taken up again.</summary>
    /// <exception cref="IOException">The file cannot be written to.</exception>
    public void TruncateAfter(long afterStep) => _log.Open(afterStep);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _log.Dispose();
}
