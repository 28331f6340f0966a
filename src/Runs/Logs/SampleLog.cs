namespace TurkishLlm.Runs.Logs;

/// <summary>What the model wrote on the way: <c>samples.jsonl</c>, one JSON object a line.</summary>
public sealed class SampleLog : IDisposable
{
    private readonly StepLog<TextSample> _log;

    private SampleLog(string file) => _log = new(file, line => line.Step);

    /// <summary>Opens the file for appending and cuts off every line after a step.</summary>
    /// <param name="file">Where it is; made when it is not there.</param>
    /// <param name="afterStep">The last step that counts: that of the checkpoint, or 0 to begin anew.</param>
    /// <exception cref="InvalidDataException">A line before is not a line of this file; says which.</exception>
    /// <exception cref="IOException">The file cannot be written to.</exception>
    public static SampleLog Open(string file, long afterStep)
    {
        ArgumentNullException.ThrowIfNull(file);
        var log = new SampleLog(file);
        log._log.Open(afterStep);
        return log;
    }

    /// <summary>Reads a file; nothing where there is none.</summary>
    /// <exception cref="InvalidDataException">A line is not a line of this file; says which.</exception>
    public static IEnumerable<TextSample> Read(string file) => StepLog<TextSample>.Read(file);

    /// <summary>Adds a line. It is with the operating system when this returns.</summary>
    /// <exception cref="IOException">The disk is full or the file cannot be written to.</exception>
    public void Append(TextSample line) => _log.Append(line);

    /// <summary>Cuts off every line after a step that is taken up again.</summary>
    /// <exception cref="IOException">The file cannot be written to.</exception>
    public void TruncateAfter(long afterStep) => _log.Open(afterStep);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _log.Dispose();
}
